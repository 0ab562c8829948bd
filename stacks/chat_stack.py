"""Define the reference deployment: a chat route, and a probe route that proves that it streams."""

from __future__ import annotations

from aws_cdk import CfnOutput, RemovalPolicies, Stack
from constructs import Construct

from cdk_streaming_api import BedrockModel, StreamingApi

from .accepted_findings import accept
from .settings import RETENTION, DeploymentSettings


class ChatStack(Stack):
    """``POST /chat`` answers with what a Bedrock model generates; ``POST /probe`` is for the smoke test."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: DeploymentSettings) -> None:
        """Define the stack.

        :param scope: the app or stage.
        :param construct_id: name of the stack.
        :param settings: what is set for this deployment.
        """
        super().__init__(
            scope, construct_id, description="Streaming API: API Gateway, Lambda, Amazon Bedrock"
        )
        api = StreamingApi(
            self,
            "Api",
            model=BedrockModel(settings.model_id),
            stage_name=settings.stage_name,
            allow_origins=settings.allow_origins,
            throttling_rate_limit=settings.throttling_rate_limit,
            throttling_burst_limit=settings.throttling_burst_limit,
            log_retention=RETENTION[settings.log_retention_days],
        )
        chat, probe = api.add_stream("chat"), api.add_probe()

        # `cdk destroy` takes the logs with it; a team that must keep them leaves this out
        RemovalPolicies.of(self).destroy(apply_to_resource_types=["AWS::Logs::LogGroup"])

        accept(api)

        self.probe = probe
        values = {
            "ApiUrl": api.url,
            "ChatUrl": chat.url,
            "ProbeUrl": probe.url,
            "ChatFunctionName": chat.handler.function_name,
            "ProbeFunctionName": probe.handler.function_name,
            "AccessLogGroupName": api.access_log_group.log_group_name,
            "ChatCurl": curl(chat.url, self.region),
        }
        self.outputs = {name: CfnOutput(self, name, value=value) for name, value in values.items()}


def curl(url: str, region: str) -> str:
    """Return a command that signs with the shell's credentials and prints the answer as it arrives."""
    return (
        f'curl --no-buffer --aws-sigv4 "aws:amz:{region}:execute-api"'
        ' --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'
        ' -H "x-amz-security-token: $AWS_SESSION_TOKEN" -H "content-type: application/json"'
        f""" -d '{{"prompt": "Tell me a story about a river"}}' {url}"""
    )
