"""Reach this machine without a proxy, whatever the environment says, and name the proxy otherwise."""

from __future__ import annotations

import os
import urllib.request

import pytest
from botocore.utils import get_environ_proxies

from streaming_api_tools.measure.targets import ApiTarget
from streaming_api_tools.proxies import LOOPBACK, exempt_loopback, proxy_for

PROXY = "http://user:secret@proxy.example:3128"
URLS = ("http://127.0.0.1:4566", "http://localhost:3000/prod/chat", "http://[::1]:3000/")


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


@pytest.mark.parametrize("url", URLS)
def test_exempt_loopback_reaches_botocore_and_urllib(url: str) -> None:
    before = get_environ_proxies(url)
    assert before["http"] == PROXY
    exempt_loopback(os.environ)
    assert get_environ_proxies(url) == {}
    assert urllib.request.proxy_bypass(url.split("//")[1].split("/")[0].rpartition(":")[0].strip("[]"))
    assert get_environ_proxies("http://api.example/")["http"] == PROXY


def test_exempt_loopback_keeps_the_names_of_the_user() -> None:
    environ = {"HTTPS_PROXY": PROXY, "NO_PROXY": "internal.example, localhost"}
    exempt_loopback(environ)
    assert environ["NO_PROXY"] == environ["no_proxy"] == "internal.example,localhost,127.0.0.1,::1,[::1]"


@pytest.mark.parametrize(
    "environ", [{}, {"HTTP_PROXY": ""}, {"NO_PROXY": "x"}, {"HTTP_PROXY": PROXY, "NO_PROXY": "*"}]
)
def test_exempt_loopback_without_a_proxy_changes_nothing(environ: dict[str, str]) -> None:
    before = dict(environ)
    exempt_loopback(environ)
    assert environ == before
    assert LOOPBACK[0] == "localhost"


def test_described_target_names_the_proxy_without_its_password() -> None:
    assert ApiTarget("http://api.example/probe").described()["proxy"] == "http://proxy.example:3128"
    assert ApiTarget(URLS[0]).described()["proxy"] is None
