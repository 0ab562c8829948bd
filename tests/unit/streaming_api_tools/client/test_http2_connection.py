"""The flow of a connection of HTTP/2: paused behind a slow reader, and left alone once it is lost."""

from __future__ import annotations

import asyncio
from unittest import mock

from streaming_api_tools.client.http2_post import AHEAD, _Connection


def test_http2_connection_that_is_lost_is_read_to_its_end() -> None:
    """A transport of TLS on Python 3.10 cannot be resumed any more."""

    async def read() -> list[bytes]:
        connection, transport = _Connection(), mock.Mock(spec=asyncio.Transport)
        transport.resume_reading.side_effect = AttributeError
        connection.connection_made(transport)
        for _ in range(AHEAD + 1):
            connection.data_received(b"a")
        transport.pause_reading.assert_called_once_with()
        connection.connection_lost(None)
        return [(await connection.read())[1] for _ in range(AHEAD + 2)]

    assert b"".join(asyncio.run(read())) == b"a" * (AHEAD + 1)


def test_http2_connection_that_was_paused_is_resumed_once_all_is_read() -> None:
    async def read() -> int:
        connection, transport = _Connection(), mock.Mock(spec=asyncio.Transport)
        connection.connection_made(transport)
        for _ in range(AHEAD + 1):
            connection.data_received(b"a")
        for _ in range(AHEAD):
            await connection.read()
        transport.resume_reading.assert_not_called()
        await connection.read()
        connection.data_received(b"b")
        await connection.read()
        return int(transport.resume_reading.call_count)

    assert asyncio.run(read()) == 1
