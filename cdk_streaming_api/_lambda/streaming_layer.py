"""Define the Lambda layer with ``lambda_streaming``, for Python functions of any construct."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .._common.keyword_options import InitSignature, checks_arguments
from .assets import layer_code
from .options import check_runtime

_ID = "LambdaStreamingLayer"
_RUNTIMES = [
    lambda_.Runtime.PYTHON_3_10,
    lambda_.Runtime.PYTHON_3_11,
    lambda_.Runtime.PYTHON_3_12,
    lambda_.Runtime.PYTHON_3_13,
    lambda_.Runtime.PYTHON_3_14,
]


class StreamingLayer(lambda_.LayerVersion):
    """Defines a layer that has ``lambda_streaming``, which a ``StreamingFunction`` has by itself.

    With it a function of any other construct streams, if its handler is decorated with ``@stream``::

        orders = lambda_.Function(
            self,
            "Orders",
            code=lambda_.Code.from_asset("reports"),
            handler="app.handler",
            runtime=lambda_.Runtime.PYTHON_3_14,
            timeout=Duration.minutes(5),
            layers=[StreamingLayer.of(self)],
        )
        api.add_stream("orders", handler=orders)

    It has no binaries, and so it is for both architectures.
    """

    __signature__ = InitSignature()

    @checks_arguments
    def __init__(
        self, scope: Construct, construct_id: str, *, compiled_for: lambda_.Runtime | None = None
    ) -> None:
        """Define a layer of its own, for instance to share it with other accounts.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param compiled_for: a managed Python runtime, 3.10 or later, whose functions alone can have the layer
            and start faster with its bytecode; ``cdk synth`` then needs that Python on the path, or Docker.
            Default: - sources, for every such runtime
        :raises ValueError: when ``compiled_for`` is another runtime.
        """
        if compiled_for:
            check_runtime(f"compiled_for of layer '{construct_id}'", compiled_for)
        super().__init__(
            scope,
            construct_id,
            code=layer_code(compiled_for),
            description="lambda_streaming: response streaming for Python functions",
            license="Apache-2.0",
            compatible_runtimes=[compiled_for] if compiled_for else _RUNTIMES,
        )

    @classmethod
    @checks_arguments
    def of(cls, scope: Construct, *, compiled_for: lambda_.Runtime | None = None) -> StreamingLayer:
        """Return the layer of the stack, which the first call defines.

        :param scope: the stack, or a construct in it.
        :param compiled_for: a runtime to have bytecode for, with which the layer is another one.
            Default: - sources, for every runtime
        """
        stack = Stack.of(scope)
        layer_id = _ID + (compiled_for.name if compiled_for else "")
        existing = stack.node.try_find_child(layer_id)
        while existing:
            if isinstance(existing, StreamingLayer):
                return existing
            layer_id += "OfStack"  # the other is a construct of the app
            existing = stack.node.try_find_child(layer_id)
        return cls(stack, layer_id, compiled_for=compiled_for)
