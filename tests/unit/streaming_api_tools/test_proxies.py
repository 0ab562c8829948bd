"""Reach this machine without a proxy, whatever the environment says, and name the proxy otherwise."""

from __future__ import annotations

import os
import urllib.request
from urllib.parse import urlsplit

import pytest
from botocore.utils import get_environ_proxies

from streaming_api_tools.measure.targets import ApiTarget
from streaming_api_tools.proxies import LOOPBACK, METADATA, exempt_own_hosts, proxy_for

PROXY = "http://user:secret@proxy.example:3128"
URLS = ("http://127.0.0.1:4566", "http://localhost:3000/prod/chat", "http://[::1]:3000/")
METADATA_URLS = (
    "http://169.254.169.254/latest/api/token",
    "http://[fd00:ec2::254]/latest/api/token",
    "http://169.254.170.23/v1/credentials",
)


@pytest.fixture(autouse=True, params=["HTTP_PROXY", "http_proxy"])
def _proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    # a test writes to the environment itself: this restores it
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv(request.param, PROXY)


@pytest.mark.parametrize("url", [*URLS, "http://127.0.0.2:80/"])
def test_proxy_for_loopback_is_none(url: str) -> None:
    assert proxy_for(url) is None


def test_proxy_for_another_machine_is_that_of_the_environment() -> None:
    assert proxy_for("http://api.example/prod/probe") == PROXY


@pytest.mark.parametrize("url", [*URLS, *METADATA_URLS])
def test_exempt_own_hosts_reaches_botocore_and_urllib(url: str) -> None:
    before = get_environ_proxies(url)
    assert before["http"] == PROXY
    exempt_own_hosts(os.environ)
    assert get_environ_proxies(url) == {}
    assert urllib.request.proxy_bypass(urlsplit(url).hostname or "")
    assert get_environ_proxies("http://api.example/")["http"] == PROXY


def test_exempt_own_hosts_keeps_the_names_of_the_user() -> None:
    environ = {"HTTPS_PROXY": PROXY, "NO_PROXY": "internal.example, localhost"}
    exempt_own_hosts(environ)
    assert (
        environ["NO_PROXY"]
        == environ["no_proxy"]
        == ",".join(["internal.example", "localhost", "127.0.0.1", "::1", "[::1]", *METADATA])
    )


@pytest.mark.parametrize(
    ("name", "url", "host"),
    [
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://imds.example:1338/", "imds.example"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[fd00::7]:1338", "[fd00::7]"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://agent.example/v1?a=b", "agent.example"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://[broken", None),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "", None),
    ],
)
def test_exempt_own_hosts_has_the_metadata_service_that_is_configured(
    name: str, url: str, host: str | None
) -> None:
    environ = {"http_proxy": PROXY, name: url}
    exempt_own_hosts(environ)
    own = [host] if host else []
    assert environ["no_proxy"].split(",") == [*LOOPBACK, *METADATA, *own]


@pytest.mark.parametrize(
    "environ", [{}, {"HTTP_PROXY": ""}, {"NO_PROXY": "x"}, {"HTTP_PROXY": PROXY, "NO_PROXY": "*"}]
)
def test_exempt_own_hosts_without_a_proxy_changes_nothing(environ: dict[str, str]) -> None:
    before = dict(environ)
    exempt_own_hosts(environ)
    assert environ == before
    assert LOOPBACK[0] == "localhost"


def test_described_target_names_the_proxy_without_its_password() -> None:
    assert ApiTarget("http://api.example/probe").described()["proxy"] == "http://proxy.example:3128"
    assert ApiTarget(URLS[0]).described()["proxy"] is None
