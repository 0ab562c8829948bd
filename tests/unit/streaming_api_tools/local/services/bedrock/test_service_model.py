"""The trimmed service model: it is that of botocore, and every constraint of it refuses."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore
import botocore.session
import pytest
from bedrock_service_model import DATA, OPERATIONS, load, trimmed, written
from botocore.validate import ParamValidator

from streaming_api_tools.local.services.bedrock import operations
from streaming_api_tools.local.services.bedrock.validation import service_model
from streaming_api_tools.local.services.bedrock.validation.refusals import RefusedError
from streaming_api_tools.local.services.bedrock.validation.shapes import check_shapes

SHAPES: Mapping[str, Any] = service_model.data()["shapes"]
INPUTS: Mapping[str, str] = service_model.data()["operations"]
BOTOCORE = botocore.session.get_session().get_service_model("bedrock-runtime")
#: Texts that match the patterns of the model; a test holds that every pattern has one.
MATCHING = ("m.x", "abc", "123456789012", "s3://bucket/key", "1", "", "default")


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")[:3]))


def test_bedrock_service_model_data_is_of_the_newest_installed_botocore() -> None:
    recorded, installed = service_model.data()["botocore"], botocore.__version__
    if version(installed) < version(recorded):
        pytest.skip(f"botocore {installed} is older than the data, which is of {recorded}")
    current = trimmed(load(), installed)
    assert {**current, "botocore": recorded} == service_model.data(), (
        "python scripts/bedrock_service_model.py writes the data again"
    )


def test_bedrock_service_model_data_is_as_the_script_writes_it() -> None:
    assert DATA.read_text("utf-8") == written(json.loads(DATA.read_text("utf-8")))


def test_bedrock_service_model_has_the_operations_of_the_stand_in() -> None:
    assert {operation.name for operation in operations.OPERATIONS} == set(OPERATIONS)


def test_bedrock_service_model_payload_limit_is_for_native_bodies_only() -> None:
    limits = {
        operation.name: service_model.payload_limit(operation.name) for operation in operations.OPERATIONS
    }
    assert limits == {
        operation.name: 25_000_000 if operation.native else None for operation in operations.OPERATIONS
    }


def valid(name: str, *, full: bool = False) -> Any:  # noqa: ANN401 - a value of any shape
    """Return a value of a shape: the least, or with every member."""
    shape = SHAPES[name]
    match shape["type"]:
        case "structure" if shape.get("document"):
            return {}
        case "structure":
            members = {
                member: it["shape"]
                for member, it in shape["members"].items()
                if "location" in it or member != shape.get("payload")
            }
            if shape.get("union"):
                wanted = list(members)[:1]
            else:
                wanted = list(members) if full else shape.get("required", [])
            return {member: valid(members[member], full=full) for member in wanted}
        case "list":
            return [valid(shape["member"]["shape"], full=full)] * max(1, shape.get("min", 0))
        case "map":
            return {valid(shape["key"]["shape"]): valid(shape["value"]["shape"], full=full)}
        case "blob":
            return base64.b64encode(b"\x00" * max(1, shape.get("min", 0))).decode()
        case "boolean":
            return True
        case "integer" | "float":
            return shape.get("min", 0)
    if "enum" in shape:
        return shape["enum"][0]
    if "pattern" in shape:
        return next(text for text in MATCHING if matches(shape, text))
    return "x" * max(1, shape.get("min", 0))


def matches(shape: Mapping[str, Any], text: str) -> bool:
    return bool(re.fullmatch(shape["pattern"], text)) and len(text) >= shape.get("min", 0)


def mutants(name: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - as above
    """Yield values that break one constraint of a shape each, at whatever depth."""
    shape = SHAPES[name]
    kind = shape["type"]
    if shape.get("document"):
        yield "document", "text"
        return
    yield "type", {"structure": "text", "map": "text", "list": "text"}.get(kind, [])
    if kind == "structure":
        yield from structure_mutants(shape, value)
    elif kind == "list":
        for reason, inner in mutants(shape["member"]["shape"], value[0]):
            yield reason, [inner, *value[1:]]
        yield from ((f"{name} min", []) for _ in [0] if shape.get("min"))
        yield from ((f"{name} max", value * (shape["max"] + 1)) for _ in [0] if "max" in shape)
    elif kind == "map":
        ((key, inner),) = value.items()
        for reason, bad in mutants(shape["value"]["shape"], inner):
            yield reason, {key: bad}
        yield from ((f"{name} min", {}) for _ in [0] if shape.get("min"))
        if "max" in shape:
            yield f"{name} max", {f"{key}{index}": inner for index in range(shape["max"] + 1)}
        yield from ((f"{name} key", {"!": inner}) for _ in [0] if "pattern" in SHAPES[shape["key"]["shape"]])
    else:
        yield from scalar_mutants(name, shape)


def structure_mutants(shape: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "unknown", {**value, "unheardOf": 1}
    for member in shape.get("required", []):
        yield "required", {name: it for name, it in value.items() if name != member}
        yield "null", {**value, member: None}
    if shape.get("union"):
        yield "none of the union", {}
        others = [name for name in shape["members"] if name not in value]
        yield from (
            ("two of the union", {**value, name: valid(shape["members"][name]["shape"])})
            for name in others[:1]
        )
    for member, inner in value.items():
        for reason, bad in mutants(shape["members"][member]["shape"], inner):
            yield reason, {**value, member: bad}


def scalar_mutants(name: str, shape: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    kind = shape["type"]
    if "enum" in shape:
        yield f"{name} enum", "unheard-of"
    if "pattern" in shape and matches({"pattern": r"[^\n]*"}, "!") and not matches(shape, "!\n"):
        yield f"{name} pattern", "!\n"
    low, high = shape.get("min"), shape.get("max")
    if kind in ("integer", "float"):
        yield from ((f"{name} min", low - 1) for _ in [0] if low is not None)
        yield from ((f"{name} max", high + 1) for _ in [0] if high is not None)
    elif kind in ("string", "blob"):
        yield from ((f"{name} min", "") for _ in [0] if low)
        size = (high or 0) + 1
        long = base64.b64encode(b"\x00" * size).decode() if kind == "blob" else "x" * size
        yield from ((f"{name} max", long) for _ in [0] if high is not None)
    if kind == "blob":
        yield f"{name} base64", "no base64!"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_bedrock_validation_least_and_fullest_requests_are_accepted(operation: str) -> None:
    check_shapes(operation, valid(INPUTS[operation]))
    check_shapes(operation, valid(INPUTS[operation], full=True))


def all_unions(operation: str) -> Iterator[Any]:
    """Yield full requests that have between them every member of every union below the input."""
    seen = {name for name, shape in SHAPES.items() if shape.get("union")}
    for number in range(max(len(SHAPES[name]["members"]) for name in seen)):
        yield rotated(INPUTS[operation], number)


def rotated(name: str, number: int) -> Any:  # noqa: ANN401 - a value of any shape
    """Return a full value whose unions have their ``number``-th member."""
    shape = SHAPES[name]
    if shape["type"] == "structure" and not shape.get("document"):
        members = {
            member: it["shape"] for member, it in shape["members"].items() if member != shape.get("payload")
        }
        wanted = [list(members)[number % len(members)]] if shape.get("union") else list(members)
        return {member: rotated(members[member], number) for member in wanted}
    if shape["type"] == "list":
        return [rotated(shape["member"]["shape"], number)] * max(1, shape.get("min", 0))
    return valid(name, full=True)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_bedrock_validation_each_broken_constraint_is_refused(operation: str) -> None:
    taken, reasons = [], set()
    for request in all_unions(operation):
        check_shapes(operation, request)
        for reason, mutant in mutants(INPUTS[operation], request):
            reasons.add(reason)
            try:
                check_shapes(operation, mutant)
            except RefusedError:
                continue
            taken.append(reason)
    assert not taken
    assert {"type", "required", "null", "unknown"} <= reasons


def without_blobs(name: str, value: Any) -> Any:  # noqa: ANN401 - as above
    """Return a value as botocore takes it, whose blobs are bytes."""
    shape = SHAPES[name]
    if shape["type"] == "blob" and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:
            return value
    if shape["type"] == "structure" and isinstance(value, dict):
        return {
            member: without_blobs(shape["members"][member]["shape"], it) if member in shape["members"] else it
            for member, it in value.items()
        }
    if shape["type"] == "list" and isinstance(value, list):
        return [without_blobs(shape["member"]["shape"], it) for it in value]
    return value


@pytest.mark.parametrize("operation", OPERATIONS)
def test_bedrock_validation_refuses_what_botocore_refuses(operation: str) -> None:
    """Botocore's validator has no maximum, no pattern and no enum; what it has is ours as well."""
    if version(botocore.__version__) < version(service_model.data()["botocore"]):
        pytest.skip("this botocore does not have every member of the data")
    shape = BOTOCORE.operation_model(operation).input_shape
    refused_by_both = 0
    for request in all_unions(operation):
        for reason, mutant in mutants(INPUTS[operation], request):
            given = without_blobs(INPUTS[operation], mutant)
            if not isinstance(given, dict) or not ParamValidator().validate(given, shape).has_errors():
                continue
            with pytest.raises(RefusedError):
                check_shapes(operation, mutant)
            refused_by_both += 1
            assert reason
    assert refused_by_both > 10
