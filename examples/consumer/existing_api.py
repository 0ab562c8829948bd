"""A ``RestApi`` that a team already has gets one method that streams; the others stay as they are."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk_streaming_api import Stream, StreamingFunction

HERE = Path(__file__).parent


class ExistingApiStack(Stack):
    """``GET /orders`` answers in one piece, ``POST /orders/events`` streams."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Define the stack."""
        super().__init__(scope, construct_id)
        code = lambda_.Code.from_asset(str(HERE / "orders"))
        index = lambda_.Function(
            self,
            "Index",
            code=code,
            handler="listing.handler",
            runtime=lambda_.Runtime.PYTHON_3_14,
            timeout=Duration.seconds(29),
        )
        api = apigateway.RestApi(
            self,
            "Orders",
            cloud_watch_role=False,
            # EDGE cuts a response that is silent for 30 seconds
            endpoint_configuration=apigateway.EndpointConfiguration(types=[apigateway.EndpointType.REGIONAL]),
            default_method_options=apigateway.MethodOptions(
                authorization_type=apigateway.AuthorizationType.IAM
            ),
        )
        orders = api.root.add_resource("orders")
        orders.add_method("GET", apigateway.LambdaIntegration(index))

        follow = StreamingFunction(self, "Follow", code=code, handler="app.follow")
        Stream(self, "Events", resource=orders.add_resource("events"), handler=follow)
