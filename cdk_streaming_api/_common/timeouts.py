"""Check timeouts against the limits of API Gateway and Lambda, and tell which of the two ends a stream."""

from __future__ import annotations

from functools import cache
from typing import Literal, cast
from weakref import WeakKeyDictionary

from aws_cdk import Duration, Token
from aws_cdk import aws_lambda as lambda_

from .tokens import is_number_token, known_amount

# TimeoutInMillis of an integration with ResponseTransferMode STREAM:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
MIN_STREAM_MS = 50
MAX_STREAM_MS = 900_000
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
MAX_FUNCTION_MS = 900_000
DEFAULT_FUNCTION_MS = 3_000

# What stays as it is: many streams have one function and one timeout, and each look at them is a round trip.
_RESOURCES: WeakKeyDictionary[lambda_.Function, lambda_.CfnFunction] = WeakKeyDictionary()
_DEFAULTS: WeakKeyDictionary[lambda_.IFunction, Duration] = WeakKeyDictionary()
_MILLISECONDS: WeakKeyDictionary[Duration, float | None] = WeakKeyDictionary()


def check_timeout(
    timeout: Duration,
    subject: str,
    minimum_ms: int,
    maximum_ms: int,
    unit: Literal["millis", "seconds"] = "millis",
) -> None:
    """Refuse a timeout that the service would refuse at deployment.

    :param timeout: the timeout; of a token only the unit is looked at.
    :param subject: whose timeout it is, for the message.
    :param minimum_ms: the least that the service takes, in milliseconds.
    :param maximum_ms: the most that the service takes, in milliseconds.
    :param unit: the unit that the service takes. Default: millis
    """
    if not isinstance(timeout, Duration):
        raise TypeError(f"timeout of {subject} must be a Duration, got {timeout!r}")
    amount = known_amount(f"timeout of {subject}", timeout, unit)
    if amount is None:
        return
    milliseconds = amount if unit == "millis" else amount * 1000
    if milliseconds > maximum_ms:
        raise ValueError(
            f"timeout of {subject} must be at most {_human(maximum_ms)}, got {timeout.to_human_string()}"
        )
    if milliseconds < minimum_ms:
        raise ValueError(
            f"timeout of {subject} must be at least {_human(minimum_ms)}, got {timeout.to_human_string()}"
        )


def function_timeout_ms(handler: lambda_.IFunction) -> int | None:
    """Return the timeout of the function behind ``handler``, or None where the template does not say it."""
    function = handler.lambda_ if isinstance(handler, lambda_.Alias | lambda_.Version) else handler
    if not isinstance(function, lambda_.Function):
        return None
    if function not in _RESOURCES:
        _RESOURCES[function] = cast(lambda_.CfnFunction, function.node.default_child)
    # of the resource, which an app may have changed
    seconds = _RESOURCES[function].timeout
    if seconds is None:
        return DEFAULT_FUNCTION_MS
    known = isinstance(seconds, (int, float)) or not Token.is_unresolved(seconds)
    return round(seconds * 1000) if known and not is_number_token(seconds) else None


def default_stream_timeout(handler: lambda_.IFunction) -> Duration:
    """Return the timeout that somebody gave the function, as far as API Gateway goes, else the longest.

    It is the one that the function has before its first stream. All of its streams have that, and those of an
    app that changes it afterwards get their warning.
    """
    if handler not in _DEFAULTS:
        _DEFAULTS[handler] = _default_stream_timeout(handler)
    return _DEFAULTS[handler]


def _default_stream_timeout(handler: lambda_.IFunction) -> Duration:
    known = function_timeout_ms(handler)
    # Lambda's own 3 seconds mean a forgotten timeout, and the mismatch is then worth its warning
    if known is None or known == DEFAULT_FUNCTION_MS:
        return milliseconds(MAX_STREAM_MS)
    return milliseconds(min(known, MAX_STREAM_MS))


@cache
def milliseconds(amount: int) -> Duration:
    """Return the one duration of so many milliseconds."""
    return Duration.millis(amount)


def mismatch(stream: Duration, function_ms: int | None) -> str | None:
    """Say which timeout wins where the stream's and the function's differ.

    :param function_ms: the function's in milliseconds, or None where it is not known.
    """
    if function_ms is None:
        return None
    stream_ms = _milliseconds_of(stream)
    if stream_ms is None or stream_ms == function_ms:
        return None
    gateway, function = stream.to_human_string(), _human(function_ms)
    if function_ms < stream_ms:
        return (
            f"the function's timeout wins: it ends the stream after {function}, "
            f"API Gateway would wait {gateway}"
        )
    return (
        f"API Gateway's timeout wins: it ends the stream after {gateway}, "
        f"and the function runs on, and is billed, for up to {function}"
    )


def _milliseconds_of(duration: Duration) -> float | None:
    """Return the milliseconds of a duration, or None for a token."""
    if duration not in _MILLISECONDS:
        _MILLISECONDS[duration] = None if duration.is_unresolved() else duration.to_milliseconds()
    return _MILLISECONDS[duration]


def _human(amount: int) -> str:
    return milliseconds(amount).to_human_string()
