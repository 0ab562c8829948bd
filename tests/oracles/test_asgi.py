"""Hold our ASGI adapter against uvicorn: one application, the same response and the same exceptions.

The empty body of an answer behind a function URL, into which our library puts a line end because it would
hang there, is left out: these requests come from a REST API.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.asgi_apps import PROPERTY, Script, Scripted, script, seeded
from tests.oracles.asgi_differences import DIFFERENCES, EVERYTHING, Difference, difference, parted
from tests.oracles.asgi_servers import Run, in_lambda, uvicorn_server

#: The share of the scripts of which everything is compared.
WHOLLY = 0.7


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    """Yield what is undone after the module."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield monkeypatch


@pytest.fixture(scope="module")
def uvicorn(patched: pytest.MonkeyPatch) -> Iterator[Run]:
    """Yield what runs a script under uvicorn."""
    with uvicorn_server(patched, Scripted()) as run:
        yield run


def test_asgi_application_answers_as_under_uvicorn(uvicorn: Run, patched: pytest.MonkeyPatch) -> None:
    kinds: Counter[str] = Counter()
    for each in seeded():
        ours = in_lambda(each, patched)
        assert parted(each, ours, uvicorn(each)) == {}, each
        listed = difference(each, ours)
        kinds[listed.name if listed else ""] += 1
    assert kinds[""] > WHOLLY * kinds.total(), kinds


@pytest.mark.parametrize("listed", DIFFERENCES, ids=lambda each: each.name)
def test_asgi_listed_difference_exists(listed: Difference, uvicorn: Run, patched: pytest.MonkeyPatch) -> None:
    ours, theirs = in_lambda(listed.example, patched), uvicorn(listed.example)
    assert difference(listed.example, ours) is listed
    assert any(getattr(ours, each) != getattr(theirs, each) for each in EVERYTHING)
    assert parted(listed.example, ours, theirs) == {}


def test_asgi_any_application_answers_as_under_uvicorn(uvicorn: Run, patched: pytest.MonkeyPatch) -> None:
    @settings(max_examples=PROPERTY, deadline=None)
    @given(st.integers())
    def judge(seed: int) -> None:
        each: Script = script(random.Random(seed))
        assert parted(each, in_lambda(each, patched), uvicorn(each)) == {}

    judge()
