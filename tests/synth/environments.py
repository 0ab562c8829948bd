"""An app of a platform team: many APIs, in three environments that share an account."""

from __future__ import annotations

from typing import NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk_streaming_api import (
    BedrockFunction,
    BedrockModel,
    StreamingApi,
    StreamingFunction,
    StreamingMonitoring,
)

MODEL = BedrockModel("amazon.nova-lite-v1:0")


class Size(NamedTuple):
    """The stacks of an environment, the APIs of a stack, and the routes of an API."""

    stacks: int
    apis: int
    routes: int


#: 20 APIs with 300 routes, and what shows the same in seconds
PLATFORM, SMALL = Size(4, 5, 15), Size(2, 2, 3)


class Products(cdk.Stack):
    """Some of the APIs of an environment, behind one function of the team and one of ours.

    :param size: of the environment
    :param further_routes: of the first API
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        size: Size,
        stack_name: str | None = None,
        further_routes: int = 0,
    ) -> None:
        super().__init__(scope, construct_id, stack_name=stack_name)
        chat = BedrockFunction(self, "Chat", model=MODEL)
        code = lambda_.Code.from_inline("from lambda_streaming import stream")
        reports = StreamingFunction(self, "Reports", code=code, handler="index.handler")
        for number in range(size.apis):
            api = StreamingApi(self, f"Api{number}", handler=chat)
            for route in range(size.routes + (0 if number else further_routes)):
                path = f"v1/products/r{route}" if route % 3 else f"r{route}/{{id}}"
                api.add_stream(path, handler=chat if route % 2 else reports)
            if not number:
                StreamingMonitoring(self, "Monitoring", api=api)


def environments(app: cdk.App, size: Size) -> None:
    """Define the same stacks three times: apart by their names, by a stage, and by both."""
    by_name, by_stage, by_both = Construct(app, "Dev"), cdk.Stage(app, "Test"), cdk.Stage(app, "Prod")
    for each in range(size.stacks):
        Products(by_name, f"S{each}", size=size, stack_name=f"dev-{each}")
        Products(by_stage, f"S{each}", size=size)
        Products(by_both, f"S{each}", size=size, stack_name=f"live-{each}")
