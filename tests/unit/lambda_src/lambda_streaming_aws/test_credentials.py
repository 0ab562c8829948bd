"""What requests are signed with, and when it is fetched anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest
from lambda_streaming_aws.container_credentials import can_fetch
from lambda_streaming_aws.credentials import REFRESH, CredentialSource
from lambda_streaming_aws.exceptions import CredentialsUnavailable

from tests.support.servers import Request, ScriptedServer, whole

URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
NOW = 1_800_000_000.0


class Container:
    """What serves credentials to a sandbox; each set has a number of its own."""

    def __init__(self, lifetime: float = 6 * 3600) -> None:
        self.now = NOW
        self.lifetime = lifetime
        self.asked: list[tuple[str, str]] = []
        self.broken = False

    def fetch(self, url: str, authorization: str) -> bytes:
        self.asked.append((url, authorization))
        if self.broken:
            raise ConnectionRefusedError
        end = datetime.fromtimestamp(self.now + self.lifetime, timezone.utc)
        return document(f"A{len(self.asked)}", f"{end:%Y-%m-%dT%H:%M:%SZ}")

    def source(self, **environ: str) -> CredentialSource:
        return CredentialSource({URI: "http://127.0.0.1:9001/c", **environ}, self.fetch, lambda: self.now)


def document(access_key: str, expiration: str = "2999-01-01T00:00:00Z") -> bytes:
    return json.dumps(
        {"AccessKeyId": access_key, "SecretAccessKey": "S", "Token": "T", "Expiration": expiration}
    ).encode()


def test_bedrock_credentials_environment_is_read_at_each_call() -> None:
    environ = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": "T"}
    source = CredentialSource(environ)
    first = source.current()
    assert (first.access_key, first.secret_key, first.token) == ("A", "S", "T")
    environ["AWS_ACCESS_KEY_ID"] = "B"
    assert source.current().access_key == "B"


def test_bedrock_credentials_long_lived_keys_have_no_token() -> None:
    assert CredentialSource({"AWS_ACCESS_KEY_ID": "A"}).current().token is None


def test_bedrock_credentials_fetched_are_kept_until_about_to_expire() -> None:
    container = Container()
    source = container.source()
    assert source.current().access_key == "A1"
    container.now = NOW + container.lifetime - REFRESH - 1
    assert source.current().access_key == "A1"
    container.now += 2
    assert source.current().access_key == "A2"


def test_bedrock_credentials_after_snapshot_restore_are_fetched_again() -> None:
    container = Container()
    source = container.source()
    source.current()
    container.now += 30 * 24 * 3600
    assert source.current().access_key == "A2"


def test_bedrock_credentials_failed_refresh_uses_old_ones_while_valid() -> None:
    container = Container()
    source = container.source()
    source.current()
    container.broken = True
    container.now = NOW + container.lifetime - 1
    assert source.current().access_key == "A1"
    container.now += 2
    with pytest.raises(CredentialsUnavailable):
        source.current()


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", document("A", "tomorrow"), b'{"AccessKeyId": 1}'])
def test_bedrock_credentials_response_without_credentials_is_an_error(answer: bytes) -> None:
    source = CredentialSource({URI: "http://127.0.0.1:9001/c"}, lambda url, authorization: answer)
    with pytest.raises(CredentialsUnavailable):
        source.current()


def test_bedrock_credentials_missing_from_environment_is_an_error() -> None:
    with pytest.raises(CredentialsUnavailable):
        CredentialSource({}).current()


def test_bedrock_credentials_endpoint_token_is_read_from_variable_or_file(
    tmp_path: Path,
) -> None:
    file = tmp_path / "token"
    file.write_text("first")
    container = Container(lifetime=0)
    source = container.source(**{f"{TOKEN}_FILE": str(file)})
    source.current()
    file.write_text("second")
    source.current()
    container.source(**{TOKEN: "given"}).current()
    assert [authorization for _, authorization in container.asked] == ["first", "second", "given"]


@contextmanager
def endpoint(*statuses: int) -> Iterator[tuple[str, list[Request]]]:
    """Serve credentials over HTTP, after answers with other statuses."""
    answers = [whole(status, document("A")) for status in (*statuses, 200)]
    with ScriptedServer(*answers) as server:
        yield f"{server.url}/creds?v=2", server.requests


def test_bedrock_credentials_failed_fetch_over_http_is_tried_again() -> None:
    with endpoint(500, 503) as (url, seen):
        assert CredentialSource({URI: url, TOKEN: "t"}).current().access_key == "A"
    assert [(each.target, each.headers["authorization"]) for each in seen] == [("/creds?v=2", "t")] * 3


def test_bedrock_credentials_fetch_gives_up_after_three_attempts() -> None:
    with endpoint(500, 500, 500) as (url, seen), pytest.raises(CredentialsUnavailable):
        CredentialSource({URI: url}).current()
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:9001/v1", True),
        ("http://[::1]:1/", True),
        ("http://169.254.170.2/v2", True),
        ("http://credentials.example/", False),
        ("https://127.0.0.1/", False),
        ("", False),
    ],
)
def test_bedrock_credentials_are_fetched_only_from_allowed_hosts(url: str, allowed: bool) -> None:
    assert can_fetch(url) is allowed


def test_bedrock_credentials_token_with_line_breaks_is_refused_and_not_shown(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret\r\nX-Other: 1")
    environ = {URI: "http://localhost:1/", f"{TOKEN}_FILE": str(token)}
    with pytest.raises(CredentialsUnavailable) as caught:
        CredentialSource(environ).current()
    assert "secret" not in str(caught.value)
