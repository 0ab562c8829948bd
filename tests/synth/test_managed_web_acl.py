"""The web ACL with AWS's managed rules and a rate rule."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_streaming_api import (
    StreamingApi,
)
from tests.synth.test_further_arguments import api, properties


def test_managed_web_acl_limits_addresses_and_lets_prompts_through(stack: cdk.Stack) -> None:
    made = api(stack).add_managed_web_acl(requests_per_address=300)
    (web_acl,) = properties(stack, "AWS::WAFv2::WebACL")
    limit, common, inputs, addresses = web_acl["Rules"]
    assert limit["Statement"]["RateBasedStatement"] == {"AggregateKeyType": "IP", "Limit": 300}
    assert limit["Action"] == {"Block": {}}
    group = common["Statement"]["ManagedRuleGroupStatement"]
    assert (group["VendorName"], group["Name"]) == ("AWS", "AWSManagedRulesCommonRuleSet")
    counted = {it["Name"]: it["ActionToUse"] for it in group["RuleActionOverrides"]}
    assert counted["SizeRestrictions_BODY"] == {"Count": {}}
    assert [it["OverrideAction"] for it in (common, inputs, addresses)] == [{"None": {}}] * 3
    assert [it["Priority"] for it in web_acl["Rules"]] == [0, 1, 2, 3]
    (association,) = properties(stack, "AWS::WAFv2::WebACLAssociation")
    assert association["WebACLArn"] == stack.resolve(made.attr_arn)


def test_managed_web_acl_has_the_groups_that_are_given(stack: cdk.Stack) -> None:
    api(stack).add_managed_web_acl(
        managed_rules={"AWSManagedRulesAnonymousIpList": ["HostingProviderIPList"]}
    )
    _, group = properties(stack, "AWS::WAFv2::WebACL")[0]["Rules"]
    overrides = group["Statement"]["ManagedRuleGroupStatement"]["RuleActionOverrides"]
    assert [it["Name"] for it in overrides] == ["HostingProviderIPList"]
    with pytest.raises(ValueError, match="requests_per_address must be 10 to 2,000,000,000, got 5"):
        StreamingApi(stack, "Second").add_managed_web_acl(requests_per_address=5)
