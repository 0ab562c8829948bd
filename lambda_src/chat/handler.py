"""Entry point of the bundled Bedrock function: the only module that knows environment, clock and log.

Environment: BEDROCK_MODEL_ID is a model id, an inference profile id or an ARN; BEDROCK_SETTINGS is described
in :mod:`chat.settings`. CORS_ALLOW_ORIGIN, when it is set, has the origins whose pages may read the
responses, with commas between them, or ``*``; CORS_ALLOW_CREDENTIALS is ``true`` when they may send cookies.
"""

from __future__ import annotations

import json
import logging
import os
import time

from lambda_streaming import HTTPError, stream
from lambda_streaming_cors import CorsHeaders

from .bedrock import connect
from .converse.model_call import ChatRequest, ResponseMetadata, header_of
from .converse.stream import checked
from .header_names import EXPOSED, IGNORED
from .json_body import bad_request
from .routes import find
from .settings import ChatSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from lambda_streaming import CollectedResponse, Response

    from .bedrock import StreamingClient
    from .budget.ledger import Ledger
    from .budget.spending import Spending
    from .converse.model_call import ModelCall
    from .routes import WireFormat
    from .settings import AllowedModel

logger = logging.getLogger(__name__)

SETTINGS = ChatSettings(os.environ["BEDROCK_MODEL_ID"], os.environ.get("BEDROCK_SETTINGS"))
CORS = CorsHeaders.of(os.environ, EXPOSED)
# A model that reasons can be silent for minutes, which the SDK's 60 seconds would cut.
BEDROCK = connect(connect_timeout=5, read_timeout=300)
BUDGET: Ledger | None = None
if "TOKEN_BUDGET_TABLE" in os.environ:
    from .budget.ledger import Ledger  # no other function pays for it
    from .budget.spending import Spending

    BUDGET = Ledger(os.environ)


def handler(event: Mapping[str, Any], context: object) -> CollectedResponse:
    """Answer a request of any format with the events of the model as they arrive."""
    # errors and heartbeats have the headers for the request's origin, too
    try:
        return _HANDLERS.get(header_of(event, "origin"), _HANDLERS[None])(event, context)
    finally:
        if BUDGET:
            BUDGET.finish()


def _answer(event: Mapping[str, Any], context: object) -> Response:
    request = ChatRequest(event, SETTINGS)
    wire_format = find(request.path)
    translate_error = getattr(wire_format, "translate_error", _as_it_is)
    try:
        call = _read(wire_format, request)
        model = SETTINGS.model(call.model)
    except HTTPError as error:
        translate_error(error)
        raise
    request_id = getattr(context, "aws_request_id", None) or "local"
    metadata = ResponseMetadata(request_id, model.name, int(time.time()))

    told: list[HTTPError] = []

    def on_error(error: HTTPError) -> None:
        from .errors import UpstreamError, cause_of  # only an error pays for it

        told.append(error)
        if isinstance(error, UpstreamError):
            # the cause, which the client must not see
            cause = cause_of(error.__cause__ or error, content=SETTINGS.log_content)
            logger.error("bedrock failed with %s: %s", error.code, cause)
        translate_error(error)

    events = _ModelEvents(call, model, metadata, event)
    try:
        response = call.respond((call.check or checked)(events, on_error), metadata)
    except HTTPError as error:
        if error not in told:  # it is about the whole answer
            on_error(error)
        raise

    def asked() -> None:
        _name_dropped(request, response)
        if events.spending:
            response.headers = {**response.headers, **events.spending.headers()}

    asked()
    # what Bedrock refuses is known only when it is asked
    events.on_asked = asked
    return response


def _name_dropped(request: ChatRequest, response: Response) -> None:
    if not (request.dropped.names or request.dropped.unknown):
        return
    dropped = request.dropped.header()
    if response.headers.get(IGNORED) != dropped:
        logger.warning("ignored of the request: %s", dropped)
        response.headers = {**response.headers, IGNORED: dropped}


_HANDLERS = {origin: stream(headers=CORS.headers(origin))(_answer) for origin in (None, *CORS.origins)}


def _read(wire_format: WireFormat, request: ChatRequest) -> ModelCall:
    try:
        return wire_format.read(request)
    except RecursionError as error:
        raise _too_deep() from error


def _too_deep() -> HTTPError:
    return bad_request("the body is nested too deeply", "invalid_json")


def _as_it_is(error: HTTPError) -> None:
    pass


def _nothing() -> None:
    pass


class _ModelEvents:
    """The events of a model, which is asked once the first one is wanted.

    ``on_asked`` is called when it has begun to answer.
    """

    def __init__(
        self, call: ModelCall, model: AllowedModel, metadata: ResponseMetadata, event: Mapping[str, Any]
    ) -> None:
        self._event = event
        self._call = call
        self._model = model
        self._metadata = metadata
        self._stream: Any = None
        self.on_asked: Callable[[], None] = _nothing
        #: what holds the call to a budget; None without one
        self.spending: Spending | None = None

    def __iter__(self) -> Iterator[Any]:
        if BUDGET is None or self._call.free:
            return self._asked(BEDROCK)
        self.spending = Spending(BUDGET, self._event, self._call, self._model, SETTINGS, BEDROCK)
        try:
            events = self._asked(self.spending.client)
        except Exception as error:
            self.spending.failed(error)
            raise
        return self.spending.observed(events)

    def _asked(self, client: StreamingClient) -> Iterator[Any]:
        call = self._call
        if SETTINGS.log_content:
            logger.warning("request: %s", json.dumps(call.native or call.members, default=_size))
        try:
            if call.ask is None:
                response = client.converse_stream(
                    **SETTINGS.arguments(self._model, call.members, call.own_fields, call.own_system)
                )
            else:
                response = call.ask(client, self._model)
        except RecursionError as error:
            raise _too_deep() from error
        self._metadata.headers = response["ResponseMetadata"]["HTTPHeaders"]
        self._stream = response["stream" if call.ask is None else "body"]
        self.on_asked()
        return _logged(self._stream) if SETTINGS.log_content else iter(self._stream)

    def close(self) -> None:
        """End the stream, wherever it is."""
        if self._stream is not None:
            self._stream.close()


def _logged(events: Iterable[Any]) -> Iterator[Any]:
    for event in events:
        logger.warning("event: %s", json.dumps(event, default=_size))
        yield event


def _size(blob: bytes) -> str:
    return f"{len(blob)} bytes"
