"""Real software between the tester and an honest probe: nginx, with and without buffering, and aiohttp."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from streaming_api_tools.smoke.command import smoke
from tests.smoke.install import nginx_binary, unpacked_nginx
from tests.smoke.servers import batching, buffering, honest, relaying, serving
from tests.support.processes import free_port, listening
from tests.support.stretched import UNTOLD, gaps, until_told

QUICK = ("--auth", "none", "--runs", "1", "--gaps", "12", "--json")
#: With HTTP/1.0, nginx's default towards what it proxies, an answer has no length and no chunks: nginx then
#: collects until a buffer is full. Chunks it passes on although it buffers.
LOCATIONS = {
    "off": "proxy_buffering off;",
    "on": "proxy_buffering on;",
    "chunks": "proxy_buffering on; proxy_http_version 1.1;",
    # nginx compresses only for clients that ask for it, and the tester asks for identity
    "gzip": "proxy_buffering off; gzip on; gzip_types *; gzip_min_length 0; gzip_proxied any;",
}


def configuration(folder: Path, port: int, origin: str) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    locations = [
        f"location /{name} {{ {settings} proxy_pass {origin}/prod/probe; }}"
        for name, settings in LOCATIONS.items()
    ]
    locations.append(f"location /told {{ proxy_pass {origin}/prod/unbuffered; }}")
    return "\n".join(
        [
            f'daemon off; master_process off; pid "{folder}/pid"; error_log "{folder}/error.log";',
            "events {}",
            "http {",
            "access_log off;",
            *(f'{kind}_temp_path "{folder}/{kind}";' for kind in kinds),
            f"server {{ listen 127.0.0.1:{port};",
            *locations,
            "} }",
        ]
    )


@contextmanager
def running(binary: Path, folder: Path) -> Iterator[str]:
    """Run an nginx in front of an honest probe."""
    port = free_port()
    routes = {"/prod/probe": honest, "/prod/unbuffered": relaying(None, **{"X-Accel-Buffering": "no"})}
    with serving(lambda: routes) as origin:
        (folder / "nginx.conf").write_text(configuration(folder, port, origin))
        command: list[str | Path] = [binary, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
        with listening(command, port, folder / "log") as url:
            yield url


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the nginx of this machine."""
    with running(nginx_binary(), tmp_path_factory.mktemp("nginx")) as url:
        yield url


def judged(url: str, *options: str) -> tuple[str, str]:
    """Return the verdict on a URL, and its first piece of evidence."""
    report = until_told(
        lambda times: json.loads(
            CliRunner().invoke(smoke, [url, *QUICK, *gaps(times, 40, 160), *options]).stdout
        ),
        lambda report: bool(report["verdict"] != UNTOLD),
    )
    return report["verdict"], report["evidence"][0]


@pytest.mark.parametrize(
    ("location", "verdict"),
    [
        ("off", "STREAMING"),
        ("on", "BUFFERED"),
        ("chunks", "STREAMING"),
        ("gzip", "STREAMING"),
        ("told", "STREAMING"),
    ],
)
def test_smoke_nginx_verdict_follows_its_buffering(nginx: str, location: str, verdict: str) -> None:
    assert judged(f"{nginx}/{location}")[0] == verdict


def test_smoke_nginx_missing_is_unpacked_from_debian_package(tmp_path: Path) -> None:
    with running(unpacked_nginx(), tmp_path) as url:
        assert judged(f"{url}/on")[0] == "BUFFERED"


def test_smoke_nginx_compressed_response_is_bad_frame(nginx: str) -> None:
    verdict, evidence = judged(f"{nginx}/gzip", "--header", "Accept-Encoding: gzip")
    assert verdict == "BAD_FRAME"
    assert evidence.startswith(
        "the answer is compressed (gzip), although the tester asks for identity unless"
    )


@pytest.mark.parametrize(
    ("route", "verdict"), [("relaying", "STREAMING"), ("buffering", "BUFFERED"), ("batching", "BATCHED")]
)
def test_smoke_aiohttp_proxy_verdict_follows_its_buffering(origin: str, route: str, verdict: str) -> None:
    routes = {
        "/relaying": relaying(origin),
        "/buffering": buffering(origin),
        "/batching": batching(origin, 0.5),
    }
    with serving(lambda: routes) as proxy:
        assert judged(f"{proxy}/{route}")[0] == verdict
