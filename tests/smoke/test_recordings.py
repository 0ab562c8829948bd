"""Exchanges that were kept in a file, and are judged again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from streaming_api_tools.errors import CouldNotRun
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.challenge import Challenge
from streaming_api_tools.measure.classify import RunFinding, classify
from streaming_api_tools.measure.recorded import KeptTarget, read_recording
from streaming_api_tools.measure.runs import record
from streaming_api_tools.measure.targets import ApiTarget, ChallengeTarget
from tests.smoke.conftest import CommandLine
from tests.support.stretched import gaps, until_told

BRIEF = Challenge((5,) * 12)


def challenge(target: ChallengeTarget, schedule: Challenge) -> RunFinding:
    return classify(asyncio.run(record(target, schedule)), schedule, CadenceLimits())


def test_smoke_recording_is_judged_again_without_network(
    streaming_api: CommandLine, origin: str, tmp_path: Path
) -> None:
    kept = tmp_path / "exchanges.json"
    options = ("--auth", "none", "--runs", "1", "--gaps", "12", "--record", str(kept), "--json")

    def judged(times: int) -> tuple[int, ...]:
        live = streaming_api("smoke", origin, *options, *gaps(times, 30, 130))
        again = streaming_api("smoke", str(kept), "--json")
        first, second = json.loads(live.stdout), json.loads(again.stdout)
        assert second["target"] == {"recording": str(kept)}
        assert first["runs"] == second["runs"]
        strict = streaming_api("smoke", str(kept), "--hold-p95-ms", "0", "--hold-max-ms", "0")
        return live.returncode, again.returncode, strict.returncode

    assert until_told(judged, lambda codes: 2 not in codes) == (0, 0, 1)


def test_smoke_recording_keeps_every_kind_of_moment(faults: str, tmp_path: Path) -> None:
    kept = KeptTarget(ApiTarget(f"{faults}/cut"))
    live = challenge(kept, BRIEF)
    kept.write(tmp_path / "cut.json")
    target, (run,) = read_recording(tmp_path / "cut.json")
    assert challenge(target, run.challenge) == live
    assert live.verdict.value == "TRUNCATED"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("no", "is not a recording"),
        ('{"recording_version": 9}', "has recording_version 9, not 1"),
        ('{"recording_version": 1, "exchanges": []}', "has no exchanges"),
        ('{"recording_version": 1, "exchanges": [{}]}', "is not a recording: KeyError"),
        ("[" * 5000, "is not a recording"),
        (
            '{"recording_version": 1, "exchanges": [{"challenge": {"gaps_ms": ["x"]}, "moments": []}]}',
            "is not a recording: TypeError",
        ),
        (
            '{"recording_version": 1, "exchanges": [{"challenge": {"gaps_ms": [1]}, "moments":'
            ' [{"kind": "Sent", "ns": "x", "connect_ns": 0}]}]}',
            "is not a recording: TypeError",
        ),
    ],
)
def test_smoke_refuses_invalid_recording_in_one_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(CouldNotRun, match=message):
        read_recording(path)


def test_smoke_recording_of_unstamped_endpoint_is_judged_as_one(
    streaming_api: CommandLine, faults: str, tmp_path: Path
) -> None:
    kept = tmp_path / "exchanges.json"
    live = streaming_api(
        "smoke", f"{faults}/json", "--auth", "none", "--runs", "1", "--data", "x", "--record", str(kept)
    )
    again = streaming_api("smoke", str(kept))
    assert (live.returncode, again.returncode) == (2, 2)
    assert again.stdout == live.stdout
    assert again.stderr == ""
