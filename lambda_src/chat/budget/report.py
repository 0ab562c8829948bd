"""Write a line of the log about a budget, from which CloudWatch takes a metric.

"Specification: Embedded metric format", Amazon CloudWatch User Guide.
"""

from __future__ import annotations

import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Names of the metrics: a request was refused, a soft limit was reached, the table did not answer in time,
#: what a request has spent was not counted.
DENIED, WARNED = "BudgetDenied", "BudgetWarnings"
UNAVAILABLE, UNSETTLED = "BudgetUnavailable", "BudgetUnsettled"
#: The dimension of the metrics, as AWS's schema wants at least one, and its value of each.
DIMENSION = "decision"
DECISIONS = {
    DENIED: "denied",
    WARNED: "warned",
    UNAVAILABLE: "unavailable",
    UNSETTLED: "unsettled",
}


def record(kind: str, members: Mapping[str, Any], now: float, namespace: str) -> dict[str, Any]:
    """Return the record of one request, as the log has it.

    :param kind: name of the metric
    :param members: what is known of the request; nothing of its content
    :param now: seconds since the epoch
    :param namespace: of the metrics, which belong to one budget
    """
    directive = {
        "Namespace": namespace,
        "Dimensions": [[DIMENSION]],
        "Metrics": [{"Name": kind, "Unit": "Count"}],
    }
    return {
        "event": "budget",
        DIMENSION: DECISIONS[kind],
        **members,
        kind: 1,
        "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]},
    }


def write(line: Mapping[str, Any]) -> None:
    """Write a record as one line of ASCII."""
    # one write, which nothing of another thread comes into
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()
