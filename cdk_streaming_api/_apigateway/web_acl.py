"""Define a web ACL of AWS WAF with AWS's managed rules and a limit for each IP address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from constructs import Construct

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_wafv2 as wafv2

# A prompt may be long, or have HTML or paths in it:
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
_ABOUT_BODIES = (
    "SizeRestrictions_BODY",
    "EC2MetaDataSSRF_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "CrossSiteScripting_BODY",
)
#: managed rule groups of AWS to those of their rules that block nothing
MANAGED_RULES: Mapping[str, Sequence[str]] = {
    "AWSManagedRulesCommonRuleSet": _ABOUT_BODIES,
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    "AWSManagedRulesAmazonIpReputationList": (),
}
#: https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
RATES = range(10, 2_000_000_001)


def managed_web_acl(
    scope: Construct, requests_per_address: int, managed_rules: Mapping[str, Sequence[str]]
) -> wafv2.CfnWebACL:
    """Return a new web ACL.

    :param requests_per_address: requests in 5 minutes, above which an address is blocked.
    :param managed_rules: managed rule groups of AWS to those of their rules that block nothing.
    """
    from aws_cdk import aws_wafv2 as wafv2  # imported on first use: most apps have no web ACL

    def visibility(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
        return wafv2.CfnWebACL.VisibilityConfigProperty(
            cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
        )

    limit = wafv2.CfnWebACL.RuleProperty(
        name="RequestsPerAddress",
        priority=0,
        action=wafv2.CfnWebACL.RuleActionProperty(block={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=requests_per_address
            )
        ),
        visibility_config=visibility("RequestsPerAddress"),
    )
    managed = [
        wafv2.CfnWebACL.RuleProperty(
            name=group,
            priority=priority,
            override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
            statement=wafv2.CfnWebACL.StatementProperty(
                managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                    vendor_name="AWS",
                    name=group,
                    rule_action_overrides=_counting(counted),
                )
            ),
            visibility_config=visibility(group),
        )
        for priority, (group, counted) in enumerate(managed_rules.items(), start=1)
    ]
    return wafv2.CfnWebACL(
        scope,
        "ManagedWebAcl",
        scope="REGIONAL",
        default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
        rules=[limit, *managed],
        visibility_config=visibility("ManagedWebAcl"),
    )


def _counting(names: Sequence[str]) -> list[wafv2.CfnWebACL.RuleActionOverrideProperty] | None:
    """Return what makes rules count what they would block."""
    from aws_cdk import aws_wafv2 as wafv2

    count = wafv2.CfnWebACL.RuleActionProperty(count={})
    return [wafv2.CfnWebACL.RuleActionOverrideProperty(name=it, action_to_use=count) for it in names] or None
