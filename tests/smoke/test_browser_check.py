"""The check that asks as a browser does, behind nginx with TLS and HTTP/2, and behind scripted proxies."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from streaming_api_tools.checks.result import CheckResult
from streaming_api_tools.client.sigv4 import Signer
from streaming_api_tools.measure.subject import Subject
from streaming_api_tools.measure.targets import ApiTarget
from tests.smoke.check_contexts import SMALL, check, context_of
from tests.smoke.install import nginx_binary
from tests.smoke.servers import Handler, answering, buffering, honest, probe_events, serving
from tests.support.http2 import Authority
from tests.support.processes import free_port, listening
from tests.support.stretched import UNTOLD, until_told

GZIP = "gzip on; gzip_types *; gzip_min_length 0; gzip_proxied any;"
HELD = "an intermediary compresses and holds back what a browser gets,"
LOCATIONS = {
    "plain": "proxy_buffering off;",
    "flushed": f"proxy_buffering off; {GZIP}",
    # nginx passes chunks on although it buffers, unless it compresses them
    "held": f"proxy_buffering on; proxy_http_version 1.1; {GZIP}",
}


def checked(url: str, version: str = "1.1", signer: Signer | None = None) -> CheckResult:
    """Make the check, again while a busy machine leaves it open what one of the clients got."""

    def once(times: int) -> CheckResult:
        sizes = replace(SMALL, gap_ms=(times * SMALL.gap_ms[0], times * SMALL.gap_ms[1]))
        subject = Subject(ApiTarget(url, signer=signer, http_version=version))
        return check("browser", replace(context_of(url), subject=subject, sizes=sizes))

    return until_told(once, lambda case: UNTOLD not in (case.kind, case.properties.get("plain")))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    made = Authority(tmp_path_factory.mktemp("tls"))
    with made.trusted():
        yield made


@pytest.fixture(scope="module")
def nginx(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run an nginx that terminates TLS and HTTP/2 in front of an honest probe, and yield its port."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    with serving(lambda: {"/": honest}) as origin:
        locations = [
            f"location /{name} {{ {text} proxy_pass {origin}/; }}" for name, text in LOCATIONS.items()
        ]
        lines = [
            f'daemon off; master_process off; pid "{folder}/pid"; error_log "{folder}/error.log";',
            "events {} http { access_log off;",
            *(f'{kind}_temp_path "{folder}/{kind}";' for kind in kinds),
            f"server {{ listen 127.0.0.1:{port} ssl http2;",
            f'ssl_certificate "{authority.key}"; ssl_certificate_key "{authority.key}";',
            *locations,
            "} }",
        ]
        (folder / "nginx.conf").write_text("\n".join(lines))
        command: list[str | Path] = [
            nginx_binary(),
            "-e",
            folder / "error.log",
            "-c",
            folder / "nginx.conf",
        ]
        with listening(command, port, folder / "log"):
            yield port


@pytest.mark.parametrize(
    ("location", "outcome", "said"),
    [
        ("plain", "passed", "a browser gets it as it comes (HTTP/2, not compressed): each of 17 events"),
        ("flushed", "passed", "a browser gets it as it comes (HTTP/2, gzip): each of 17 events"),
        ("held", "failure", f"{HELD} and not what the plain client gets (HTTP/2, gzip): "),
    ],
)
def test_smoke_check_browser_nginx_verdict_follows_its_compression(
    nginx: int, location: str, outcome: str, said: str
) -> None:
    # aiohttp made its TLS before the authority was trusted: the plain client speaks HTTP/2 as well
    case = checked(f"https://127.0.0.1:{nginx}/{location}", "2")
    assert (case.outcome, case.properties["plain"]) == (outcome, "STREAMING"), case.message
    assert case.message.startswith(said)


def compressing(encode: type[Gzip] | type[Fake], *, collect: bool) -> Handler:
    """Return a probe that compresses for those who accept it."""

    async def route(request: web.Request) -> web.StreamResponse:
        if encode.coding not in request.headers["Accept-Encoding"]:
            return await honest(request)
        headers = {"Content-Type": "text/event-stream", "Content-Encoding": encode.coding}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        encoder, kept = encode(), b""
        async for event in probe_events(request):
            kept += encoder.feed(event)
            if not collect:
                await response.write(kept)
                kept = b""
        await response.write(kept + encoder.end())
        return response

    return route


class Gzip:
    """The coding that every browser takes, flushed after each event."""

    coding = "gzip"

    def __init__(self) -> None:
        self._zlib = zlib.compressobj(wbits=31)

    def feed(self, event: bytes) -> bytes:
        return self._zlib.compress(event) + self._zlib.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._zlib.flush()


class Fake:
    """A coding that the tester cannot expand, with bytes that nobody can."""

    coding = "br"

    def feed(self, event: bytes) -> bytes:
        return event[::-1]

    def end(self) -> bytes:
        return b"\3"


@pytest.mark.parametrize(
    ("coding", "collect", "outcome", "said"),
    [
        (Gzip, False, "passed", "a browser gets it as it comes (HTTP/1.1, gzip): each of 17 events"),
        # on a busy machine two events may come in one group
        (Fake, False, "passed", "a browser gets it as it comes (HTTP/1.1, br): 17 events came in 1"),
        (
            Gzip,
            True,
            "failure",
            HELD,
        ),
        (
            Fake,
            True,
            "failure",
            HELD,
        ),
    ],
)
def test_smoke_check_browser_compressed_response_is_judged_by_its_arrival(
    coding: type[Gzip] | type[Fake], collect: bool, outcome: str, said: str
) -> None:
    with serving(lambda: {"/": compressing(coding, collect=collect)}) as url:
        case = checked(f"{url}/")
    assert (case.outcome, case.properties["plain"]) == (outcome, "STREAMING"), case.message
    assert case.message.startswith(said)
    assert case.properties["content_encoding"] == coding.coding
    if collect:
        assert case.kind == "BUFFERED"
        assert "turn compression of text/event-stream off" in case.next_step


def test_smoke_check_browser_response_held_from_all_names_both(origin: str) -> None:
    with serving(lambda: {"/": buffering(origin)}) as url:
        case = checked(f"{url}/")
    assert (case.outcome, case.kind) == ("failure", "BUFFERED")
    assert case.message.startswith("a browser gets BUFFERED (HTTP/1.1, not compressed): ")
    assert case.message.endswith("; the plain client gets BUFFERED")
    assert "responseTransferMode" in case.next_step


@pytest.mark.parametrize("status", [403, 429])
def test_smoke_check_browser_refused_request_is_undecided(status: int) -> None:
    with serving(lambda: {"/": answering(status, b'{"message": "no"}')}) as url:
        case = checked(f"{url}/")
    assert case.outcome == "error"
    assert case.message == f"cannot be told (HTTP/1.1, not compressed): status {status}: no"


@pytest.mark.parametrize("body", [b"no gzip at all", Gzip().end()[:5], b"\x1f\x8b"])
def test_smoke_check_browser_invalid_gzip_is_no_traceback(body: bytes) -> None:
    headers = {"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}
    with serving(lambda: {"/": answering(200, body, **headers)}) as url:
        case = checked(f"{url}/")
    assert (case.outcome, case.kind) == ("failure", "TRUNCATED")


def test_smoke_check_browser_expanding_bomb_ends_in_bounded_time() -> None:
    bomb = Gzip().feed(b": still here\n" * 3_000_000)
    headers = {"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}
    with serving(lambda: {"/": answering(200, bomb, **headers)}) as url:
        case = checked(f"{url}/")
    assert case.kind == "BAD_FRAME"
    assert "the answer does not end" in case.message


def test_smoke_check_browser_accept_encoding_is_sent_and_not_signed() -> None:
    seen: list[tuple[str, str]] = []

    class Keys:
        def get_frozen_credentials(self) -> object:
            from botocore.credentials import ReadOnlyCredentials

            return ReadOnlyCredentials("AKIDEXAMPLE", "secret", None)

    async def route(request: web.Request) -> web.StreamResponse:
        seen.append((request.headers["Accept-Encoding"], request.headers["Authorization"]))
        return await honest(request)

    with serving(lambda: {"/": route}) as url:
        case = checked(f"{url}/", signer=Signer(Keys(), "eu-west-1"))
    assert case.outcome == "passed", case.message
    # a run that cannot be judged, on a busy machine, is made again
    assert list(dict.fromkeys(accepted for accepted, _ in seen)) == ["gzip, br", "identity"]
    assert all("accept-encoding" not in signed.lower() for _, signed in seen)
