"""``--http-version`` on the command line, over TLS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.smoke.conftest import CommandLine
from tests.support.http2 import Authority, Http2Server, Peer, honest_probe
from tests.support.servers import ScriptedServer, whole

QUICK = ("--auth", "none", "--json")
GAPS = ("--gaps", "12", "--gap-ms", "20", "90")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("version", ["2", "auto"])
def test_smoke_http2_probe_streams_and_the_report_names_the_version(
    authority: Authority, streaming_api: CommandLine, tmp_path: Path, version: str
) -> None:
    env = {"SSL_CERT_FILE": str(authority.certificate)}
    kept = tmp_path / "kept.json"
    options = ("--runs", "1", *GAPS, *QUICK, "--http-version", version, "--record", str(kept))
    with Http2Server(honest_probe, authority.serves("h2", "http/1.1")) as server:
        report = json.loads(streaming_api("smoke", server.url, *options, env=env).stdout)
    # a busy machine may make it inconclusive; nothing else
    assert report["verdict"] in ("STREAMING", "INCONCLUSIVE"), report["evidence"]
    (run,) = report["runs"]
    assert (run["http_version"], run["metrics"]["events"]) == ("2", 13)
    assert report["target"]["http_version"] == version
    again = json.loads(streaming_api("smoke", str(kept), "--json").stdout)
    assert again["runs"][0]["http_version"] == "2"


def test_smoke_http_version_auto_falls_back_where_http2_is_not_offered(
    authority: Authority, streaming_api: CommandLine
) -> None:
    env = {"SSL_CERT_FILE": str(authority.certificate)}
    refusal = whole(403, b'{"message": "no"}')
    with ScriptedServer(refusal, tls=authority.serves("http/1.1")) as server:
        url = f"{server.url}/probe"
        done = streaming_api("smoke", url, "--runs", "1", *QUICK, "--http-version", "auto", env=env)
    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"], report["evidence"]) == (3, "AUTH", ["status 403: no"])
    assert report["runs"][0]["http_version"] == "1.1"


def test_load_http2_answers_are_counted(authority: Authority, streaming_api: CommandLine) -> None:
    env = {"SSL_CERT_FILE": str(authority.certificate)}
    options = ("--users", "2", "--max-requests", "2", *GAPS, *QUICK, "--http-version", "2")
    with Http2Server(honest_probe, authority.serves("h2")) as server:
        done = streaming_api("load", server.url, *options, env=env)
        assert [peer.request[":path"] for peer in server.peers] == ["/prod/probe"] * 2
    assert json.loads(done.stdout)["requests"] == 2


def test_chat_http2_cut_answer_names_the_code(authority: Authority, streaming_api: CommandLine) -> None:
    def cut(peer: Peer) -> None:
        peer.head()
        peer.data(b'event: delta\ndata: {"text": "Hel"}\n\n')
        peer.http.reset_stream(1, 2)
        peer.flush()
        peer.wait()

    env = {"SSL_CERT_FILE": str(authority.certificate)}
    with Http2Server(cut, authority.serves("h2")) as server:
        done = streaming_api("chat", server.url, "Hi", "--auth", "none", "--http-version", "2", env=env)
    assert (done.returncode, done.stdout) == (1, "Hel\n")
    assert done.stderr.endswith(
        "the answer ended without its terminal event: RST_STREAM with INTERNAL_ERROR (err 2)\n"
    )
