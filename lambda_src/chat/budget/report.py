"""Write a line of the log about a budget, from which CloudWatch takes a metric.

"Specification: Embedded metric format", Amazon CloudWatch User Guide.
"""

from __future__ import annotations

import json
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Names of the metrics: a request was refused, a soft limit was reached, the table did not answer in time,
#: what a request has spent was not counted.
DENIED, WARNED = "BudgetDenied", "BudgetWarnings"
UNAVAILABLE, UNSETTLED = "BudgetUnavailable", "BudgetUnsettled"


def line(kind: str, members: Mapping[str, Any], now: float, namespace: str = "StreamingApi") -> str:
    """Return the line of one request."""
    return json.dumps({"event": "budget", "decision": kind, kind: 1, **members}, separators=(",", ":"))


def write(kind: str, members: Mapping[str, Any]) -> None:
    """Write the line of one request."""
    sys.stdout.write(line(kind, members, time.time()) + "\n")
