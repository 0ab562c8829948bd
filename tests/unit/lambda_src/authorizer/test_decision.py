"""Who calls: the headers that count, and the answer to API Gateway."""

from __future__ import annotations

import pytest
from authorizer.decision import ApiClient, allow, client_of, credentials

KEYS = {"alice": "key-of-alice-0123456789", "bob": "key-of-bob-9876543210"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEYS['alice']}"},
        {"authorization": f"bearer  {KEYS['alice']} "},
        {"x-api-key": KEYS["alice"]},
        {"X-API-Key": f" {KEYS['alice']}"},
        {"Authorization": "Basic abc", "x-api-key": KEYS["alice"]},
        {"Authorization": "Bearer unknown", "x-api-key": KEYS["alice"]},
    ],
)
def test_authorizer_key_in_either_header_identifies_the_client(headers: dict[str, str]) -> None:
    assert client_of(credentials({"headers": headers}), KEYS) == ApiClient("alice", KEYS["alice"])


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"headers": None},
        {"headers": {}},
        {"headers": {"Authorization": KEYS["alice"]}},
        {"headers": {"Authorization": f"Basic {KEYS['alice']}"}},
        {"headers": {"Authorization": "Bearer "}},
        {"headers": {"X-Forwarded-Authorization": f"Bearer {KEYS['alice']}"}},
        {"headers": {"Cookie": f"Bearer {KEYS['alice']}"}},
        {"headers": {"x-api-key": ""}},
        {"headers": {"x-api-key": KEYS["alice"][:-1]}},
        {"headers": {"x-api-key": KEYS["alice"].upper()}},
        {"headers": {"x-api-key": "clé"}},
        {"headers": {"x-api-key": "\ud800"}},
        {"queryStringParameters": {"x-api-key": KEYS["alice"]}},
    ],
)
def test_authorizer_other_credentials_identify_no_client(event: dict[str, object]) -> None:
    assert client_of(credentials(event), KEYS) is None


def test_authorizer_compares_every_key_even_after_a_match(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def compare(shown: bytes, key: bytes) -> bool:
        compared.append(key)
        return shown == key

    monkeypatch.setattr("hmac.compare_digest", compare)
    assert client_of([KEYS["alice"]], KEYS) == ApiClient("alice", KEYS["alice"])
    assert compared == [key.encode() for key in KEYS.values()]


def test_authorizer_allow_policy_has_one_method_and_usage_identifier_key() -> None:
    arn = "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/POST/chat"
    assert allow(ApiClient("bob", KEYS["bob"]), arn) == {
        "principalId": "bob",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": arn}],
        },
        "context": {"client": "bob"},
        "usageIdentifierKey": KEYS["bob"],
    }
