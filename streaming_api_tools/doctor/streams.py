"""Compares the streams that a stage lets in with the concurrent executions of the account.

A stream holds one execution for as long as it takes: 20 requests a second may need 20 x 900 of them.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..scale.erlang import refused_behind_throttle
from ..scale.limits import CONCURRENCY
from .findings import CheckWarning, Skipped
from .quotas import INCREASE

#: Milliseconds and seconds where a template has no timeout.
DEFAULT_INTEGRATION_MS, DEFAULT_FUNCTION_S = 29_000, 3
WHOLE_STAGE = ("*", "/*")


@dataclass(frozen=True)
class Streaming:
    """A streaming method, at its worst.

    :param rate: requests a second that its stage lets in
    :param seconds: duration of the longest stream
    :param reserved: executions that are reserved for its function. Default: - none
    """

    name: str
    rate: float
    seconds: float
    reserved: int | None = None


@dataclass(frozen=True)
class Expected:
    """The traffic that is expected.

    :param rate: requests a second. Default: - what the stage lets in
    :param seconds: mean length of a stream. Default: - the longest that there can be
    """

    rate: float | None = None
    seconds: float | None = None


WORST = Expected()


def compare(free: int, cdk_out: Path, cdk: str, expected: Expected = WORST) -> str:
    """Compare the methods of a cloud assembly with the executions that are left in the account.

    :param expected: the traffic of which the share that is refused is predicted
    :raises CheckWarning: when a stage lets more streams in than the account runs
    :raises Skipped: when there is nothing to compare
    """
    found = [
        method
        for path in sorted(cdk_out.glob("*.template.json"))
        for method in methods(_mapping(json.loads(path.read_text("utf-8")).get("Resources")))
    ]
    if not found:
        raise Skipped(f"{cdk_out} has no throttled stage with streaming methods; run: {cdk} synth")
    open_ended = [method for method in found if method.reserved is None]
    if not open_ended:
        tight = max(found, key=lambda method: method.rate * method.seconds / max(method.reserved or 0, 0.5))
        reserved = f"{tight.name} has {tight.reserved}"
        return f"every streaming function has a reservation; {reserved}: {predict(tight, 0, expected)}"
    worst = max(open_ended, key=lambda method: method.rate * method.seconds)
    predicted = predict(worst, free, expected)
    needed = math.ceil(worst.rate * worst.seconds)
    if needed > free:
        raise CheckWarning(
            f"{worst.rate:g} requests a second of {worst.name}, of up to {worst.seconds:g} s each, hold all"
            f" {free} concurrent executions after {free / worst.rate:.0f} s; lower the throttling, or set"
            f" reserved_concurrent_executions, which keeps the rest of the account free; {predicted}",
            INCREASE.format(service="lambda", code=CONCURRENCY, value=needed),
        )
    return f"{needed} at most, of {free} concurrent executions; {predicted}"


def predict(method: Streaming, free: int, expected: Expected = WORST) -> str:
    """Predict the streams at once, and the shares of requests that are refused, of a method by itself.

    Nobody sends a refused request again, and no other function takes executions.

    :param free: executions for a function without a reservation
    """
    rate = method.rate if expected.rate is None else expected.rate
    seconds = method.seconds if expected.seconds is None else min(expected.seconds, method.seconds)
    places = free if method.reserved is None else method.reserved
    throttled, blocked = refused_behind_throttle(rate, method.rate, seconds, places)
    running = (1 - throttled - blocked) * rate * seconds
    return (
        f"{rate:g} requests a second of {seconds:g} s would be {running:.0f} streams at once;"
        f" the throttle would refuse {throttled:.1%} and Lambda {blocked:.1%}"
    )


def methods(resources: Mapping[str, object]) -> Iterator[Streaming]:
    """Yield the streaming methods of a template's APIs, by each throttled stage."""
    for stage in _of_type(resources, "AWS::ApiGateway::Stage").values():
        rate = _rate(stage)
        if rate is None:
            continue
        for method in _of_type(resources, "AWS::ApiGateway::Method").values():
            integration = _mapping(method.get("Integration"))
            same_api = method.get("RestApiId") == stage.get("RestApiId")
            if same_api and integration.get("ResponseTransferMode") == "STREAM":
                yield _streaming(resources, method, integration, rate)


def _streaming(
    resources: Mapping[str, object],
    method: Mapping[str, object],
    integration: Mapping[str, object],
    rate: float,
) -> Streaming:
    function = _function(resources, integration.get("Uri"))
    limits = [_number(integration.get("TimeoutInMillis"), DEFAULT_INTEGRATION_MS) / 1000]
    if function is not None:
        limits.append(_number(function.get("Timeout"), DEFAULT_FUNCTION_S))
    reserved = function.get("ReservedConcurrentExecutions") if function else None
    name = f"{method.get('HttpMethod')} {_path(resources, method.get('ResourceId'))}"
    return Streaming(name, rate, min(limits), reserved if isinstance(reserved, int) else None)


def _rate(stage: Mapping[str, object]) -> float | None:
    settings = stage.get("MethodSettings")
    for each in settings if isinstance(settings, list) else []:
        if (each.get("HttpMethod"), each.get("ResourcePath")) == WHOLE_STAGE:
            rate = each.get("ThrottlingRateLimit")
            return float(rate) if isinstance(rate, (int, float)) else None
    return None


def _function(resources: Mapping[str, object], uri: object) -> Mapping[str, object] | None:
    """Return the function that a URI names, by itself or by an alias or version of it."""
    for name in _references(uri):
        resource = _mapping(resources.get(name))
        if resource.get("Type") == "AWS::Lambda::Function":
            return _mapping(resource.get("Properties"))
        if resource.get("Type") in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            return _function(resources, _mapping(resource.get("Properties")).get("FunctionName"))
    return None


def _references(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "Ref" in value:
            yield str(value["Ref"])
        attribute = value.get("Fn::GetAtt")
        if isinstance(attribute, list) and attribute:
            yield str(attribute[0])
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _references(each)


def _path(resources: Mapping[str, object], resource_id: object) -> str:
    parts: list[str] = []
    while (name := _mapping(resource_id).get("Ref")) in resources:
        properties = _mapping(_mapping(resources[str(name)]).get("Properties"))
        parts.insert(0, str(properties.get("PathPart")))
        resource_id = properties.get("ParentId")
    return "/" + "/".join(parts)


def _of_type(resources: Mapping[str, object], kind: str) -> dict[str, Mapping[str, object]]:
    """Return the properties of the resources of a type."""
    return {
        name: _mapping(_mapping(resource).get("Properties"))
        for name, resource in resources.items()
        if _mapping(resource).get("Type") == kind
    }


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object, default: float) -> float:
    return value if isinstance(value, (int, float)) else default
