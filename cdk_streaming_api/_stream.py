"""One streaming method on a resource of a REST API."""

from __future__ import annotations

from typing import cast

from aws_cdk import Annotations, Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from ._timeouts import MAX_STREAM_MS, MIN_STREAM_MS, check_timeout, default_stream_timeout, mismatch


class Stream(Construct):
    """Defines a method whose response API Gateway passes on while the function still writes it.

    Use it for a REST API that you already have; ``StreamingApi.add_stream`` defines it for a new one::

        chat = my_api.root.add_resource("chat")
        Stream(self, "Chat", resource=chat, handler=BedrockFunction(self, "Function", model=model))

    See https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        resource: apigateway.IResource,
        handler: lambda_.IFunction,
        http_method: str = "POST",
        timeout: Duration | None = None,
        authorization_type: apigateway.AuthorizationType | None = None,
        authorizer: apigateway.IAuthorizer | None = None,
        request_validator: apigateway.IRequestValidator | None = None,
    ) -> None:
        """Define the method.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param resource: the API's resource that gets the method.
        :param handler: function, alias or version that writes the response as a stream.
        :param http_method: HTTP method, or ``ANY``. Default: POST
        :param timeout: how long the whole stream may take, 50 milliseconds to 15 minutes.
            Default: - the timeout set on the function, else 15 minutes
        :param authorization_type: who may call. Default: - what the resource's default method options say
        :param authorizer: Lambda or Cognito authorizer; it then decides the authorization type.
            Default: - what the resource's default method options say
        :param request_validator: validates a request before the function is invoked. Default: - none
        :raises ValueError: when API Gateway would not accept the timeout.
        """
        super().__init__(scope, construct_id)
        subject = f"stream '{resource.path}'"
        timeout = timeout or default_stream_timeout(handler)
        check_timeout(timeout, subject, MIN_STREAM_MS, MAX_STREAM_MS)
        self.handler = handler
        self.method = resource.add_method(
            http_method,
            apigateway.LambdaIntegration(
                handler,
                response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
                timeout=timeout,
                # the console's test call buffers, and needs a permission of its own
                allow_test_invoke=False,
            ),
            authorization_type=authorization_type or (authorizer.authorization_type if authorizer else None),
            authorizer=authorizer,
            request_validator=request_validator,
        )
        warnings = Annotations.of(self)
        if ending := mismatch(timeout, handler):
            warnings.add_warning_v2(
                "cdk-streaming-api:timeoutMismatch", f"timeouts of {subject} differ: {ending}"
            )
        if cast(apigateway.CfnMethod, self.method.node.default_child).authorization_type == "NONE":
            warnings.add_warning_v2(
                "cdk-streaming-api:openStream",
                f"{subject} is open: whoever knows its URL can use the function and what it pays for",
            )

    @property
    def url(self) -> str:
        """The URL of the method in the API's deployment stage."""
        api = self.method.api
        stack = Stack.of(api)
        host = f"{api.rest_api_id}.execute-api.{stack.region}.{stack.url_suffix}"
        return f"https://{host}/{api.deployment_stage.stage_name}{self.method.resource.path}"

    def grant_execute(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to call this method; it then signs its requests with Signature Version 4.

        :param grantee: the role, user or function that calls.
        """
        return self.method.grant_execute(grantee)
