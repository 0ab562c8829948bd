"""One streaming method in front of a Lambda function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Annotations, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .._common.argument_checks import resource_path
from .._common.timeouts import MAX_STREAM_MS, MIN_STREAM_MS, check_timeout, default_stream_timeout, mismatch
from .streaming_method import StreamingMethod


class Stream(StreamingMethod):
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
        authorization_scopes: Sequence[str] = (),
        api_key_required: bool | None = None,
        request_parameters: Mapping[str, bool] | None = None,
        request_schema: apigateway.JsonSchema | None = None,
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
        :param authorization_type: who may call. Default: - what the resource's default method options say,
            else AuthorizationType.IAM
        :param authorizer: Lambda or Cognito authorizer; it then decides the authorization type.
            Default: - what the resource's default method options say
        :param authorization_scopes: OAuth scopes, one of which a Cognito access token must have; without
            them Cognito authorizers want the ID token. Default: - none
        :param api_key_required: whether a usage plan must know the caller's key.
            Default: - what the resource's default method options say
        :param request_parameters: ``method.request.{path|querystring|header}.NAME`` to whether it is
            required. Default: - none
        :param request_schema: JSON schema of the body. Default: - any body, or none
        :param request_validator: validates a request before the function is invoked. Default: - none
        :raises ValueError: when API Gateway would not accept the timeout.
        """
        subject = f"stream '{resource_path(resource, construct_id)}'"
        timeout = timeout or default_stream_timeout(handler)
        check_timeout(timeout, subject, MIN_STREAM_MS, MAX_STREAM_MS)
        super().__init__(
            scope,
            construct_id,
            resource=resource,
            http_method=http_method,
            integration=apigateway.LambdaIntegration(
                handler,
                response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
                timeout=timeout,
                # the console's test call buffers, and needs a permission of its own
                allow_test_invoke=False,
            ),
            authorization_type=authorization_type,
            authorizer=authorizer,
            authorization_scopes=authorization_scopes,
            api_key_required=api_key_required,
            request_parameters=request_parameters or {},
            request_schema=request_schema,
            request_validator=request_validator,
        )
        self.handler = handler
        if ending := mismatch(timeout, handler):
            Annotations.of(self).add_warning_v2(
                "StreamingRules::STREAM008", f"timeouts of {subject} differ: {ending}"
            )
