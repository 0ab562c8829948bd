"""The example app with a further server that waits for its test, as the constructs define them."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_

from cdk_streaming_api import StreamingApi, StreamingFunction
from streaming_api_tools.local.application import Application
from streaming_api_tools.local.templates.cloud_assembly import load_assembly
from tests.support.mcp.environments import EXAMPLES, packages

FUNCTIONS = Path(__file__).with_name("functions")
#: Known to every environment of the function.
STATE_KEY = "0123456789abcdef" * 4
PAGE = "http://localhost:6274"
#: path -> folder of the code, module, and the environment with its packages
SERVERS = {
    "mcp": (EXAMPLES["mcp"], "server", "mcp"),
    "fastmcp": (EXAMPLES["fastmcp"], "server", "fastmcp"),
    "gated": (FUNCTIONS, "gated", "mcp"),
    "gated-fastmcp": (FUNCTIONS, "gated_fastmcp", "fastmcp"),
    "everything": (FUNCTIONS, "everything", "mcp"),
}


def deployment(scratch: Path, *paths: str, binary_media_types: tuple[str, ...] = ()) -> Application:
    """Return an API with some of the servers, which anybody may call.

    :param scratch: an empty folder
    """
    app = cdk.App(outdir=str(scratch / "cdk.out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Tools")
    api = StreamingApi(
        stack,
        "Api",
        authorization_type=apigateway.AuthorizationType.NONE,
        allow_origins=[PAGE],
        # a conformance suite asks as fast as it can
        throttling_rate_limit=1000,
        throttling_burst_limit=1000,
        binary_media_types=binary_media_types,
    )
    for path in paths or SERVERS:
        folder, module, environment = SERVERS[path]
        function = StreamingFunction(
            stack,
            path.title().replace("-", ""),
            code=lambda_.Code.from_asset(str(folder)),
            handler=f"{module}.handler",
            environment={"PYTHONPATH": str(packages(environment)), "STATE_KEY": STATE_KEY},
            timeout=cdk.Duration.minutes(1),
        )
        api.add_mcp_server(path, handler=function)
    app.synth()
    (scratch / "code").mkdir()
    return load_assembly(scratch / "cdk.out", "Tools", "us-east-1", scratch / "code")
