"""Report what a run says of the listed mutants, by the exit code."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from mutants import __main__ as command
from mutants.judge import BrokenRun
from mutants.modules import ROOT, judges
from mutants.run import Verdicts
from mutants.sample import Judged, Mutant, mutants_of

MODULE = "lambda_src/chat/errors.py"
LISTED = [Judged(each, judges(MODULE)) for each in mutants_of(MODULE, (ROOT / MODULE).read_text("utf-8"))][
    :100
]


def run(monkeypatch: pytest.MonkeyPatch, listed: Sequence[Judged], survivors: int = 0) -> int:
    """Return the exit code of a run of which so many survive."""

    def judge_all(mutants: Sequence[Mutant], workers: int, anew: bool) -> Verdicts:
        return {mutant: number >= survivors for number, mutant in enumerate(mutants)}

    monkeypatch.setattr(command, "load", lambda: listed)
    monkeypatch.setattr(command, "judge_all", judge_all)
    return command.main([])


@pytest.mark.parametrize(("survivors", "code"), [(0, 0), (3, 0), (4, 1)])
def test_mutants_command_fails_when_fewer_than_97_of_100_are_killed(
    survivors: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "EQUIVALENT", {})
    assert run(monkeypatch, LISTED, survivors) == code
    shown = capsys.readouterr().out
    assert shown.count("survived: ") == survivors
    assert f"{100 - survivors} of 100 killed" in shown


def test_mutants_command_names_the_tests_that_a_survivor_passed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "EQUIVALENT", {})
    run(monkeypatch, LISTED, 1)
    first = LISTED[0]
    assert f"survived: {first.mutant}\n    judged by {' '.join(first.judges)}\n" in capsys.readouterr().out


def test_mutants_command_fails_when_an_equivalent_one_is_killed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "EQUIVALENT", {LISTED[0].mutant: "a reason"})
    assert run(monkeypatch, LISTED) == 1
    assert f"named equivalent, but a test fails: {LISTED[0].mutant}" in capsys.readouterr().out
    assert run(monkeypatch, LISTED, 1) == 0
    assert "99 of 99 killed (100.0%), 1 equivalent" in capsys.readouterr().out


@pytest.mark.parametrize(("count", "code"), [(5, 0), (6, 2)])
def test_mutants_command_tells_when_the_list_no_longer_fits_the_code(
    count: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = [Judged(Mutant("gone.py", "x = 1", "integer", "1", "2", each), ()) for each in range(count)]
    assert run(monkeypatch, [*LISTED[count:], *gone]) == code
    told = capsys.readouterr()
    assert told.out.count("no longer in the code: gone.py") == count
    assert ("--choose --record" in told.err) == bool(code)


def test_mutants_command_whose_tests_fail_without_a_change_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def judge_all(mutants: Sequence[Mutant], workers: int, anew: bool) -> Verdicts:
        raise BrokenRun("the tests of a.py fail without any change")

    monkeypatch.setattr(command, "judge_all", judge_all)
    monkeypatch.setattr(command, "load", lambda: LISTED)
    assert command.main([]) == 2
    assert capsys.readouterr().err == "the tests of a.py fail without any change\n"
