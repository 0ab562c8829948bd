"""What the tester leaves in files: JUnit XML, Markdown, a picture, and the sparkline of the terminal."""

from __future__ import annotations

import random
import re
from xml.etree import ElementTree as ET

import pytest

from streaming_api_tools.checks.result import CheckResult
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.challenge import Challenge, draw
from streaming_api_tools.measure.classify import RunFinding, classify
from streaming_api_tools.measure.metrics import METRICS
from streaming_api_tools.measure.series import conclude
from streaming_api_tools.measure.verdicts import OUTCOMES, Verdict
from streaming_api_tools.smoke.junit import case_of, junit
from streaming_api_tools.smoke.markdown import markdown
from streaming_api_tools.smoke.report import exit_code
from streaming_api_tools.smoke.sparkline import sparkline
from streaming_api_tools.smoke.svg import DARK, MOST_LANES, STYLE, svg
from tests.unit.streaming_api_tools.measure.intermediaries import Intermediary, batch, buffer, stream, through

SVG = "{http://www.w3.org/2000/svg}"


def made(*intermediaries: Intermediary) -> list[tuple[Challenge, RunFinding]]:
    dice = random.Random(4)
    schedules = [draw(dice) for _ in intermediaries]
    return [
        (schedule, classify(through(each, schedule, dice), schedule, CadenceLimits()))
        for schedule, each in zip(schedules, intermediaries, strict=True)
    ]


def concluded(runs: list[tuple[Challenge, RunFinding]]) -> tuple[object, str]:
    conclusion = conclude([finding for _, finding in runs], CadenceLimits())
    return conclusion, svg("https://example.com/probe", runs, conclusion)


@pytest.mark.parametrize(
    ("verdict", "element"),
    [
        (Verdict.STREAMING, None),
        (Verdict.BUFFERED, "failure"),
        (Verdict.INCONCLUSIVE, "error"),
        (Verdict.AUTH, "error"),
    ],
)
def test_junit_verdict_is_a_test_case_with_its_metrics(verdict: Verdict, element: str | None) -> None:
    conclusion = conclude([RunFinding(verdict, ("seen \x00 <&",), {"ttfb_ms": 12.5})], CadenceLimits())
    suite = ET.fromstring(junit("https://x", [case_of(conclusion)], "2026-11-21T12:00:00"))
    (case,) = suite.iter("testcase")
    assert [child.tag for child in case] == ([element] if element else [])
    measures = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert measures == {"streams.ttfb_ms": "12.5"}
    if element:
        assert "seen \ufffd <&" in str(case[-1].get("message"))
        assert case[-1].get("type") == verdict.value
        shown, _, step = str(case[-1].text).partition("\nnext: ")
        assert "seen \ufffd <&" in shown
        assert step == OUTCOMES[verdict].next_step


def test_junit_suite_counts_are_those_of_its_cases() -> None:
    cases = [CheckResult(name, name, "", {}) for name in ("passed", "failure", "error", "skipped", "skipped")]
    suite = ET.fromstring(junit("x", cases, ""))
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["5", "1", "1", "2"]


#: What Jenkins and GitLab read of each element: attribute -> whether it must be there.
#: junit-10.xsd of Jenkins' xUnit plugin; https://docs.gitlab.com/ci/testing/unit_test_reports/
ATTRIBUTES = {
    "testsuite": {
        **dict.fromkeys(("name", "tests", "failures", "errors"), True),
        **dict.fromkeys(("hostname", "timestamp", "time", "skipped"), False),
    },
    "testcase": {"name": True, "classname": True, "time": False},
    "properties": {},
    "property": {"name": True, "value": False},
    "failure": {"type": False, "message": False},
    "error": {"type": False, "message": False},
    "skipped": {"type": False, "message": False},
}


