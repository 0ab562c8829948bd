"""What ``make bench-gateway`` writes, from figures that are made up."""

from __future__ import annotations

import json

from bench.gateway.report import ECHO, GATEWAY, Memory, Sample, rows, table, targets

MS = 1_000_000
FAST = Sample([MS] * 200, cpu=1.0, seconds=5.0)
SLOW = Sample([2 * MS] * 180 + [30 * MS] * 20, cpu=2.0, seconds=5.0)
SAMPLES = {ECHO: [FAST, FAST, FAST], GATEWAY: [SLOW, SLOW, FAST]}
MEMORY = Memory(10_000, 60.0, 60.5)


def test_gateway_report_row_has_percentiles_and_load_of_a_server() -> None:
    echo, gateway, memory = rows(SAMPLES, 200, MEMORY)
    assert (echo["p95 ms"], echo["CPU %"]) == (1.0, 20)
    assert (gateway["p50 ms"], gateway["p95 ms"], gateway["CPU %"]) == (2.0, 30.0, 40)
    assert (gateway["least p95 ms"], echo["least p95 ms"]) == (1.0, 1.0)
    assert (memory["before MB"], memory["after MB"]) == (60.0, 60.5)


def test_gateway_report_targets_are_delay_and_memory_and_ratio_is_reported() -> None:
    delay, ratio, memory = targets(SAMPLES, 200, MEMORY)
    assert (delay["value"], delay["target"], delay["met"]) == (30.0, 50.0, True)
    assert (ratio["value"], ratio["met"]) == (30.0, None)
    assert (memory["value"], memory["met"]) == (1.01, True)
    assert targets(SAMPLES, 200, Memory(10_000, 60.0, 90.0))[2]["met"] is False


def test_gateway_report_output_is_json_and_a_table() -> None:
    json.dumps({"rows": rows(SAMPLES, 200, MEMORY), "targets": targets(SAMPLES, 200, MEMORY)})
    printed = table(rows(SAMPLES, 200, MEMORY), targets(SAMPLES, 200, MEMORY))
    assert ECHO in printed
    assert "NOT MET" not in printed
