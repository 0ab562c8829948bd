"""Warn of credentials that go over http to another machine, in every command that calls an API."""

from __future__ import annotations

import socket

import pytest
from click.testing import CliRunner

from streaming_api_tools.chat import chat
from streaming_api_tools.load.command import load
from streaming_api_tools.page.command import open_page
from streaming_api_tools.smoke.command import smoke

WARNING = "warning: credentials go to nowhere.invalid over http; --allow-http sends them quietly\n"
SIGNED = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c", "AWS_REGION": "r"}
BEARER = {"STREAMING_API_TOKEN": "secret"}
NOTHING = dict.fromkeys(("HTTP_PROXY", "http_proxy"), "")


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", *SIGNED, *NOTHING):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def stderr(*arguments: str, env: dict[str, str]) -> str:
    """Return what ``chat`` writes to stderr."""
    return CliRunner().invoke(chat, [*arguments, "hello"], env=env).stderr


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (["--auth", "iam"], SIGNED),
        ([], SIGNED),
        (["--auth", "bearer"], BEARER),
        (["--auth", "api-key"], {"STREAMING_API_KEY": "secret"}),
        (["--auth", "none", "--header", "Authorization: secret"], {}),
        (["--auth", "none", "--header", "X-Api-Key: secret"], {}),
    ],
)
def test_credentials_over_http_are_warned_of_unless_allowed(
    arguments: list[str], env: dict[str, str]
) -> None:
    url = "http://nowhere.invalid/chat"
    assert WARNING in stderr(*arguments, url, env=env)
    assert "warning" not in stderr(*arguments, url, "--allow-http", env=env)


@pytest.mark.parametrize(
    ("url", "env"),
    [
        ("https://nowhere.invalid/chat", BEARER),
        ("http://127.0.0.1:1/chat", BEARER),
        ("http://localhost:1/chat", BEARER),
        ("http://[::1]:1/chat", BEARER),
    ],
)
def test_credentials_over_https_or_loopback_are_not_warned_of(url: str, env: dict[str, str]) -> None:
    assert "warning" not in stderr("--auth", "bearer", url, env=env)


def test_no_credentials_over_http_are_not_warned_of() -> None:
    assert "warning" not in stderr("http://nowhere.invalid/chat", env={})


def test_plain_http_smoke_load_and_open_warn_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        commands = {
            smoke: ["--runs", "2"],
            load: ["--users", "2", "--seconds", "0.1"],
            # it does not start
            open_page: ["--port", str(taken.getsockname()[1]), "--no-browser"],
        }
        for command, arguments in commands.items():
            url = ["http://nowhere.invalid/probe", "--auth", "bearer"]
            result = CliRunner().invoke(command, [*arguments, *url], env=BEARER)
            assert result.stderr.count(WARNING) == 1, (command.name, result.stderr, result.exception)
            quiet = CliRunner().invoke(command, [*arguments, *url, "--allow-http"], env=BEARER)
            assert "warning" not in quiet.stderr, command.name
