"""What an event takes in each format of the chat function, in the function's process and without a socket."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping

from .install import Installed
from .report import verdict
from .subjects import at

#: What the formats are compared with: a generator behind `@stream`.
UNIT = "library"
#: Format -> how many times as much as the unit an event may take; from the first run.
AT_MOST = {
    "native, sse": 5.2,
    "native, ndjson": 4.8,
    "native, text": 4.5,
    "openai": 5.4,
    "responses": 6.7,
    "anthropic": 6.0,
    "ui": 5.1,
    "converse-stream": 5.4,
    "invoke": 6.2,
    "invoke, sse": 4.6,
}


def per_event(installed: Installed) -> dict[str, float]:
    """Return the microseconds of CPU time of an event by format."""
    done = subprocess.run(
        [installed.python, "per_event.py"],
        cwd=installed.tasks["bytecode"],
        env={
            "PYTHONPATH": str(installed.layers["bytecode"]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "BEDROCK_MODEL_ID": "us.amazon.nova-2-lite-v1:0",
        },
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"per_event.py: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def rows(found: Mapping[str, float], commit: str | None = None) -> list[dict[str, object]]:
    """Return a row for each format.

    :param commit: whose figures these are. Default: - the working tree's
    """
    return [
        {
            "name": at(name, commit) if commit else name,
            "us/event, in process": round(took, 2),
            "of the library's": round(took / found[UNIT], 2),
        }
        for name, took in found.items()
    ]


def targets(found: Mapping[str, float]) -> list[dict[str, object]]:
    """Return how many times as much as the unit each format takes."""
    return [
        verdict(f"us/event, in process: {name} / {UNIT}", found[name] / found[UNIT], at_most)
        for name, at_most in AT_MOST.items()
    ]


def targets_against(
    found: Mapping[str, float], other: Mapping[str, float], commit: str
) -> list[dict[str, object]]:
    """Return the targets of a comparison with another commit: no format gets dearer."""
    return [
        verdict(f"us/event, in process: {name} / {at(name, commit)}", took / other[name], 1.0)
        for name, took in found.items()
        if name in other
    ]
