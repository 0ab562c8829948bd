"""Reports a load test, and whether its measures are valid."""

from __future__ import annotations

from dataclasses import asdict

from ..measure.verdicts import FAILED, NOT_RUN, OUTCOMES, PASSED, UNDECIDED
from .drive import Load
from .samples import DEFINITIONS, Tally

SCHEMA_VERSION = 1
#: 99th percentile, or the 95th of few, which one hiccup at the start does not move: above it, this client was
#: the bottleneck.
MOST_LAG_MS = 20.0


def invalid(tally: Tally) -> list[str]:
    """Return the reasons why the measures are those of this client rather than of the API.

    Where nobody answered, there are no measures.
    """
    if tally.verdicts and _unanswered(tally):
        return []
    reasons = []
    lag = tally.measures["lag_ms"].summary()
    late = lag.get("p99", lag.get("p95", 0.0))
    if late > MOST_LAG_MS:
        reasons.append(
            f"the event loop of this client woke up {late:.0f} ms late (limit {MOST_LAG_MS:.0f} ms)"
        )
    if tally.dropped:
        reasons.append(f"{tally.dropped} requests were dropped: too many at once for this client")
    return reasons


def exit_code(tally: Tally, most_errors: float) -> int:
    """Return 0 when the API kept up, 1 when it did not, 2 when the test is invalid, 3 without any answer.

    Errors of the API are answers; a refused or unreachable request is none.
    """
    if _unanswered(tally):
        return NOT_RUN
    if tally.errors / tally.requests > most_errors:
        return FAILED
    if invalid(tally):
        # a client that reads late sees pieces together that came one by one
        return UNDECIDED
    return FAILED if tally.collected else PASSED


def _unanswered(tally: Tally) -> bool:
    return all(OUTCOMES[verdict].exit_code == NOT_RUN for verdict in tally.verdicts)


def document(target: str, load: Load, tally: Tally, most_errors: float) -> dict[str, object]:
    """Return the JSON object."""
    return {
        "schema_version": SCHEMA_VERSION,
        "target": target,
        "load": asdict(load),
        "valid": not invalid(tally),
        "invalid": invalid(tally),
        "requests": tally.requests,
        "errors": tally.errors,
        "collected": {
            "count": tally.collected,
            "upper_bound": tally.collected_upper_bound(),
            "confidence": 0.95,
            "formula": "one-sided Clopper-Pearson bound of collected / collected and streamed",
        },
        "verdicts": {verdict.value: count for verdict, count in tally.verdicts.most_common()},
        "faults": {verdict.value: text for verdict, text in tally.first_fault.items()},
        "measures": tally.summary(),
        "definitions": dict(DEFINITIONS),
        "exit_code": exit_code(tally, most_errors),
    }
