"""Writes what was looked up to ``cdk.context.json``, as lookups of the CDK do.

Synth reads it; the key and the value are those of ``docs/bedrock-iam.md``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ..errors import CouldNotRun
from ..files import write_text


def context_key(region: str, model: str) -> str:
    """Return the key of an inference profile, as it is seen from a source Region."""
    return f"streaming-api:inference-profile:region={region}:profile={model}"


def remember(path: Path, region: str, model: str, arns: Sequence[str]) -> bool:
    """Write the models that a profile routes to, and tell whether that changed anything.

    :raises CouldNotRun: for a file that is not a context
    """
    try:
        found = json.loads(path.read_text("utf-8")) if path.exists() else {}
    except (OSError, ValueError) as failure:
        raise CouldNotRun(f"{path} is not a context file of the CDK: {failure}") from failure
    if not isinstance(found, dict):
        raise CouldNotRun(f"{path} is not a context file of the CDK: not an object")
    key, value = context_key(region, model), {"models": sorted(arns)}
    if found.get(key) == value:
        return False
    write_text(path, json.dumps(found | {key: value}, indent=2) + "\n")
    return True
