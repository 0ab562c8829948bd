"""``streaming-api keys`` against the Secrets Manager of ministack."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest
from authorizer.keys import parse
from click.testing import CliRunner

from streaming_api_tools.cli import cli
from tests.support.ministack import KEYS, REGION, Ministack

ALICE = "key-of-alice-0123456789"


@pytest.fixture(name="secret")
def _secret(ministack: Ministack, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in {**KEYS, "AWS_REGION": REGION, "AWS_ENDPOINT_URL": ministack.url}.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("secretsmanager", region_name=REGION)
    arn = client.create_secret(Name="team-keys", SecretString=json.dumps({"alice": ALICE}))["ARN"]
    yield arn
    client.delete_secret(SecretId="team-keys", ForceDeleteWithoutRecovery=True)
    client.close()


def value(secret: str) -> str:
    client = boto3.client("secretsmanager", region_name=REGION)
    text: str = client.get_secret_value(SecretId=secret)["SecretString"]
    client.close()
    return text


def keys(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["keys", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("named", ["name", "arn"])
def test_keys_are_added_rotated_and_revoked_as_the_authorizer_reads_them(secret: str, named: str) -> None:
    target = secret if named == "arn" else "team-keys"
    carol = keys("add", target, "carol").strip()
    next_alice = keys("rotate", target, "alice").strip()
    assert parse(value(secret)) == {"alice": ALICE, "carol": carol, "alice-2": next_alice}
    keys("revoke", target, "alice")
    assert keys("list", target) == "carol\nalice-2\n"
    assert set(parse(value(secret))) == {"carol", "alice-2"}
