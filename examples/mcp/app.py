"""Two MCP servers behind one API: of the official SDK, and of FastMCP."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk_streaming_api import StreamingApi, StreamingFunction, StreamingRules

#: README.md tells how the servers and their packages come here
BUILD = Path(__file__).resolve().parent / "build"


class ToolsStack(cdk.Stack):
    """An API whose servers anybody may call: the tools only count."""

    def __init__(self, scope: Construct, construct_id: str, *, build: Path = BUILD) -> None:
        """Define the stack.

        :param build: the folder with a folder for each server.
        """
        super().__init__(scope, construct_id)
        api = StreamingApi(
            self,
            "Api",
            authorization_type=apigateway.AuthorizationType.NONE,
            allow_origins=["http://localhost:6274"],  # the inspector's page
        )
        for path, folder in {"mcp": "official", "fastmcp": "fastmcp"}.items():
            function = StreamingFunction(
                self,
                folder.title(),
                code=lambda_.Code.from_asset(str(build / folder)),
                handler="server.handler",
                timeout=cdk.Duration.minutes(1),
                memory_size=1024,
                snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS,
            )
            # the snapshot of a version has the SDK imported and the server started
            server = api.add_mcp_server(path, handler=function.current_version)
            cdk.Validations.of(server).acknowledge(
                cdk.Acknowledgment(id="StreamingRules::STREAM023", reason="it counts, for everybody")
            )
            cdk.CfnOutput(self, f"{folder.title()}Url", value=server.url)


def main() -> None:
    """Synthesize the app."""
    app = cdk.App()
    cdk.Validations.of(app).add_plugins(StreamingRules())
    ToolsStack(app, "Tools")
    app.synth()


if __name__ == "__main__":
    main()
