"""Run one process for many invocations, and tell by how much it grows."""

from __future__ import annotations

from itertools import cycle, islice

from tests.faults.table import FORMS
from tests.runtime.function import Function

MB = 1024 * 1024
#: What may be between the first part of the invocations and the last, in bytes.
GROWTH = 2 * MB

Invocation = tuple[dict[str, str], float]
WELL: list[Invocation] = [({"form": form, "fault": "nothing", "when": "after"}, 60) for form in FORMS]
#: Errors before and after the first byte, and deadlines, which a timeout of 40 ms has after 20 ms.
BADLY: list[Invocation] = [
    *(
        ({"form": form, "fault": "raises", "when": when}, 60)
        for form in FORMS
        for when in ("before", "after")
    ),
    *(({"form": form, "fault": "refuses", "when": "after"}, 60) for form in FORMS),
    *(
        ({"form": form, "fault": "receive", "when": "after"}, 0.04)
        for form in FORMS
        if form != "writer with threads"
    ),
]


def growth(invocations: list[Invocation], part: int, parts: int) -> int:
    """Return by how many bytes a process grows from the end of the first part to the end of the last.

    :param part: how many invocations a part has
    """
    after: list[int] = []
    with Function("faults.by_event") as function:
        kinds = cycle(invocations)
        for _ in range(parts):
            for event, timeout in islice(kinds, part):
                invocation = function.api.invoke(event, timeout_s=timeout)
                invocation.wait()
                function.api.forget(invocation)
            after.append(function.resident_bytes)
    return after[-1] - after[0]
