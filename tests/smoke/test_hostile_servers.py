"""Answers that are made to harm the tester: nothing they say is obeyed, and none ends it with a traceback."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.challenge import draw
from streaming_api_tools.measure.classify import RunFinding
from streaming_api_tools.measure.runs import Plan, challenge_once
from streaming_api_tools.measure.targets import ApiTarget
from tests.smoke.conftest import CommandLine
from tests.support.servers import ScriptedServer, raw

CHALLENGE = draw(random.Random(7), 12, (5, 15))
EVENTS = b"Content-Type: text/event-stream\r\n"
#: Sets the title of a terminal and clears it, also with the one-byte form, and turns the line around.
COMMANDS = "no \x1b]0;mine\x07\x1b[2J\x9b31m\u202e route"


@contextmanager
def sending(answer: bytes) -> Iterator[str]:
    """Serve bytes, whatever they are, to whoever sends a request."""
    with ScriptedServer(raw(answer)) as server:
        yield f"{server.url}/probe"


def said(status: bytes, headers: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status, headers, len(body), body)


def challenged(url: str) -> RunFinding:
    return challenge_once(ApiTarget(url), CHALLENGE, Plan(1, 0, 12, (5, 15), CadenceLimits()))


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (said(b"500 No", b"", json.dumps({"message": COMMANDS}).encode()), "SERVER_ERROR"),
        (said(b"500 No", b"", COMMANDS.encode()), "SERVER_ERROR"),
        (said(b"200 OK", b"Content-Type: text/\xff\xc2\x9b31m\r\n", b""), "BAD_FRAME"),
        (said(b"200 OK", EVENTS, f"event: error\ndata: {COMMANDS}\n\n".encode()), "SERVER_ERROR"),
        (said(b"500 No", b"", b"[" * 2048), "SERVER_ERROR"),
        (said(b"200 OK", EVENTS, b"data: %s\n\n" % (b"[" * 5000)), "BAD_FRAME"),
        (said(b"200 OK", EVENTS, b'data: {"i": 0, "s": 1%s}\n\n' % (b"0" * 400)), "BAD_FRAME"),
        (said(b"200 OK", EVENTS, b'data: {"i": 0, "s": NaN}\n\n'), "TRUNCATED"),
    ],
)
def test_smoke_hostile_response_text_is_one_printable_line(answer: bytes, verdict: str) -> None:
    with sending(answer) as url:
        finding = challenged(url)
    assert finding.verdict.value == verdict
    assert all(sentence.isprintable() for sentence in finding.evidence)


def test_smoke_hostile_response_leaves_every_output_file_valid(
    streaming_api: CommandLine, tmp_path: Path
) -> None:
    names = ("junit", "svg", "markdown")
    options = [text for name in names for text in (f"--{name}", str(tmp_path / name))]
    with sending(said(b"200 OK", b"Content-Type: text/\xff\x80<|`\r\n", b"")) as url:
        done = streaming_api("smoke", url, "--auth", "none", "--runs", "1", *options)
    assert (done.returncode, done.stderr) == (1, "")
    assert ET.parse(tmp_path / "junit").getroot().get("failures") == "1"
    assert ET.parse(tmp_path / "svg").getroot().tag.endswith("svg")
    assert "\\<\\|\\`" in (tmp_path / "markdown").read_text("utf-8")


@pytest.mark.parametrize("coding", [b"", b"Identity", b" identity "])
def test_smoke_identity_content_encoding_is_not_compressed(coding: bytes) -> None:
    with sending(said(b"200 OK", EVENTS + b"Content-Encoding: %s\r\n" % coding, b"")) as url:
        assert challenged(url).verdict.value == "TRUNCATED"


@pytest.mark.parametrize("host", ["a" * 64 + ".invalid", "a..invalid"])
def test_smoke_unresolvable_host_is_unreachable(host: str) -> None:
    assert challenged(f"http://{host}/probe").verdict.value == "UNREACHABLE"


def test_smoke_proxy_password_is_not_in_the_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    with sending(said(b"407 Proxy Authentication Required", b"", b"")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.replace("//", "//user:secret@"))
        monkeypatch.setenv("NO_PROXY", "")
        finding = challenged("https://example.invalid/probe")
    assert "407" in finding.evidence[0]
    assert "secret" not in finding.evidence[0]


def test_smoke_names_the_proxy_that_it_goes_through(streaming_api: CommandLine) -> None:
    with sending(said(b"407 Proxy Authentication Required", b"", b"")) as proxy:
        secret = proxy.replace("//", "//user:secret@")
        env = {"HTTPS_PROXY": secret, "NO_PROXY": "", "no_proxy": ""}
        done = streaming_api(
            "smoke", "https://example.invalid/probe", "--auth", "none", "--runs", "1", env=env
        )
    assert done.stderr.startswith(f"the proxy {proxy} is on the way and tested as well")
    assert "secret" not in done.stdout + done.stderr


@pytest.mark.parametrize("answer", [b"\x00\xff\x1b[2J" * 100, b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000])
def test_smoke_malformed_http_response_is_unreachable_without_status(answer: bytes) -> None:
    with sending(answer) as url:
        finding = challenged(url)
    assert finding.verdict.value == "UNREACHABLE"
    assert finding.evidence[0].startswith("what came is no HTTP response: ")
