"""Two MCP servers behind one API: of the official SDK, and of FastMCP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk_streaming_api import BundledCode, StreamingApi, StreamingFunction, StreamingRules

HERE = Path(__file__).resolve().parent


def bundled(folder: str) -> lambda_.Code:
    """Return a server with its packages, which ``cdk`` bundles before each synth, as cdk.json says."""
    return BundledCode(str(HERE / folder))


class ToolsStack(cdk.Stack):
    """An API whose servers anybody may call: the tools only count."""

    def __init__(
        self, scope: Construct, construct_id: str, *, code: Callable[[str], lambda_.Code] = bundled
    ) -> None:
        """Define the stack.

        :param code: returns the code of a server by the name of its folder.
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
                code=code(folder),
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
