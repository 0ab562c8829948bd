"""Answer one request of 6 MB, which is what Lambda takes, and say what it took.

The arguments are path, and head, repeated part and tail of the body.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from tests.unit.lambda_src.chat.handling import handle


def peak() -> int:
    """Return the most memory that this program had, in bytes."""
    try:
        # ru_maxrss begins with what the process had that this one was forked from
        status = Path("/proc/self/status").read_text("ascii")
    except FileNotFoundError:  # on a Mac, where ru_maxrss is in bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


SIZE = 6 * 1024 * 1024

path, head, part, tail = sys.argv[1:]
answer = handle({"path": path, "body": head + part * ((SIZE - len(head + tail)) // len(part)) + tail})
print(json.dumps({"status": answer.status, "mebibytes": peak() // (1024 * 1024)}))
