"""One case of the fault matrix for each mechanism; `make test-faults` runs them all."""

from __future__ import annotations

import pytest
from chat import routes
from chat.formats import invoke, native

from tests.faults.chat import FORMATS, ChatCase, chat_cases, observe_chat
from tests.faults.observe import observe
from tests.faults.table import WHOLE, Case, cases

#: fault, when, reader and form, and the mechanism that only this case has
MECHANISMS = {
    "raises before - Response": "the runtime loop reports",
    "raises after - writer with threads": "a thread that dies takes its response along",
    "receive before - ASGI": "the deadline is a 504 before the first byte",
    "receive after - generator": "the alarm interrupts",
    "receive after - plain text": "a media type without error events is cut",
    "finalizer after - writer": "the alarm interrupts again",
    "bare_except after - generator": "the watch ends a response without its handler",
    "receive after - async generator": "the alarm interrupts a task that blocks the loop",
    "receive after - WSGI": "the alarm interrupts an application in the handler's thread",
    "async_finally after - ASGI": "the loop cancels again",
    "swallows_cancel after - async generator": "the watch ends a response of the loop",
    "produces after - writer with threads": "the deadline holds in every thread",
    "floods after nothing - generator": "the watch cuts a chunk that is stuck",
    "produces after refuses - Response": "an early answer stops the handler",
    "c_code_with_gil after - generator": "Lambda kills",
    "cannot_be_told after - generator": "the reporter of errors does not fail",
    "no_files after - generator": "what tells of an error is loaded after the first byte",
    "import_lock after - writer": "the watch imports nothing after the first byte",
    "exits after - writer": "an exit is an error",
    "exits_at_once after - generator": "the kernel closes the connection",
}
CASES = {case.id: case for case in cases()}


@pytest.mark.parametrize("case", [CASES[name] for name in MECHANISMS], ids=list(MECHANISMS))
def test_fault_is_seen_as_the_table_has_it(case: Case) -> None:
    assert observe(case) == case.seen


@pytest.mark.parametrize("form", ["events", "text", "InvokeModel"])
def test_fault_of_the_model_is_seen_as_the_table_has_it(form: str) -> None:
    case = ChatCase(form, "the model's stream ends silently")
    assert observe_chat(case) == case.seen


def test_fault_matrix_case_never_looks_whole() -> None:
    assert WHOLE not in {*(case.seen for case in CASES.values()), *(case.seen for case in chat_cases())}
    assert len(CASES) == len(cases())


def test_fault_matrix_has_every_format_of_the_chat() -> None:
    rows: dict[str, set[str]] = {}
    for path, query, _ in FORMATS.values():
        name = next((name for end, name in routes.ROUTES if path.endswith(end)), routes.NATIVE)
        rows.setdefault(name, set()).add(query)
    # a list and a count are one read answer of the service, whole or a failure
    streaming = {name for _, name in routes.ROUTES} - {"models", "anthropic.counting", "count_tokens"}
    assert set(rows) == {*streaming, routes.NATIVE}
    assert rows[routes.NATIVE] == set(native.CONTENT_TYPES)
    assert {query or invoke.FORMATS[0] for query in rows["invoke"]} == set(invoke.FORMATS)
