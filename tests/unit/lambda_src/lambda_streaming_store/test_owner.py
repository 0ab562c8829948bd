"""Whose a stream is: as API Gateway, HTTP APIs and function URLs tell who has made a request."""

from __future__ import annotations

import pytest
from lambda_streaming._deadline import Deadline
from lambda_streaming_store.owner import ANYBODY, API_KEY, caller_of, owner_of
from lambda_streaming_store.recording import recording
from lambda_streaming_store.rows import partition_key

ROLE = "arn:aws:sts::111122223333:assumed-role/reader/session-1"


def request(**context: object) -> dict[str, object]:
    """Return a request of a caller."""
    return {"requestContext": context}


@pytest.mark.parametrize(
    ("context", "owner"),
    [
        ({"authorizer": {"claims": {"sub": "u1", "iss": "pool"}}}, "cognito pool u1"),
        ({"authorizer": {"jwt": {"claims": {"sub": "u1", "iss": "i"}}}}, "cognito i u1"),
        ({"authorizer": {"principalId": "alice"}, "identity": {"apiKeyId": "k"}}, "authorizer alice"),
        ({"identity": {"userArn": ROLE}}, "iam arn:aws:sts::111122223333:assumed-role/reader"),
        (
            {"identity": {"userArn": "arn:aws:iam::111122223333:user/path/bob"}},
            "iam arn:aws:iam::111122223333:user/path/bob",
        ),
        (
            {"authorizer": {"iam": {"userArn": ROLE}}},
            "iam arn:aws:sts::111122223333:assumed-role/reader",
        ),
        ({"identity": {"apiKeyId": "k1", "apiKey": "secret"}}, "key k1"),
        ({"identity": {"userArn": None, "apiKey": None}}, ANYBODY),
        ({}, ANYBODY),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_owner_of_a_request_is_its_strongest_identity(context: dict[str, object], owner: str) -> None:
    assert owner_of(request(**context)) == owner


@pytest.mark.parametrize("event", [None, [], {}, {"requestContext": "x"}, {"requestContext": None}])
def test_owner_of_anything_else_is_anybody(event: object) -> None:
    assert owner_of(event) == ANYBODY


@pytest.mark.parametrize(
    ("context", "caller"),
    [
        ({"authorizer": {"claims": {"sub": "u1", "iss": "pool", "email": "a@b"}}}, ("cognito", "u1", None)),
        ({"authorizer": {"principalId": "alice", "tenant": "t"}}, ("authorizer", "alice", None)),
        (
            {"authorizer": {"principalId": "ada", "client": "ada"}, "identity": {"apiKeyId": "k1"}},
            ("api_key", "k1", "ada"),
        ),
        ({"authorizer": {"principalId": "ada", "client": "ada"}}, ("api_key", None, "ada")),
        (
            {"identity": {"userArn": ROLE, "apiKeyId": "k1", "apiKey": "secret"}},
            ("iam", "arn:aws:sts::111122223333:assumed-role/reader", "reader"),
        ),
        ({"identity": {"apiKeyId": "k1", "apiKey": "secret"}}, ("api_key", "k1", None)),
        ({"identity": {"apiKey": "secret"}}, ("api_key", None, None)),
        ({}, ("anonymous", None, None)),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_caller_of_a_request_has_kind_id_and_name_and_no_secret(
    context: dict[str, object], caller: tuple[str, str | None, str | None]
) -> None:
    found = caller_of(request(**context))
    assert (found.kind, found.id, found.name) == caller


def test_owner_sessions_of_one_role_share_and_two_owners_do_not() -> None:
    other = ROLE.replace("session-1", "session-2")
    keys = {partition_key(owner_of(request(identity={"userArn": arn})), "id") for arn in (ROLE, other)}
    assert len(keys) == 1
    assert partition_key("key a", "id") != partition_key("key b", "id") != partition_key(ANYBODY, "id")


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ({}, True),
        ({"body": '{"store": true}'}, True),
        ({"body": '{"store": false}'}, False),
        ({"body": "eyJzdG9yZSI6IGZhbHNlfQ==", "isBase64Encoded": True}, False),
        ({"body": "no Base64", "isBase64Encoded": True}, True),
        ({"body": '{"x": {"store": false}}'}, True),
        ({"body": '"store" no JSON'}, True),
        ({"httpMethod": "HEAD"}, False),
    ],
    ids=str,
)
def test_recording_keeps_what_the_request_does_not_decline(more: dict[str, object], kept: bool) -> None:
    environ = {"STREAM_STORE_TABLE": "t", "AWS_REGION": "us-east-1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_REGION", "us-east-1")
        found = recording(environ, {**request(), **more}, Deadline(None, 1))
    assert (found is not None) == kept


def test_recording_of_a_direct_invocation_keeps_nothing() -> None:
    assert recording({"STREAM_STORE_TABLE": "t"}, {"n": 1}, Deadline(None, 1)) is None


@pytest.mark.parametrize("key_id", ["", None, 5, ["k1"]])
def test_caller_of_a_key_without_an_id_is_known_by_the_key(key_id: object) -> None:
    found = caller_of(request(identity={"apiKeyId": key_id, "apiKey": "secret"}))
    assert (found.kind, found.id, found.owner) == (API_KEY, None, "key secret")