def test_junit_has_only_what_readers_of_the_format_know() -> None:
    cases = [
        CheckResult("streams", "failure", "BUFFERED", {"r": 0.5}, "BUFFERED", "look", 4.25),
        CheckResult("cors", "error", "no answer", seconds=1.5),
        CheckResult("idle", "skipped", "not asked"),
        CheckResult("utf8", "passed", "", seconds=0.25),
    ]
    suite = ET.fromstring(junit("x", cases, "2026-11-29T12:00:00+00:00"))
    for element in suite.iter():
        known = ATTRIBUTES[element.tag]
        assert set(element.keys()) <= set(known)
        assert {name for name, needed in known.items() if needed} <= set(element.keys())
    assert suite.get("time") == "6.000"
    found = list(suite.iter("testcase"))
    assert [case.get("time") for case in found] == ["4.250", "1.500", "0.000", "0.250"]
    assert [case.find("error") is not None for case in found] == [False, True, False, False]
    assert suite.find(".//error").get("type") == "cors"  # type: ignore[union-attr]


def test_markdown_summary_escapes_text_of_a_response() -> None:
    runs = [(Challenge((5,) * 12), RunFinding(Verdict.SERVER_ERROR, ("status 500: <b>|x|</b> [a](b)",)))]
    text = markdown("https://x", runs, conclude([finding for _, finding in runs], CadenceLimits()))
    assert text.startswith("### SERVER_ERROR: `https://x`\n")
    assert r"* status 500: \<b\>\|x\|\</b\> \[a\]\(b\)" in text
    assert "* next: look into the function's log" in text


def test_markdown_summary_table_rows_are_as_wide_as_its_head() -> None:
    runs = made(stream, buffer)
    text = markdown("x", runs, conclude([finding for _, finding in runs], CadenceLimits()))
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 4
    assert len({line.count("|") for line in table}) == 1


def test_svg_picture_has_a_line_from_write_to_arrival_per_event() -> None:
    runs = made(stream, buffer, batch(500))
    _, picture = concluded(runs)
    root = ET.fromstring(picture)
    circles = [each for each in root.iter(f"{SVG}circle")]
    assert len(circles) == 3 * 17 * 2
    across = [float(str(each.get("cx"))) for each in circles]
    assert min(across) >= 92
    assert max(across) <= 900 - 24
    buffered = [float(str(each.get("cx"))) for each in circles[34:68] if each.get("r") == "3"]
    assert max(buffered) - min(buffered) < 1


def test_svg_picture_colours_have_a_counterpart_in_dark_mode() -> None:
    _, document = concluded(made(stream, buffer))
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]+)"', document.replace(STYLE, "")))
    assert used <= DARK.keys()
    assert len(used) > 3


def test_svg_picture_of_many_runs_keeps_the_failed_ones() -> None:
    runs = made(*[stream] * MOST_LANES, buffer)
    _, picture = concluded(runs)
    assert "run 13: BUFFERED" in picture
    assert picture.count("run ") == MOST_LANES


def test_svg_picture_without_any_arrival_is_drawn() -> None:
    runs = [(Challenge((5,) * 12), RunFinding(Verdict.AUTH, ("status 403: <no>",)))]
    _, picture = concluded(runs)
    assert "status 403: &lt;no&gt;" in picture
    ET.fromstring(picture)


@pytest.mark.parametrize(
    ("arrivals", "line"),
    [([], "    "), ([0, 25, 50, 75], "████"), ([99] * 3, "   █"), ([0, 0, 99], "█  ▄"), ([200], "   █")],
)
def test_sparkline_shows_how_many_events_came_when(arrivals: list[float], line: str) -> None:
    assert sparkline(arrivals, 100, 4) == line
    assert sparkline(arrivals, 100, 4, ascii_only=True).isascii()


def test_metrics_every_one_has_a_formula() -> None:
    for _, finding in made(stream, buffer):
        assert finding.metrics.keys() <= METRICS.keys()
    assert all(metric.formula for metric in METRICS.values())


@pytest.mark.parametrize(
    ("verdict", "outcome", "code"),
    [
        (Verdict.STREAMING, "failure", 1),
        (Verdict.STREAMING, "error", 2),
        (Verdict.STREAMING, "skipped", 0),
        (Verdict.INCONCLUSIVE, "failure", 1),
        (Verdict.INCONCLUSIVE, "passed", 2),
        (Verdict.BUFFERED, "error", 1),
        (Verdict.AUTH, "failure", 3),
    ],
)
def test_smoke_exit_code_is_that_of_the_worst(verdict: Verdict, outcome: str, code: int) -> None:
    conclusion = conclude([RunFinding(verdict, ("so it is",))], CadenceLimits())
    assert exit_code(conclusion, [CheckResult("x", outcome, "")]) == code
