"""The handlers of :mod:`faults`, and one that tells what the process has allocated."""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Iterator
from pathlib import Path

from lambda_streaming import stream

from tests.runtime.functions import faults


@stream
def measured(event: object, context: object) -> Iterator[dict[str, int]]:
    """Tell how many objects there are, and the resident set, without what is free in either allocator."""
    gc.collect()
    objects = len(gc.get_objects())
    # free memory of a heap stays with the process, and each thread may have a heap of its own
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    yield {"objects": objects, "resident": pages * os.sysconf("SC_PAGE_SIZE")}


def by_event(event: dict[str, str], context: object) -> object:
    return measured(event, context) if "measure" in event else faults.by_event(event, context)
