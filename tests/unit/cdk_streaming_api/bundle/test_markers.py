"""Hold the reading of markers against packaging's."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment

from cdk_streaming_api._bundle.markers import applies
from cdk_streaming_api._bundle.requirements import read
from cdk_streaming_api._bundle.target import Target, this_machine

ROOT = Path(__file__).resolve().parents[4]

TARGETS = [Target(f"python3.{minor}", machine) for minor in (10, 11, 14) for machine in ("arm64", "x86_64")]
ENVIRONMENTS = [*(each.environment for each in TARGETS), this_machine().environment]
#: every marker of every lock of this repository
LOCKED = sorted(
    {
        each.marker
        for path in [*ROOT.glob("*.txt"), *ROOT.glob("tests/pins/*.txt"), *ROOT.glob("examples/*/*/*.txt")]
        for each in read(path.read_text("utf-8")).packages
        if each.marker
    }
)
MARKERS = [
    "python_version < '3.9'",
    "python_version >= '3.9'",
    "'3.11' <= python_version",
    "python_version == '3.1.*'",
    "python_version == '3.14.*'",
    "python_full_version != '3.11.*'",
    "python_full_version < '3.14.0.0'",
    "platform_machine in 'aarch64 arm64'",
    "platform_machine not in 'aarch64'",
    "extra == 'x'",
    "(os_name == 'nt' or sys_platform == 'linux') and implementation_name == 'cpython'",
]


def test_markers_of_this_repository_are_many() -> None:
    assert len(LOCKED) > 20


@pytest.mark.parametrize("marker", [*MARKERS, *LOCKED])
def test_marker_is_true_where_packaging_says_so(marker: str) -> None:
    for environment in ENVIRONMENTS:
        theirs = Marker(marker).evaluate({**environment, "extra": ""})
        assert applies(marker, environment) is theirs, environment


def test_marker_environment_of_this_machine_is_packagings() -> None:
    assert {**this_machine().environment} == default_environment()


@pytest.mark.parametrize(
    "marker",
    [
        "python_version ~= '3.9'",
        "colour == 'red'",
        "import os",
        "python_version < '3.9b1'",
        "1 < 2",
        "os_name",
    ],
)
def test_marker_that_cannot_be_evaluated_is_refused(marker: str) -> None:
    with pytest.raises(ValueError, match="marker is not one that can be evaluated"):
        applies(marker, Target().environment)
