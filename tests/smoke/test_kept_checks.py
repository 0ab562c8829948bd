"""The checks `resume` and `cancel` against APIs that keep streams wrongly, each in its own way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streaming_api_tools.checks import kept
from streaming_api_tools.checks.result import CheckResult
from tests.smoke.check_contexts import SMALL, check, context_of
from tests.smoke.kept_probe import KeptProbe
from tests.smoke.servers import serving
from tests.support.stretched import until_told

#: Gaps with more than a second behind the second cut.
SIZES = replace(SMALL, gap_ms=(180, 200), cancel_s=3)


def checked(name: str, fault: str, told_nothing: tuple[str, ...] = ("error",)) -> CheckResult:
    """Make a check on a probe with a fault, and again while a busy machine lets it tell nothing."""

    def once(times: int) -> CheckResult:
        shortest, longest = SIZES.gap_ms
        sizes = replace(SIZES, gap_ms=(times * shortest, times * longest))
        with serving(lambda: KeptProbe(fault).routes()) as url:
            return check(name, replace(context_of(url), sizes=sizes))

    return until_told(once, lambda case: case.outcome not in told_nothing)


@pytest.mark.parametrize(
    ("name", "seen"), [("resume", "every byte once"), ("cancel", "of 25 events, and so does its replay")]
)
def test_smoke_check_of_honest_kept_streams_passes(name: str, seen: str) -> None:
    case = checked(name, "")
    assert (case.outcome, seen in case.message) == ("passed", True), case.message


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("lost", ""),
        ("doubled", ""),
        ("cut", "was cut"),
        ("ids", "is in the id of an event that ends at byte"),
        ("no 204", "is not told so by a 204"),
        ("not kept", "the rest of the stream was not kept"),
        ("another replay", "the replay from the beginning differs from byte"),
        ("held back", "ms of writing came at once to the client that follows"),
    ],
)
def test_smoke_check_resume_finds_what_is_kept_wrongly(fault: str, seen: str) -> None:
    # a busy machine reads in several pieces what came at once
    case = checked("resume", fault, ("error", "passed") if fault == "held back" else ("error",))
    assert (case.outcome, seen in case.message) == ("failure", True), case.message
    assert case.next_step


def test_smoke_check_resume_does_not_blame_the_api_for_a_busy_client(monkeypatch: pytest.MonkeyPatch) -> None:
    async def longest(*_: object) -> float:
        return 60_000

    monkeypatch.setattr(kept, "longest_ms", longest)
    case = checked("resume", "held back", ("passed",))
    assert (case.outcome, "which did nothing for 60000 ms" in case.message) == ("error", True), case.message
    assert checked("resume", "").outcome == "passed"


@pytest.mark.parametrize(
    ("fault", "outcome", "seen"),
    [
        ("no cancel", "failure", "the stream goes on 3 s after its cancel"),
        ("goes on", "failure", "the stream goes on 3 s after its cancel"),
        ("ends as whole", "failure", "a cancelled stream ends with done"),
        # whether it would stop cannot be told by somebody who may not ask
        ("refused", "error", "is not authorized to perform"),
    ],
)
def test_smoke_check_cancel_finds_what_does_not_stop(fault: str, outcome: str, seen: str) -> None:
    case = checked("cancel", fault, ())
    assert (case.outcome, seen in case.message) == (outcome, True), case.message


@pytest.mark.parametrize("name", ["resume", "cancel"])
def test_smoke_check_of_kept_streams_is_skipped_without_an_id(api: str, name: str) -> None:
    case = check(name, context_of(api))
    assert (case.outcome, "no x-stream-id" in case.message) == ("skipped", True)
