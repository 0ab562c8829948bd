"""The rows of ``make bench-runtime`` that are about single events, from figures that are made up."""

from __future__ import annotations

import json

from bench.runtime import flood, per_event, subjects
from bench.runtime.flood import Flood
from bench.runtime.report import table

FLOODS = {
    subjects.RELAY: [Flood(4.0, 9900.0), Flood(5.0, 9800.0), Flood(9.0, 9700.0)],
    subjects.RELAY_NODE: [Flood(8.0, 9900.0), Flood(20.0, 9900.0), Flood(10.0, 9900.0)],
}
FORMATS = {per_event.UNIT: 2.0} | {name: 2.0 * most for name, most in per_event.AT_MOST.items()}


def test_runtime_flood_target_is_the_median_of_the_ratios_within_rounds() -> None:
    found = flood.target(FLOODS, subjects.RELAY, subjects.RELAY_NODE, 0.5)
    assert (found["value"], found["target"], found["met"]) == (0.5, 0.5, True)
    assert flood.rows(FLOODS)[0] == {"name": subjects.RELAY, "CPU us/event": 5.0, "events/s": 9800}


def test_runtime_per_event_target_is_a_multiple_of_the_library() -> None:
    assert all(target["met"] for target in per_event.targets(FORMATS))
    dearer = FORMATS | {"openai": FORMATS["openai"] * 1.01}
    assert [target["name"] for target in per_event.targets(dearer) if not target["met"]] == [
        "us/event, in process: openai / library"
    ]


def test_runtime_per_event_against_a_commit_has_every_format() -> None:
    found = per_event.targets_against(FORMATS, FORMATS, "abc")
    assert len(found) == len(FORMATS)
    assert all(target["met"] and ", at abc" in str(target["name"]) for target in found)


def test_runtime_tables_are_apart_where_their_columns_are() -> None:
    rows = [*flood.rows(FLOODS), *per_event.rows(FORMATS)]
    json.dumps(rows)
    heads = [line for line in table(rows, []).splitlines() if line.startswith(" ")]
    assert [" ".join(head.split()) for head in heads] == [
        "CPU us/event events/s",
        "us/event, in process of the library's",
    ]
