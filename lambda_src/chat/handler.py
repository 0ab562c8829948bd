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
from contextlib import closing

from lambda_streaming import HTTPError, stream

from .bedrock import connect
from .converse.model_call import About, Request
from .converse.native_request import native_arguments
from .converse.stream import checked, checked_chunks
from .cors import Cors
from .errors import UpstreamError, translate
from .json_body import refusal
from .routes import find
from .settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from lambda_streaming import CollectedResponse, Response

    from .converse.model_call import Call
    from .routes import Format
    from .settings import Model

logger = logging.getLogger(__name__)

SETTINGS = Settings(os.environ["BEDROCK_MODEL_ID"], os.environ.get("BEDROCK_SETTINGS"))
CORS = Cors(os.environ.get("CORS_ALLOW_ORIGIN"), os.environ.get("CORS_ALLOW_CREDENTIALS"))
# A model that reasons can be silent for minutes, which the SDK's 60 seconds would cut.
BEDROCK = connect(connect_timeout=5, read_timeout=300)


def handler(event: Mapping[str, Any], context: object) -> CollectedResponse:
    """Answer a request of any format: it goes to the model, and its answer to the client as it comes."""
    request = Request(event, SETTINGS)

    def answer(event: Mapping[str, Any], context: object) -> Response:
        return _answer(request, getattr(context, "aws_request_id", None) or "local")

    # errors and heartbeats have the headers for the request's origin, too
    return stream(headers=CORS.headers(request.header("origin")))(answer)(event, context)


def _answer(request: Request, request_id: str) -> Response:
    chosen = find(request.path)
    adapt = getattr(chosen, "adapt", _as_it_is)
    try:
        call = _read(chosen, request)
        model = SETTINGS.model(call.model)
    except HTTPError as error:
        adapt(error)
        raise
    about = About(request_id, model.name, int(time.time()))
    return call.respond(_logged(_events(call, model, about), call, adapt), about)


def _read(chosen: Format, request: Request) -> Call:
    try:
        return chosen.read(request)
    except RecursionError as error:
        raise _too_deep() from error


def _too_deep() -> HTTPError:
    return refusal("the body is nested too deeply", "invalid_json")


def _as_it_is(error: HTTPError) -> None:
    pass


def _events(call: Call, model: Model, about: About) -> Iterator[Any]:
    """Ask the model, once the first event is wanted."""
    try:
        if call.native is None:
            response = BEDROCK.converse_stream(**SETTINGS.arguments(model, call.members))
        else:
            response = BEDROCK.invoke_model_with_response_stream(
                **native_arguments(SETTINGS, model, call.members, call.native)
            )
    except HTTPError:
        raise
    except RecursionError as error:
        raise _too_deep() from error
    except Exception as error:
        raise translate(error) from error
    about.headers = response["ResponseMetadata"]["HTTPHeaders"]
    with closing(response["stream" if call.native is None else "body"]) as events:
        yield from (checked if call.native is None else checked_chunks)(events)


def _logged(events: Iterator[Any], call: Call, adapt: Callable[[HTTPError], None]) -> Iterator[Any]:
    """Log the cause of a failure, which the client must not see.

    Prompts and answers are logged only if the deployment asks for it.
    """
    try:
        if SETTINGS.log_content:
            logger.warning("request: %s", json.dumps(call.native or call.members, default=_size))
        for event in events:
            if SETTINGS.log_content:
                logger.warning("event: %s", json.dumps(event, default=_size))
            yield event
    except HTTPError as error:
        if isinstance(error, UpstreamError):
            logger.error("bedrock failed with %s: %s", error.code, _said(error.__cause__ or error))
        adapt(error)
        raise


def _said(error: BaseException) -> str:
    name = type(error).__name__
    # boto3 quotes the request in it
    return name if name == "ParamValidationError" else f"{name}: {error}"


def _size(blob: bytes) -> str:
    return f"{len(blob)} bytes"
