"""Trim botocore's model of bedrock-runtime to the requests that the stand-in validates.

``python scripts/bedrock_service_model.py`` writes the data again from the botocore of its own environment, so
that the stand-in refuses the same requests whichever botocore a user has. A test compares both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore
import botocore.loaders

DATA = (
    Path(__file__).resolve().parent.parent
    / "streaming_api_tools/local/services/bedrock/validation/service_model.json"
)
SERVICE = "bedrock-runtime"
#: The operations of the stand-in; a test compares them with its table.
OPERATIONS = ("Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream", "CountTokens")
#: What does not decide whether a request is valid.
PROSE = frozenset({"documentation", "box"})


def load() -> Mapping[str, Any]:
    """Return the whole model of the service, as this environment's botocore has it."""
    model: Mapping[str, Any] = botocore.loaders.Loader().load_service_model(SERVICE, "service-2")
    return model


def trimmed(model: Mapping[str, Any], version: str) -> dict[str, object]:
    """Return the input shapes of the operations, without prose.

    :param model: a whole model of the service
    :param version: the botocore that it is of
    """
    inputs = {name: model["operations"][name]["input"]["shape"] for name in OPERATIONS}
    shapes: dict[str, object] = {}
    for name in inputs.values():
        _collect(model["shapes"], name, shapes)
    return {"botocore": version, "operations": inputs, "shapes": dict(sorted(shapes.items()))}


def written(data: Mapping[str, Any]) -> str:
    """Return the text of the file, a line for each shape, so that a change is a line of a diff."""
    shapes = ",\n".join(f"    {json.dumps(name)}: {json.dumps(it)}" for name, it in data["shapes"].items())
    operations = json.dumps(data["operations"])
    head = f'  "botocore": {json.dumps(data["botocore"])},\n  "operations": {operations},'
    return f'{{\n{head}\n  "shapes": {{\n{shapes}\n  }}\n}}\n'


def _collect(shapes: Mapping[str, Any], name: str, found: dict[str, object]) -> None:
    if name in found:
        return
    found[name] = shape = _without_prose(shapes[name])
    for used in _references(shape):
        _collect(shapes, used, found)


def _references(shape: Mapping[str, Any]) -> Iterator[str]:
    yield from (member["shape"] for member in shape.get("members", {}).values())
    yield from (shape[part]["shape"] for part in ("member", "key", "value") if part in shape)


def _without_prose(shape: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in shape.items() if key not in PROSE}
    if members := shape.get("members"):
        kept["members"] = {name: _without_prose(member) for name, member in members.items()}
    for part in ("member", "key", "value"):
        if part in shape:
            kept[part] = _without_prose(shape[part])
    return kept


if __name__ == "__main__":
    DATA.write_text(written(trimmed(load(), botocore.__version__)), "utf-8")
