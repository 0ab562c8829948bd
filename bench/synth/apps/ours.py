"""``ROUTES`` streaming routes to one function, each with its own throttle, by this project's constructs."""

from __future__ import annotations

import os
from pathlib import Path

from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_

from cdk_streaming_api import StreamingApi, StreamingFunction

CODE = Path(__file__).parent / "code"


def main() -> None:
    """Write the template."""
    app = App()
    stack = Stack(app, "Routes")
    function = StreamingFunction(
        stack, "Function", code=lambda_.Code.from_asset(str(CODE)), handler="index.handler"
    )
    api = StreamingApi(stack, "Api", handler=function)
    for number in range(int(os.environ["ROUTES"])):
        api.add_stream(f"route{number}", throttling_rate_limit=5, throttling_burst_limit=10)
    app.synth()


if __name__ == "__main__":
    main()
