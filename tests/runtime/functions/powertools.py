"""Powertools for AWS Lambda around what streams, and around what is streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.buffer import LoggerBufferConfig
from aws_lambda_powertools.utilities.parser import BaseModel, event_parser
from lambda_streaming import stream

from tests.runtime.functions import gate

logger = Logger(service="story", buffer_config=LoggerBufferConfig())
tracer = Tracer(service="story")
metrics = Metrics(namespace="Stories", service="story")


def told(event: Mapping[str, object], context: object) -> Iterator[object]:
    logger.debug("a line that is kept back")
    logger.append_keys(**event)
    yield {"n": 1}
    gate.wait()
    metrics.add_metric(name="Words", unit="Count", value=1)
    if event.get("fails"):
        raise RuntimeError("in the middle")
    yield {"n": 2}


async def told_asynchronously(event: Mapping[str, object], context: object) -> AsyncIterator[object]:
    for item in told(event, context):
        yield item


def logged_and_counted(handler: Callable[..., Any]) -> Callable[..., Any]:
    decorated: Callable[..., Any] = logger.inject_lambda_context(
        metrics.log_metrics(handler), log_event=True, clear_state=True, flush_buffer_on_uncaught_error=True
    )
    return decorated


outside = logged_and_counted(tracer.capture_lambda_handler(stream(told)))
asynchronous = logged_and_counted(tracer.capture_lambda_handler(stream(told_asynchronously)))
inside = stream(logged_and_counted(told))
traced_inside = stream(tracer.capture_lambda_handler(told))


class Question(BaseModel):  # type: ignore[misc]
    prompt: str


def answered(event: Question, context: object) -> Iterator[object]:
    yield event.prompt


parsed_outside = event_parser(stream(answered), model=Question)
parsed_inside = stream(event_parser(answered, model=Question))
