"""Entry point of the bundled Bedrock function: the only module that knows environment, clock and log.

Environment: BEDROCK_MODEL_ID is a model id, an inference profile id or an ARN; BEDROCK_SETTINGS is described
in :mod:`chat.settings`. CORS_ALLOW_ORIGIN, when it is set, has the origins whose pages may read the
responses, with commas between them, or ``*``; CORS_ALLOW_CREDENTIALS is ``true`` when they may send cookies.
BEDROCK_USAGE_NAMESPACE is the namespace of the metrics in the records of usage; BEDROCK_USAGE_BY_CALLER is
``true`` when they have the caller as a dimension, BEDROCK_COUNT_TOKENS when the function may count tokens.
STREAM_STORE_TABLE and STREAM_STORE_REPLAY are those of :mod:`lambda_streaming_store.recording`.
TOKEN_BUDGET_TABLE and TOKEN_BUDGET, where callers have a budget, are described in :mod:`chat.budget.ledger`.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time

import lambda_streaming  # whose errors load when they are caught
from lambda_streaming import at_end, stream, stream_id

from .bedrock import connect
from .converse.meter import Meter
from .converse.model_call import ChatRequest, Exchange, ResponseMetadata, header_of
from .converse.stream import checked
from .header_names import EXPOSED, IGNORED
from .json_body import bad_request
from .routes import find
from .settings import ChatSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from lambda_streaming import CollectedResponse, HTTPError, Response

    from .budget.spending import Ledger
    from .converse.model_call import ModelCall
    from .routes import WireFormat
    from .settings import AllowedModel

logger = logging.getLogger(__name__)

SETTINGS = ChatSettings(os.environ["BEDROCK_MODEL_ID"], os.environ.get("BEDROCK_SETTINGS"))
# Origin of a page -> headers of the responses to it; None -> those to everybody else.
_HEADERS: dict[str | None, dict[str, str]] = {None: {}}
if os.environ.get("CORS_ALLOW_ORIGIN"):
    from lambda_streaming_cors import CorsHeaders  # many functions have no pages

    CORS = CorsHeaders.of(os.environ, EXPOSED)
    _HEADERS = {origin: CORS.headers(origin) for origin in (None, *CORS.origins)}
# A model that reasons can be silent for minutes, which the SDK's 60 seconds would cut.
BEDROCK = connect(connect_timeout=5, read_timeout=300)
BUDGET: Ledger | None = None
if "TOKEN_BUDGET_TABLE" in os.environ:
    from .budget.spending import Ledger, Spending  # no other function pays for it

    BUDGET = Ledger(os.environ)
# Responses of OpenAI's API are stored where streams are kept, and may be read.
STORES = "STREAM_STORE_TABLE" in os.environ and "STREAM_STORE_REPLAY" in os.environ
# What the clients raise for a model that has not begun to answer.
_SILENT = ("ReadTimeout", "ReadTimeoutError")


def handler(event: Mapping[str, Any], context: object) -> CollectedResponse:
    """Answer a request of any format with the events of the model as they arrive."""
    # errors and heartbeats have the headers for the request's origin, too
    return _HANDLERS.get(header_of(event, "origin"), _HANDLERS[None])(event, context)


def _answer(event: Mapping[str, Any], context: object) -> Response:
    exchange = Exchange(event, context, Meter(), time.monotonic())
    at_end(lambda error: _record(exchange, error))
    settings = SETTINGS.for_caller(event)
    request = ChatRequest(event, settings, STORES)
    wire_format = exchange.format = find(request.path)
    translate_error = getattr(wire_format, "translate_error", _as_it_is)
    try:
        call = exchange.call = _read(wire_format, request)
        model = exchange.model = settings.model(call.model)
    except lambda_streaming.HTTPError as error:
        translate_error(error)
        raise
    request_id = getattr(context, "aws_request_id", None) or "local"
    metadata = exchange.metadata = ResponseMetadata(request_id, model.name, int(time.time()))

    told: list[HTTPError] = []

    def on_error(error: HTTPError) -> None:
        from .errors import UpstreamError, cause_of  # only an error pays for it

        told.append(error)
        if isinstance(error, UpstreamError):
            # the cause, which the client must not see
            cause = cause_of(error.__cause__ or error, content=SETTINGS.log_content)
            logger.error("bedrock failed with %s: %s", error.code, cause)
        translate_error(error)

    events = _ModelEvents(call, model, metadata, exchange)
    exchange.leave = events.leave
    try:
        response = call.respond((call.check or checked)(events, on_error), metadata)
    except lambda_streaming.HTTPError as error:
        if error not in told:  # it is about the whole answer
            on_error(error)
        raise

    def asked() -> None:
        _name_dropped(request, response)
        if exchange.spending:
            response.headers = {**response.headers, **exchange.spending.headers()}

    asked()
    # what Bedrock refuses is known only when it is asked
    events.on_asked = asked
    return response


def _record(exchange: Exchange, error: BaseException | None) -> None:
    """Write the record of a request, which no client waits for any more."""
    ended, timestamp = time.monotonic(), int(time.time() * 1000)
    exchange.stream_id = stream_id()
    if exchange.spending:
        exchange.spending.ended()
    from .usage.edge import write_record

    write_record(
        exchange,
        error,
        SETTINGS,
        ended=ended,
        timestamp=timestamp,
        namespace=os.environ.get("BEDROCK_USAGE_NAMESPACE"),
        by_caller=os.environ.get("BEDROCK_USAGE_BY_CALLER") == "true",
        counts_tokens=os.environ.get("BEDROCK_COUNT_TOKENS") == "true",
    )
    if exchange.leave:
        exchange.leave()


def _name_dropped(request: ChatRequest, response: Response) -> None:
    if not (request.dropped.names or request.dropped.unknown):
        return
    dropped = request.dropped.header()
    if response.headers.get(IGNORED) != dropped:
        logger.warning("ignored of the request: %s", dropped)
        response.headers = {**response.headers, IGNORED: dropped}


_HANDLERS = {origin: stream(headers=headers)(_answer) for origin, headers in _HEADERS.items()}


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
        self, call: ModelCall, model: AllowedModel, metadata: ResponseMetadata, exchange: Exchange
    ) -> None:
        self._call = call
        self._model = model
        self._metadata = metadata
        self._exchange = exchange
        self._stream: Any = None
        self._thread = threading.get_ident()
        self.on_asked: Callable[[], None] = _nothing

    def __iter__(self) -> Iterator[Any]:
        call, exchange, client = self._call, self._exchange, BEDROCK
        meter = exchange.meter
        if SETTINGS.log_content:
            logger.warning("request: %s", json.dumps(call.native or call.members, default=_size))
        meter.called = meter.asked = True
        try:
            if BUDGET and not call.free:
                self._exchange.spending = Spending(
                    BUDGET, self._exchange, call, self._model, SETTINGS, client
                )
                client = self._exchange.spending.client
            if call.ask is None:
                response = client.converse_stream(
                    **SETTINGS.arguments(self._model, call.members, call.own_fields, call.own_system)
                )
            else:
                response = call.ask(client, self._model)
        except Exception as error:
            # nothing is charged for what Bedrock refuses; what it was silent about, it may have worked on
            meter.asked = type(error).__name__ in _SILENT
            if isinstance(error, RecursionError):
                raise _too_deep() from error
            raise
        self._metadata.headers = response["ResponseMetadata"]["HTTPHeaders"]
        self._stream = response["stream" if call.ask is None else "body"]
        self.on_asked()
        return meter.observed(_logged(self._stream) if SETTINGS.log_content else self._stream)

    def close(self) -> None:
        """End the stream, wherever it is."""
        if self._stream is not None:
            self._stream.close()

    def leave(self) -> None:
        """End the stream with the response: what has read it may be left to the collector of garbage.

        Not from another thread, where this is one because the handler could not be left.
        """
        if threading.get_ident() == self._thread:
            self.close()


def _logged(events: Iterable[Any]) -> Iterator[Any]:
    for event in events:
        logger.warning("event: %s", json.dumps(event, default=_size))
        yield event


def _size(blob: bytes) -> str:
    return f"{len(blob)} bytes"
