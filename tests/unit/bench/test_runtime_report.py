"""What ``make bench-runtime`` writes, from figures that are made up."""

from __future__ import annotations

import json

from bench.runtime import subjects
from bench.runtime.measure import Sample
from bench.runtime.report import COLUMNS, rows, table, targets, targets_against

NAMES = [name for key, name in vars(subjects).items() if key.isupper() and isinstance(name, str)]
STREAMED = Sample(100.0, 90.0, 110.0, 2.0, 200.0, 400.0, 30.0, 26.0)
TWICE = Sample(200.0, 180.0, 220.0, 4.0, 400.0, 800.0, 60.0, 52.0)
SAMPLES = {name: [STREAMED, TWICE] for name in NAMES} | {
    subjects.FLOOR: [Sample(50.0, 45.0, None, None, None, None, None, 15.0)] * 2,
    subjects.CHAT: [STREAMED, STREAMED],
    subjects.NODE: [TWICE, STREAMED],
}


def test_runtime_report_row_has_median_of_every_column() -> None:
    found = {row["name"]: row for row in rows(SAMPLES)}
    assert list(found) == list(SAMPLES)
    assert all(row.keys() == {"name", *COLUMNS} for row in found.values())
    assert found[subjects.NODE]["cold_start"] == 150.0
    assert found[subjects.FLOOR]["cpu"] is None


def test_runtime_report_target_is_median_of_ratios_within_rounds() -> None:
    found = {str(target["name"]): target for target in targets(SAMPLES)}
    assert all(target.keys() == {"name", "value", "target", "met"} for target in found.values())
    against_node = found[f"cold start ms: {subjects.CHAT} / {subjects.NODE}"]
    assert against_node == {"name": against_node["name"], "value": 0.75, "target": 0.8, "met": True}
    assert found[f"cold start ms: {subjects.CHAT} / {subjects.WEB}"]["met"] is False


def test_runtime_report_against_a_commit_has_every_column_of_each_pair() -> None:
    ours = {name: [STREAMED] for name in subjects.COMPARED}
    theirs = {subjects.at(name, "abc"): [TWICE] for name in subjects.COMPARED}
    samples = {subjects.FLOOR: [STREAMED], **ours, **theirs}
    found = targets(samples, targets_against("abc"))
    pairs = [target for target in found if ", at abc" in str(target["name"])]
    assert len(pairs) == len(subjects.COMPARED) * (len(COLUMNS) - 1)
    assert {target["value"] for target in pairs} == {0.5}
    assert len(found) - len(pairs) == 2


def test_runtime_report_output_is_json_and_a_table() -> None:
    json.dumps({"rows": rows(SAMPLES), "targets": targets(SAMPLES)})
    printed = table(rows(SAMPLES), targets(SAMPLES))
    assert all(name in printed for name in NAMES)
    assert "NOT MET" in printed
