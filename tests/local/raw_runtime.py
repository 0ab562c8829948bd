"""A runtime of raw bytes: the other side of a Runtime API."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from streaming_api_tools.local.functions.response_pipe import ResponsePipe
from streaming_api_tools.local.functions.runtime_api import Invocation, RuntimeApi

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked"


class Runtime:
    """The runtime's side of a Runtime API."""

    def __init__(self, api: RuntimeApi, log: list[str]) -> None:
        self.api = api
        self.log = log
        self.output = ResponsePipe("r1")
        self._connections: list[Connection] = []

    async def connect(self) -> Connection:
        host, port = self.address.split(":")
        self._connections.append(Connection(*await asyncio.open_connection(host, int(port))))
        return self._connections[-1]

    async def start(self) -> None:
        self.address = await self.api.start()

    async def close(self) -> None:
        await self.api.close()
        for connection in self._connections:
            connection.writer.close()
            with suppress(ConnectionError):
                await connection.writer.wait_closed()

    async def invoked(self) -> Connection:
        """Ask for an invocation and get one."""
        connection = await self.connect()
        connection.send(NEXT)
        await self.api.polled()
        self.api.offer(Invocation(self.output, b'{"a":1}', 1234567890123, "arn:f", "Root=1-2-3"))
        await connection.answer()
        return connection

    async def body(self) -> bytes:
        """Return everything that the caller gets."""
        body = b""
        while chunk := await self.output.read(5):
            body += chunk
        return body


class Connection:
    """One connection to the Runtime API."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.headers: dict[str, str] = {}

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def post(self, path: str, *headers: str, body: bytes = b"") -> None:
        lines = [f"POST /2018-06-01/runtime/{path} HTTP/1.1", "Host: x", *headers]
        if CHUNKED not in headers:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join([*lines, "", ""]).encode() + body)

    async def answer(self) -> tuple[int, object]:
        """Return status and JSON body of the next response."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        status, *fields = head.decode().split("\r\n")
        self.headers = dict(field.lower().split(": ", 1) for field in fields if field)
        body = await self.reader.readexactly(int(self.headers["content-length"]))
        return int(status.split()[1]), json.loads(body)
