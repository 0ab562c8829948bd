"""Define the bundled probe function, which a tester challenges to prove that a deployment streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from ._common.cors import AllowedOrigins, CorsOptions
from ._common.keyword_options import takes_options
from ._lambda.assets import function_code
from ._lambda.options import (
    BUNDLED_DEFAULTS,
    BundledOptions,
    FunctionOptions,
    bytecode_runtime,
    environment_beside,
)
from ._lambda.streaming_function import StreamingFunction

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from typing_extensions import Unpack

_DESCRIPTION = "Streams events at the times that a tester asks for"


class ProbeFunction(StreamingFunction):
    """Defines the function that sends events at the times its caller asks for, without any model.

    ``streaming-api smoke`` picks random gaps, asks for them and compares when the events arrive.
    """

    @takes_options(CorsOptions, FunctionOptions, defaults=BUNDLED_DEFAULTS)
    def __init__(self, scope: Construct, construct_id: str, **options: Unpack[BundledOptions]) -> None:
        """Define the function.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        """
        cors = AllowedOrigins.of(options.pop("allow_origins"), options.pop("allow_credentials"))
        function: FunctionOptions = options
        subject, own = f"function '{construct_id}'", cors.environment() if cors else {}
        function["environment"] = environment_beside(subject, own, function["environment"])
        function["description"] = function["description"] or _DESCRIPTION
        super().__init__(
            scope,
            construct_id,
            code=function_code("probe", bytecode_runtime(function)),
            handler="probe.handler.handler",
            **function,
        )
        self._writes_cors = cors is not None
