"""What ``make bench-load`` finds, from reports that are made up, and the server that it sends events with."""

from __future__ import annotations

import asyncio

from bench.load.__main__ import ceiling, row
from bench.load.server import CHUNK, END, HEAD, EventServer


def report(valid: bool, late: float) -> dict[str, object]:
    lag = {"count": 200, "p95": 1.0, "p99": late, "max": 90.0}
    return {"valid": valid, "measures": {"lag_ms": lag, "itl_ms": {"count": 90}, "ttft_ms": {"count": 10}}}


def test_load_ceiling_is_between_the_last_valid_and_the_first_invalid_run() -> None:
    rows = [row(2000, 1998.4, report(True, 3)), row(2600, 2590, report(False, 25))]
    assert (rows[0]["read"], rows[0]["its loop late, p99 ms"], rows[0]["valid"]) == (100, 3, "yes")
    assert [each["value"] for each in ceiling(rows)] == [1998, 2590]
    assert [each["value"] for each in ceiling(rows[:1])] == [1998]


def test_load_server_sends_what_it_counts_to_each_client() -> None:
    async def run() -> tuple[int, list[bytes]]:
        server = EventServer(2, rate=200, seconds=0.05)
        async with server.serve():
            clients = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(2)]
            for _, writer in clients:
                writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
            found = [await reader.readuntil(END) for reader, _ in clients]
            for _, writer in clients:
                writer.close()
                await writer.wait_closed()
        return server.events, found

    events, received = asyncio.run(run())
    assert events > 0
    assert received == [HEAD + CHUNK * (events // 2) + END] * 2
