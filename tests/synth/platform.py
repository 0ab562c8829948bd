"""An API with hundreds of routes, which nested stacks share."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration, NestedStack, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk_streaming_api import Stream, StreamingApi

#: routes of a nested stack: two or three resources each, of the 500 that a template may have
ROUTES_OF_A_STACK = 100


class Routes(NestedStack):
    """Some of the routes of an API."""

    def __init__(
        self, scope: Construct, construct_id: str, *, api: StreamingApi, paths: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        shared = apigateway.RestApi.from_rest_api_attributes(
            self,
            "Api",
            rest_api_id=api.rest_api.rest_api_id,
            root_resource_id=api.rest_api.rest_api_root_resource_id,
        )
        assert api.handler
        for path in paths:
            resource = shared.root.resource_for_path(path)
            Stream(self, f"POST {path}", resource=resource, handler=api.handler)
        deployment = api.rest_api.latest_deployment
        assert deployment
        deployment.node.add_dependency(self)
        deployment.add_to_logical_id(list(paths))


def platform(stack: Stack, routes: int) -> StreamingApi:
    """Define an API with routes in nested stacks."""
    handler = lambda_.Function(
        stack,
        "Handler",
        code=lambda_.Code.from_inline("exports.handler = awslambda.streamifyResponse(async () => 1)"),
        handler="index.handler",
        runtime=lambda_.Runtime.NODEJS_24_X,
        timeout=Duration.minutes(15),
    )
    api = StreamingApi(stack, "Api", handler=handler)
    api.add_stream("health", http_method="GET")
    paths = [f"r{number}" for number in range(routes - 1)]
    for first in range(0, len(paths), ROUTES_OF_A_STACK):
        some = paths[first : first + ROUTES_OF_A_STACK]
        Routes(stack, f"Routes{first // ROUTES_OF_A_STACK}", api=api, paths=some)
    return api
