"""Add what limits the callers of a REST API: usage plans and web ACLs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Token
from aws_cdk import aws_apigateway as apigateway

from ._add_streams import StreamFactories
from ._apigateway.web_acl import MANAGED_RULES, RATES, managed_web_acl
from ._common.argument_checks import check_whole
from ._common.keyword_options import checks_arguments
from ._common.tokens import check_list_known

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_wafv2 as wafv2

_WEB_ACL = "WebAcl"


class Protection(StreamFactories):
    """Limits who calls the streams of ``rest_api``, and how often."""

    @checks_arguments
    def add_usage_plan(
        self,
        construct_id: str,
        *,
        api_keys: Sequence[apigateway.IApiKey] = (),
        throttle: apigateway.ThrottleSettings | None = None,
        quota: apigateway.QuotaSettings | None = None,
    ) -> apigateway.UsagePlan:
        """Define a usage plan of the stage; a stream counts as one request, however long it is.

        It counts what asks for a key: streams with ``api_key_required``.

        :param construct_id: id of the construct.
        :param api_keys: keys whose callers the plan is for. Default: - none yet
        :param throttle: requests a second and at once for each key. Default: - the stage's
        :param quota: requests for each key in a period. Default: - no quota
        """
        plan = self.rest_api.add_usage_plan(
            construct_id,
            throttle=throttle,
            quota=quota,
            api_stages=[apigateway.UsagePlanPerApiStage(stage=self.rest_api.deployment_stage)],
        )
        for key in api_keys:
            plan.add_api_key(key)
        return plan

    @checks_arguments
    def add_web_acl(self, web_acl_arn: str) -> wafv2.CfnWebACLAssociation:
        """Let a web ACL of AWS WAF inspect the requests; responses it does not see.

        :param web_acl_arn: ARN of a REGIONAL web ACL in the API's Region.
        :raises ValueError: for anything else, such as a web ACL of CloudFront, or a second one.
        """
        self._check_web_acl()
        if not Token.is_unresolved(web_acl_arn) and ":regional/webacl/" not in web_acl_arn:
            raise ValueError(f"web_acl_arn must be the ARN of a regional web ACL, got '{web_acl_arn}'")
        from aws_cdk import aws_wafv2 as wafv2  # imported on first use: most apps have no web ACL

        return wafv2.CfnWebACLAssociation(
            self,
            _WEB_ACL,
            resource_arn=self.rest_api.deployment_stage.stage_arn,
            web_acl_arn=web_acl_arn,
        )

    @checks_arguments
    def add_managed_web_acl(
        self,
        *,
        requests_per_address: int = 1000,
        managed_rules: Mapping[str, Sequence[str]] = MANAGED_RULES,
    ) -> wafv2.CfnWebACL:
        """Define a web ACL with AWS's managed rules and a limit for each IP address, and add it.

        :param requests_per_address: requests in 5 minutes, 10 to 2,000,000,000; more are blocked.
            Default: 1000
        :param managed_rules: managed rule groups of AWS to those of their rules that block nothing.
            Default: - common rules, known bad inputs and addresses of bad reputation; the common rules about
            bodies block nothing, since a prompt may be long, or have HTML or paths in it
        :raises ValueError: when AWS WAF would not accept the limit, or the API has a web ACL already.
        """
        self._check_web_acl()
        for name, counted in managed_rules.items():
            check_list_known(f"rules of {name} in managed_rules", counted, "each is counted by its name")
        check_whole("requests_per_address", requests_per_address, RATES, "10 to 2,000,000,000")
        web_acl = managed_web_acl(self, requests_per_address, managed_rules)
        self.add_web_acl(web_acl.attr_arn)
        return web_acl

    def _check_web_acl(self) -> None:
        if self.node.try_find_child(_WEB_ACL):
            raise ValueError("the API has a web ACL already; a stage takes one")
