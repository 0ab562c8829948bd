from __future__ import annotations

import pytest

from streaming_api_tools.local.gateway.guard import Guard


@pytest.mark.parametrize(
    ("listens_on", "host", "answered"),
    [
        ("127.0.0.1", "127.0.0.1:3000", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "localhost:3000", True),
        ("127.0.0.1", "LocalHost.:3000", True),
        ("127.0.0.1", "api.localhost", True),
        ("127.0.0.1", "[::1]:3000", True),
        ("127.0.0.1", "192.168.1.5:3000", False),
        ("127.0.0.1", "evil.example:3000", False),
        ("127.0.0.1", "127.0.0.1.evil.example", False),
        ("127.0.0.1", "localhost.evil.example", False),
        ("127.0.0.1", "evillocalhost", False),
        ("127.0.0.1", "abc123.execute-api.us-east-1.amazonaws.com", True),
        ("127.0.0.1", "abc123.execute-api.cn-north-1.amazonaws.com.cn", True),
        ("127.0.0.1", "abc123.execute-api.us-east-1.amazonaws.com.evil.example", False),
        ("127.0.0.1", "abc123.execute-api.evil.example", False),
        # a browser names a host in every request; this is none
        ("127.0.0.1", "", True),
        ("localhost", "127.0.0.1:3000", True),
        ("localhost", "evil.example", False),
        ("::1", "[::1]:3000", True),
        ("0.0.0.0", "192.168.1.5:3000", True),
        ("0.0.0.0", "localhost:3000", True),
        ("0.0.0.0", "evil.example:3000", False),
        ("::", "[fe80::1]:3000", True),
        ("192.168.1.5", "192.168.1.5:3000", True),
        ("192.168.1.5", "192.168.1.6:3000", False),
        ("192.168.1.5", "localhost:3000", False),
        ("dev.internal", "dev.internal:3000", True),
        ("dev.internal", "evil.example:3000", False),
    ],
)
def test_host_is_answered_only_if_it_is_the_gateways(listens_on: str, host: str, answered: bool) -> None:
    assert (Guard(listens_on).refused_host(host) is None) is answered


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("dev.example:3000", True),
        ("DEV.example", True),
        ("a.dev.example", False),
        ("a.b.example", True),
        ("b.example", False),
        ("evilb.example", False),
    ],
)
def test_allowed_host_with_leading_dot_covers_subdomains(host: str, answered: bool) -> None:
    guard = Guard("127.0.0.1", hosts=("Dev.example", ".b.example"))
    assert (guard.refused_host(host) is None) is answered


def test_refused_host_names_the_option_that_allows_it() -> None:
    assert Guard("127.0.0.1").refused_host("dev.example:80") == (
        "dev.example is no name of this gateway; start it with --allow-host dev.example if it is"
    )
