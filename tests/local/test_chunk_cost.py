"""What a chunk costs the gateway, in calls: counted, so that no load of the machine changes it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from tests.local.conftest import Serve
from tests.local.serving import Client, Gate, Serving

#: The first chunks begin the response, and are read by h11; how many they are, a busy machine decides. Then
#: so many are counted.
BEFORE, COUNTED = 10, 20


class Calls:
    """Counts the calls of Python functions in the thread of a gateway that is started meanwhile."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def note(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            path = Path(frame.f_code.co_filename)
            self._counts[f"{path.parent.name}/{path.name}", frame.f_code.co_name] += 1

    def taken(self) -> Counter[tuple[str, str]]:
        """Return the counts so far."""
        return Counter(self._counts)


def of_h11(counts: Counter[tuple[str, str]]) -> list[str]:
    """Return the modules of h11 that were called."""
    return [place for place, _ in counts if place.startswith("h11/")]


@pytest.fixture
def calls() -> Iterator[Calls]:
    counted = Calls()
    threading.setprofile(counted.note)
    yield counted
    threading.setprofile(None)


def test_chunk_is_read_and_sent_in_one_turn_of_the_event_loop(
    serve: Serve, connect: Callable[[Serving], Client], gate: Gate, calls: Calls
) -> None:
    serving = serve({"POST /gated": {"handler": "handlers.gated"}})
    # of the gateway only: the child processes get threads as well
    threading.setprofile(None)
    client = connect(serving)
    client.ask("POST", "/prod/gated", b"%d" % (BEFORE + COUNTED))
    function = gate.accept()
    function.hear()
    function.let_go()
    response = client.answer()
    assert response.readline() == b"0\n"
    numbers = iter(range(1, BEFORE + COUNTED))

    def pass_on(chunks: int) -> Counter[tuple[str, str]]:
        before = calls.taken()
        for _ in range(chunks):
            function.let_go()
            assert response.readline() == b"%d\n" % next(numbers)
        return calls.taken() - before

    begun = 1
    while of_h11(pass_on(1)):
        begun += 1
        assert begun < BEFORE
    found = pass_on(COUNTED)
    assert not of_h11(found)
    assert found["asyncio/events.py", "_run"] == COUNTED
    # of callbacks, tasks and timers
    assert found["asyncio/events.py", "__init__"] == 0
    assert found["asyncio/selector_events.py", "write"] == COUNTED
    for _ in numbers:
        function.let_go()
    assert response.read().endswith(b"%d\n" % (BEFORE + COUNTED - 1))
