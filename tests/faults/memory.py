"""Run one process for many invocations, and tell by how much it grows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from tests.faults.table import FORMS
from tests.runtime.function import Function

MB = 1024 * 1024
#: What may be between the first part of the invocations and the last, in bytes.
GROWTH = 2 * MB
#: Of objects, whatever the number of invocations: one that each of them lost would be hundreds.
OBJECTS = 50
#: AWS's runtime client puts each trace id into the environment, and setenv() of glibc frees no former value:
#: about 125 bytes per invocation that are not the library's.
TRACE = {"Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"}

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


@dataclass(frozen=True)
class Growth:
    """What a process has more at the end of its invocations than it had after the first part of them.

    :param objects: that the garbage collector knows
    :param resident: bytes of the resident set
    """

    objects: int
    resident: int


def growth(invocations: list[Invocation], part: int, parts: int) -> Growth:
    """Return by how much a process grows from the end of the first part to the end of the last.

    :param part: how many invocations a part has
    """
    with Function("memory.by_event") as function:
        kinds = cycle(invocations)
        _measured(function)  # loads what it needs
        _run(function, kinds, part)
        first = _measured(function)
        _run(function, kinds, part * (parts - 1))
        last = _measured(function)
    return Growth(last["objects"] - first["objects"], last["resident"] - first["resident"])


def _run(function: Function, kinds: Iterator[Invocation], count: int) -> None:
    for event, timeout in islice(kinds, count):
        invocation = function.api.invoke(event, timeout_s=timeout, headers=TRACE)
        invocation.wait()
        function.api.forget(invocation)


def _measured(function: Function) -> dict[str, int]:
    measured: dict[str, int] = json.loads(
        function.api.invoke({"measure": ""}).wait().payload[len("data: ") :]
    )
    return measured
