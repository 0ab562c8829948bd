"""Whether a machine was quiet, from figures that are made up and from this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import machine, results
from bench.machine import QUIET, Machine, verdict


def described(monkeypatch: pytest.MonkeyPatch, before: float, after: float) -> dict[str, object]:
    monkeypatch.setattr(machine, "load", lambda: after)
    return Machine(before, load_average=9.0).described(node="v22")


@pytest.mark.parametrize(
    ("before", "after", "quiet"),
    [(0.1, 0.2, True), (QUIET, QUIET, True), (0.6, 0.1, False), (0.1, 0.6, False)],
)
def test_machine_is_quiet_only_before_and_after_the_run(
    monkeypatch: pytest.MonkeyPatch, before: float, after: float, quiet: bool
) -> None:
    found = described(monkeypatch, before, after)
    assert (found["load"], found["load after"], found["quiet"], found["node"]) == (
        before,
        after,
        quiet,
        "v22",
    )
    assert ("INVALID" in verdict(found)) is not quiet


def test_machine_load_is_counted_in_processors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    looks = iter(["cpu 100 0 0 300 0 0 0 0 0 0\ncpu0 9\n", "cpu 150 0 0 350 0 0 0 0 0 0\ncpu0 9\n"])
    stat = tmp_path / "stat"
    stat.write_text("")
    monkeypatch.setattr(machine, "_STAT", stat)
    monkeypatch.setattr(Path, "read_text", lambda *_: next(looks))
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert machine.load(0) == 2.0


def test_machine_load_where_the_kernel_does_not_tell_is_the_average(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(machine, "_STAT", tmp_path / "none")
    monkeypatch.setattr("os.getloadavg", lambda: (1.5, 0, 0))
    assert machine.load(0) == 1.5


def test_results_are_written_with_machine_rows_and_targets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "load", lambda: 0.7)
    monkeypatch.setattr(results, "ROOT", tmp_path)
    monkeypatch.setattr(results, "FOLDER", tmp_path / "out")
    told = [results.target("ratio", 1.0501, 1.05, 2), results.target("only told", 7.26, None, 1)]
    results.save("synth", Machine(0.1, 0.1), [{"name": "row"}], told)
    found = json.loads((tmp_path / "out" / "synth.json").read_text("utf-8"))
    assert found["machine"]["quiet"] is False
    assert found["rows"] == [{"name": "row"}]
    assert found["targets"] == [
        {"name": "ratio", "value": 1.05, "target": 1.05, "met": False},
        {"name": "only told", "value": 7.3, "target": None, "met": None},
    ]
    assert "INVALID" in capsys.readouterr().out
