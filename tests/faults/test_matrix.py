"""The whole fault matrix: no fault that is noticed ends as a response that looks whole."""

from __future__ import annotations

import pytest

from tests.faults.chat import ChatCase, chat_cases, observe_chat
from tests.faults.observe import observe
from tests.faults.table import Case, cases


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_fault_is_seen_as_the_table_has_it(case: Case) -> None:
    assert observe(case) == case.seen


@pytest.mark.parametrize("case", chat_cases(), ids=lambda case: case.id)
def test_fault_of_the_model_is_seen_as_the_table_has_it(case: ChatCase) -> None:
    assert observe_chat(case) == case.seen
