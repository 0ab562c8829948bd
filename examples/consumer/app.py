"""The app that ``cdk deploy`` runs: an assistant, reports and documentation behind one API that streams."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Stack, Validations
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct
from existing_api import ExistingApiStack
from own_handlers import OwnHandlersStack

from cdk_streaming_api import (
    ApiKeyAuthorizer,
    BedrockFunction,
    BedrockModel,
    GradualRollout,
    StreamingApi,
    StreamingFunction,
    StreamingMonitoring,
    StreamingRules,
)

HERE = Path(__file__).parent
ORIGIN = "https://app.example.com"
PROMPT = apigateway.JsonSchema(
    type=apigateway.JsonSchemaType.OBJECT,
    required=["prompt"],
    properties={
        "prompt": apigateway.JsonSchema(
            type=apigateway.JsonSchemaType.STRING, min_length=1, max_length=20_000
        )
    },
)


class AssistantStack(Stack):
    """Clients bring keys, new versions come step by step, and somebody hears of trouble."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Define the stack."""
        super().__init__(scope, construct_id)
        chat = BedrockFunction(
            self,
            "Chat",
            model=BedrockModel("amazon.nova-lite-v1:0"),
            allow_origins=[ORIGIN],
            reserved_concurrent_executions=50,
        )
        reports = StreamingFunction(
            self,
            "Reports",
            code=lambda_.Code.from_asset(str(HERE / "reports")),
            handler="app.handler",
            timeout=Duration.minutes(5),
        )
        keys = ApiKeyAuthorizer(self, "Keys")
        errors = chat.metric_stream_errors(period=Duration.minutes(1)).create_alarm(
            self, "ChatErrors", threshold=3, evaluation_periods=1
        )
        rollout = GradualRollout(self, "Rollout", function=chat, alarms=[errors])

        api = StreamingApi(
            self,
            "Api",
            handler=rollout.alias,
            authorizer=keys,
            api_key_required=True,
            allow_origins=[ORIGIN],
        )
        assistant = api.add_stream(
            "chat", request_schema=PROMPT, throttling_rate_limit=10, throttling_burst_limit=20
        )
        api.add_stream("reports/{id}", http_method="GET", handler=reports)
        api.add_http_stream("docs/{proxy+}", http_method="GET", url="https://docs.example.com/{proxy}")
        api.add_usage_plan(
            "Small",
            api_keys=[keys.add_api_key("default")],
            throttle=apigateway.ThrottleSettings(rate_limit=2, burst_limit=5),
            quota=apigateway.QuotaSettings(limit=10_000, period=apigateway.Period.DAY),
        )
        api.add_web_acl(_rate_limiting_acl(self).attr_arn)
        StreamingMonitoring(
            self,
            "Monitoring",
            api=api,
            time_to_first_content_threshold=Duration.seconds(3),
            alarm_actions=[actions.SnsAction(sns.Topic(self, "Trouble", enforce_ssl=True))],
        )
        CfnOutput(self, "ChatUrl", value=assistant.url)
        CfnOutput(self, "ClientKeys", value=keys.secret.secret_name)


def _rate_limiting_acl(scope: Construct) -> wafv2.CfnWebACL:
    """Return a web ACL that blocks addresses with more than 1000 requests in 5 minutes."""
    visibility = wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name="Assistant", sampled_requests_enabled=False
    )
    limit = wafv2.CfnWebACL.RateBasedStatementProperty(aggregate_key_type="IP", limit=1000)
    rule = wafv2.CfnWebACL.RuleProperty(
        name="RatePerAddress",
        priority=0,
        action=wafv2.CfnWebACL.RuleActionProperty(block={}),
        statement=wafv2.CfnWebACL.StatementProperty(rate_based_statement=limit),
        visibility_config=visibility,
    )
    return wafv2.CfnWebACL(
        scope,
        "WebAcl",
        scope="REGIONAL",
        default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
        rules=[rule],
        visibility_config=visibility,
    )


if __name__ == "__main__":
    app = App()
    # what must not be combined with streaming fails the synth, wherever in the app it comes from
    Validations.of(app).add_plugins(StreamingRules())
    AssistantStack(app, "Assistant")
    OwnHandlersStack(app, "OwnHandlers")
    ExistingApiStack(app, "ExistingApi")
    app.synth()
