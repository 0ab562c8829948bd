"""What ``make bench-gateway`` writes, from figures that are made up."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from bench.gateway.report import ECHO, GATEWAY, Measured, Memory, Sample, rows, table, targets
from bench.gateway.upstream import Carried, Upstream, carried

MS = 1_000_000
FAST = Sample([MS] * 200, cpu=1.0, seconds=5.0)
SLOW = Sample([2 * MS] * 180 + [30 * MS] * 20, cpu=2.0, seconds=5.0)
MEASURED = Measured(
    samples={ECHO: [FAST, FAST, FAST], GATEWAY: [SLOW, SLOW, FAST]},
    streams=200,
    memory=Memory(10_000, 60.0, 60.5),
    carried=Carried(1000, 0, [MS] * 90 + [7 * MS] * 10),
    starts={"start of Python alone": [0.03, 0.02, 0.9]},
    idle={ECHO: 8.17, GATEWAY: 9.45},
)


def test_gateway_report_row_has_percentiles_and_load_of_a_server() -> None:
    echo, gateway, memory, http, start, *idle = rows(MEASURED)
    assert (echo["p95 ms"], echo["CPU %"]) == (1.0, 20)
    assert (gateway["p50 ms"], gateway["p95 ms"], gateway["CPU %"]) == (2.0, 30.0, 40)
    assert (gateway["least p95 ms"], echo["least p95 ms"]) == (1.0, 1.0)
    assert (memory["before MB"], memory["after MB"]) == (60.0, 60.5)
    assert (http["lost"], http["their p95 ms"]) == (0, 7.0)
    assert start["median ms"] == 30
    assert [each["KB of an idle connection"] for each in idle] == [8.2, 9.4]


def test_gateway_report_targets_are_delay_ratio_memory_and_lost_streams() -> None:
    delay, ratio, memory, lost = targets(MEASURED)
    assert (delay["value"], delay["target"], delay["met"]) == (30.0, 50.0, True)
    assert (ratio["value"], ratio["target"], ratio["met"]) == (30.0, 1.2, False)
    assert (memory["value"], memory["met"]) == (1.01, True)
    assert (lost["value"], lost["met"]) == (0, True)
    worse = replace(MEASURED, memory=Memory(10_000, 60.0, 90.0), carried=Carried(1000, 1, []))
    assert [each["met"] for each in targets(worse)[2:]] == [False, False]


def test_gateway_report_output_is_json_and_a_table() -> None:
    json.dumps({"rows": rows(MEASURED), "targets": targets(MEASURED)})
    printed = table(rows(MEASURED), targets(MEASURED))
    assert ECHO in printed
    assert "NOT MET" in printed


class Spoilt(Upstream):
    """Cuts the second of its responses."""

    accepted = 0

    def begin(self, writer: asyncio.StreamWriter) -> None:
        super().begin(writer)
        self.accepted += 1
        if self.accepted == 2:
            writer.transport.abort()


def lost_and_chunks(upstream: Upstream) -> tuple[int, int]:
    async def run() -> Carried:
        async with upstream.serve():
            return await carried(upstream.address, upstream, 3, 2, 0.01)

    found = asyncio.run(run())
    return found.lost, len(found.delays)


def test_gateway_upstream_stream_that_is_cut_is_lost() -> None:
    assert lost_and_chunks(Upstream()) == (0, 6)
    assert lost_and_chunks(Spoilt()) == (1, 4)
