"""Render the page about performance from figures of every bench, and from none."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import performance_docs as docs
import pytest
from performance_docs import Ratio, draw, ratios, recorded, render

from bench.store.report import document
from streaming_api_tools.smoke.svg import GREEN, RED

RUN = {
    "machine": {"system": "Linux", "cpus": 2, "load": 0.1, "python": "Python 3.14.0", "node": "v22.1.0"},
    "rows": [{"name": "ours", "cold_start": 12.5, "memory": None}, {"name": "theirs", "seconds": 1234}],
    "targets": [
        {"name": "cold start: ours / theirs", "value": 1.2, "target": 1.15, "met": False},
        {"name": "memory: ours / theirs", "value": 0.2, "target": 0.3, "met": True},
    ],
}


def test_performance_docs_have_the_figures_with_their_targets() -> None:
    page = render({"runtime": RUN})
    assert "System Linux, cpus 2, python 3.14.0, node v22.1.0. Busy processors before the run: 0.1.\n" in page
    assert "| | cold start ms | peak MB |\n|---|--:|--:|\n| ours | 12.5 | - |\n" in page
    assert "| | seconds |\n|---|--:|\n| theirs | 1,234 |\n" in page
    assert "| cold start: ours / theirs | 1.2 | 1.15 | missed |" in page
    assert "| memory: ours / theirs | 0.2 | 0.3 | met |" in page


def test_performance_docs_bench_without_figures_says_how_to_get_them() -> None:
    assert "Not recorded: run `make bench-synth` on a machine that does nothing else." in render({})


@pytest.mark.parametrize(("load", "doubted"), [(0.5, False), (0.6, True)])
def test_performance_docs_run_that_was_not_quiet_is_marked(load: float, doubted: bool) -> None:
    run = RUN | {"machine": {"system": "Linux", "load": load}}
    assert ("these figures do not count" in render({"gateway": run})) is doubted


def test_performance_docs_figure_without_a_target_is_told_and_not_judged() -> None:
    told = {"name": "round trips", "value": 17.0, "target": None, "met": None}
    assert "| round trips | 17 | - | |\n" in render({"synth": RUN | {"targets": [told]}})
    assert list(ratios({"targets": [told]})) == []
    assert "| figure |" not in docs_section(render({"mcp": RUN | {"targets": []}}), "MCP servers")


def docs_section(page: str, title: str) -> str:
    return page.partition(f"## {title}\n")[2].partition("\n## ")[0]


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a quiet run and two that were not quiet, beside a recorded one."""
    loads = {"gateway": (0.1, 0.2), "synth": (0.9, 0.1), "load": (0.1, 0.9), "structure": None}
    (tmp_path / "out").mkdir()
    for name, load in loads.items():
        machine = {"machine": {"system": "Linux", "load": load[0], "load after": load[1]}} if load else {}
        (tmp_path / "out" / f"{name}.json").write_text(json.dumps(RUN | {"machine": {}} | machine))
    (tmp_path / "recorded.json").write_text(json.dumps({"synth": {"targets": []}}))
    monkeypatch.setattr(docs, "MEASURED", tmp_path / "out")
    monkeypatch.setattr(docs, "RECORDED", tmp_path / "recorded.json")
    return tmp_path


@pytest.mark.usefixtures("measured")
def test_performance_docs_record_refuses_runs_that_were_not_quiet() -> None:
    assert docs.record() == (["gateway", "structure"], ["load", "synth"])
    assert set(recorded()) == {"gateway", "structure", "synth"}
    assert recorded()["synth"] == {"targets": []}, "the earlier run stays"


@pytest.mark.usefixtures("measured")
def test_performance_docs_record_even_busy_labels_the_run() -> None:
    assert docs.record(even_busy=True) == (["gateway", "load", "structure", "synth"], [])
    page = render(recorded())
    assert "| | cold start ms | peak MB |" in page, "columns in the order of the bench"
    assert "do not count" in docs_section(page, "Synth")
    assert "do not count" not in docs_section(page, "Local gateway")


def test_performance_docs_picture_has_a_bar_for_each_target() -> None:
    picture = ElementTree.fromstring(draw({"runtime": RUN}))
    bars = [each.get("fill") for each in picture.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert bars == [RED, GREEN]


def test_performance_docs_ratio_at_its_target_is_met() -> None:
    assert Ratio("x", 1.05, 1.05).met
    assert not Ratio("x", 1.06, 1.05).met


def test_performance_docs_store_has_the_form_of_the_others() -> None:
    times = {"without": {"first byte": (10.0, 20.0)}, "with": {"first byte": (10.4, 22.0)}}
    lags = {"20 in memory": {"behind p95, s": 0.25, "units": 3.0}}
    found = document(times, lags, {"system": "Linux", "load": 0.1})
    told = {ratio.name: (ratio.value, ratio.met) for ratio in ratios(found)}
    assert told == {
        "first byte, p50: with a store / without": (1.04, True),
        "first byte, p95: with a store / without": (1.1, False),
        "behind p95, s: 20 in memory": (0.25, True),
    }
    assert "| first byte | 10.0 | 20.0 | 10.4 | 22.0 |" in render({"store": found})


def test_performance_docs_are_those_of_the_recorded_figures() -> None:
    assert docs.PAGE.read_text("utf-8") == render(recorded()), "run scripts/performance_docs.py"
    assert docs.PICTURE.read_text("utf-8") == draw(recorded()), "run scripts/performance_docs.py"
