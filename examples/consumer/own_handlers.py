"""One API over functions of three kinds: Python, Node.js, and a FastAPI application."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_streaming_api import BundledCode, StreamingApi, StreamingFunction

HERE = Path(__file__).parent


class OwnHandlersStack(Stack):
    """``POST /reports``, ``/stories`` and ``/search`` stream what each team writes in its own way."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Define the stack."""
        super().__init__(scope, construct_id)
        reports = StreamingFunction(
            self,
            "Reports",
            code=lambda_.Code.from_asset(str(HERE / "reports")),
            handler="app.handler",
            timeout=Duration.minutes(5),
        )
        stories = lambda_.Function(
            self,
            "Stories",
            code=lambda_.Code.from_asset(str(HERE / "stories")),
            handler="index.handler",
            runtime=lambda_.Runtime.NODEJS_24_X,
            memory_size=512,
            timeout=Duration.minutes(15),
            log_group=logs.LogGroup(self, "StoriesLog", removal_policy=RemovalPolicy.DESTROY),
        )
        search = StreamingFunction(
            self,
            "Search",
            code=BundledCode(str(HERE / "catalogue")),
            handler="app.handler",
            timeout=Duration.minutes(5),
        )
        # what the application gets as bytes; other bodies are text
        uploads = ["multipart/form-data", "application/octet-stream"]
        api = StreamingApi(self, "Api", handler=reports, binary_media_types=uploads)
        api.add_stream("reports/{id}", timeout=Duration.minutes(5))
        api.add_stream("stories", handler=stories)
        api.add_stream("search", handler=search, timeout=Duration.minutes(5))
