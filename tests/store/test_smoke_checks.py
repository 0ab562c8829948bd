"""`smoke --checks resume,cancel` on the probe of an API that keeps its streams, and of one that does not."""

from __future__ import annotations

import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from streaming_api_tools.aws import Account
from streaming_api_tools.checks.catalogue import make_checks
from streaming_api_tools.checks.context import CheckContext, CheckSizes
from streaming_api_tools.checks.result import CheckResult
from streaming_api_tools.client.moments import HTTP_1_1, HTTP_2
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.subject import Subject
from streaming_api_tools.measure.targets import ApiTarget
from tests.store.streams import ROUTES
from tests.support.command_line import SCRIPT
from tests.support.gateway import Serving
from tests.support.ministack import Ministack
from tests.support.stretched import gaps, until_proved
from tests.support.templates import ROOT, application, template

CODE = str(ROOT / "lambda_src")


def serving(
    table: str, ministack: Ministack, scratch: Path, *, store: bool = True, routes: bool = True
) -> Serving:
    """Serve the probe, with a store and its routes where they are asked for."""
    environment = {"STREAM_STORE_TABLE": table} if store else {}
    probe: dict[str, object] = {"handler": "probe.handler.handler", "code": CODE, "environment": environment}
    served: dict[str, dict[str, object]] = {"POST /probe": probe}
    if routes:
        served |= {
            route: {
                "handler": f"streams.{name}.handler",
                "code": CODE,
                "environment": {"STREAM_TABLE": table},
            }
            for route, name in ROUTES.items()
        }
    return Serving(application(template(served), scratch), environment=ministack.environment)


@pytest.fixture(scope="module", name="probe")
def _probe(
    table_name: str, ministack: Ministack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    with serving(table_name, ministack, tmp_path_factory.mktemp("probe")) as running:
        yield running


def check(name: str, url: str, http_version: str = HTTP_1_1, times: int = 1) -> CheckResult:
    """Make one check."""
    # patience for a machine with much else to do
    sizes = replace(CheckSizes(), gap_ms=(30 * times, 110 * times), cancel_s=15)
    target = ApiTarget(f"{url}/prod/probe", http_version=http_version)
    context = CheckContext(Subject(target), CadenceLimits(), Account("us-east-1"), sizes=sizes)
    (case,) = make_checks([name], context, 0)
    return case


@pytest.mark.parametrize("version", [HTTP_1_1, HTTP_2])
@pytest.mark.parametrize(
    ("name", "seen"), [("resume", "every byte once, as in two replays"), ("cancel", "and so does its replay")]
)
def test_smoke_check_of_kept_streams_passes(probe: Serving, name: str, seen: str, version: str) -> None:
    case = until_proved(
        lambda times: check(name, probe.url, version, times), lambda case: case.outcome == "passed"
    )
    assert (case.outcome, seen in case.message) == ("passed", True), case.message


@pytest.mark.parametrize("name", ["resume", "cancel"])
def test_smoke_check_of_kept_streams_is_skipped_where_none_is_kept(
    ministack: Ministack, tmp_path: Path, name: str
) -> None:
    with serving("none", ministack, tmp_path, store=False, routes=False) as running:
        case = check(name, running.url)
    assert (case.outcome, "the API keeps no streams" in case.message) == ("skipped", True), case.message


@pytest.mark.parametrize("name", ["resume", "cancel"])
def test_smoke_check_of_kept_streams_without_routes_fails_with_what_to_do(
    table_name: str, ministack: Ministack, tmp_path: Path, name: str
) -> None:
    with serving(table_name, ministack, tmp_path, routes=False) as running:
        case = check(name, running.url)
    assert (case.outcome, "Missing Authentication Token" in case.message) == ("failure", True), case.message
    assert case.next_step == "give the store to the StreamingApi: it has the routes streams/{id}"


def test_smoke_check_of_kept_streams_whose_table_is_gone_fails(ministack: Ministack, tmp_path: Path) -> None:
    with serving("not-there", ministack, tmp_path) as running:
        case = check("resume", running.url)
    # the store answers that it cannot be read now, which another attempt may change
    assert (case.outcome, "status 503" in case.message) == ("error", True), case.message


def test_smoke_command_reports_the_checks_of_kept_streams(probe: Serving, tmp_path: Path) -> None:
    command = [
        *(str(SCRIPT), "smoke", f"{probe.url}/prod/", "--auth", "none", "--runs", "1"),
        *("--gaps", "12", "--checks", "resume,cancel"),
        *("--json", "--junit", str(tmp_path / "smoke.xml")),
    ]
    done = until_proved(
        lambda times: subprocess.run(
            [*command, *gaps(times, 30, 110)],
            env={**os.environ, "AWS_REGION": "us-east-1"},
            capture_output=True,
            text=True,
            timeout=120,
        ),
        lambda done: done.returncode == 0,
    )
    report = json.loads(done.stdout)
    assert {case["name"]: case["outcome"] for case in report["checks"]} == {
        "resume": "passed",
        "cancel": "passed",
    }
    assert (done.returncode, report["verdict"]) == (0, "STREAMING")
    cases = {case.get("name"): case for case in ElementTree.parse(tmp_path / "smoke.xml").iter("testcase")}
    assert {"resume", "cancel"} <= cases.keys()
    assert not list(cases["resume"].iter("failure"))
    assert "resume.behind_p95_ms" in (tmp_path / "smoke.xml").read_text("utf-8")
