"""Answer one request of 6 MB, which is what Lambda takes, and say what it took.

The arguments are path, and head, repeated part and tail of the body.
"""

from __future__ import annotations

import json
import resource
import sys

from tests.unit.chat.handling import handle

SIZE = 6 * 1024 * 1024

path, head, part, tail = sys.argv[1:]
answer = handle({"path": path, "body": head + part * ((SIZE - len(head + tail)) // len(part)) + tail})
# in KiB, but in bytes on a Mac
unit = 1024 * 1024 if sys.platform == "darwin" else 1024
mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
print(json.dumps({"status": answer.status, "mebibytes": mebibytes}))
