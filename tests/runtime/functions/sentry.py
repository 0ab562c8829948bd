"""Sentry's SDK, started after the library was imported, around handlers that stream."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import sentry_sdk
from lambda_streaming import HTTPError, stream
from sentry_sdk.integrations.aws_lambda import AwsLambdaIntegration

sentry_sdk.init(integrations=[AwsLambdaIntegration(timeout_warning=True)])


def told(event: Mapping[str, Any], context: object) -> Iterator[object]:
    if event["fails"] == "early":
        raise RuntimeError("before the first byte")
    if event["fails"] == "refused":
        raise HTTPError(404, "there is no such story")
    yield {"n": 1}
    if event["fails"] == "late":
        time.sleep(10)
    raise RuntimeError("in the middle")


@stream
async def asynchronous(event: Mapping[str, object], context: object) -> AsyncIterator[object]:
    for item in told(event, context):
        yield item


handler = stream(told)
