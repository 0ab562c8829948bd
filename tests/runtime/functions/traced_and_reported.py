"""Sentry's SDK and the tracer of Powertools around one handler."""

from __future__ import annotations

import os
from collections.abc import Iterator

import sentry_sdk
from aws_lambda_powertools import Tracer
from lambda_streaming import stream
from sentry_sdk.integrations.aws_lambda import AwsLambdaIntegration
from sentry_sdk.integrations.logging import ignore_logger

sentry_sdk.init(integrations=[AwsLambdaIntegration()])
if os.environ["IGNORED"]:
    ignore_logger(os.environ["IGNORED"])


def told(event: object, context: object) -> Iterator[object]:
    yield {"n": 1}
    raise RuntimeError("in the middle")


handler = Tracer(service="story").capture_lambda_handler(stream(told))
