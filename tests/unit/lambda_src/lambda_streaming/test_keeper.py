"""What keeps streams is loaded by the first request, in whatever thread that runs."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from lambda_streaming import _answer

SLOW = """
import test_keeper_gate
test_keeper_gate.begun.set()
assert test_keeper_gate.goes_on.wait(60)
kept = "whole"
"""


class Gate:
    """The module by which the slow one is held."""

    begun, goes_on = threading.Event(), threading.Event()


def test_keeper_that_another_thread_loads_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "slow_keeper.py").write_text(SLOW, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "test_keeper_gate", Gate)
    monkeypatch.setattr(_answer, "_KEEPER", "slow_keeper")
    _answer._keeper.cache_clear()
    found: list[object] = []

    def load() -> None:
        try:
            found.append(_answer._keeper())
        except AttributeError as error:
            found.append(error)

    threads = [threading.Thread(target=load) for _ in range(2)]
    try:
        threads[0].start()
        assert Gate.begun.wait(60)
        threads[1].start()
        threads[1].join(0.05)  # for as long as it waits, or until it has found half a module
        Gate.goes_on.set()
        for thread in threads:
            thread.join(60)
    finally:
        _answer._keeper.cache_clear()
        sys.modules.pop("slow_keeper", None)
    assert found == ["whole"] * 2
