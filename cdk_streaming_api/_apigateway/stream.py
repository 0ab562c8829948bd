"""Define one streaming method in front of a Lambda function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Annotations, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .._common.argument_checks import Integrations, place_of
from .._common.keyword_options import InitSignature, takes_options
from .._common.timeouts import MAX_STREAM_MS, MIN_STREAM_MS, check_timeout, default_stream_timeout, mismatch
from .options import (
    DEFAULTS,
    CallOptions,
    MethodOnApiOptions,
    PermissionOptions,
    RequestOptions,
    StreamOptions,
    ValidatorOptions,
)
from .permissions import scope_permission
from .streaming_method import StreamingMethod
from .when_complete import CompleteApp

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from typing_extensions import Unpack


class Stream(StreamingMethod):
    """Defines a method whose response API Gateway passes on while the function still writes it.

    Use it for a REST API that you already have; ``StreamingApi.add_stream`` defines it for a new one::

        chat = my_api.root.add_resource("chat")
        Stream(self, "Chat", resource=chat, handler=BedrockFunction(self, "Function", model=model))

    See https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html.
    """

    __signature__ = InitSignature()

    @takes_options(RequestOptions, CallOptions, ValidatorOptions, PermissionOptions, defaults=DEFAULTS)
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        resource: apigateway.IResource,
        handler: lambda_.IFunction,
        **options: Unpack[StreamOptions],
    ) -> None:
        """Define the method.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param resource: the API's resource that gets the method.
        :param handler: function, alias or version that writes the response as a stream.
        :raises ValueError: when API Gateway would not accept the timeout, or Lambda one more permission.
        """
        place = place_of(resource, construct_id)
        if given := options["timeout"]:
            check_timeout(given, f"stream '{place.path}'", MIN_STREAM_MS, MAX_STREAM_MS)
        timeout = given or default_stream_timeout(handler)
        super().__init__(
            scope,
            construct_id,
            resource=resource,
            place=place,
            integration=_integration(handler, timeout, place.integrations),
            options=options,
        )
        self.handler = handler
        self._timeout = timeout
        scope_permission(self._as_defined, handler, own=options["scope_permission_to_method"])

    def _finish(self, options: MethodOnApiOptions, app: CompleteApp) -> None:
        super()._finish(options, app)
        if ending := mismatch(self._timeout, app.function_timeout_ms(self.handler)):
            Annotations.of(self).add_warning_v2(
                "StreamingRules::STREAM008", f"timeouts of stream '{self._path}' differ: {ending}"
            )


def _integration(
    handler: lambda_.IFunction, timeout: Duration, shared: Integrations | None
) -> apigateway.LambdaIntegration:
    """Return the integration with a function.

    :param shared: those that there are already. It is None where methods may be in several stacks: the CDK
        writes the URI of an integration for the stack of the method that had it last.
    """
    known = shared.get((handler, timeout)) if shared else None
    integration = known or apigateway.LambdaIntegration(
        handler,
        response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
        timeout=timeout,
        # the console's test call buffers, and needs a permission of its own
        allow_test_invoke=False,
    )
    if shared is not None:
        shared[handler, timeout] = integration
    return integration
