"""Whose a stream is: as API Gateway, HTTP APIs and function URLs tell who has made a request."""

from __future__ import annotations

import pytest
from lambda_streaming._deadline import Deadline
from lambda_streaming_store.owner import ANYBODY, owner_of
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
