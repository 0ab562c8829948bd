"""The life of a stream where IAM is enforced: the policies of the constructs suffice, and allow no more."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from lambda_streaming_store import rows
from lambda_streaming_store.errors import ConditionFailed, StoreError
from lambda_streaming_store.follow import Follower, StreamUnknown
from lambda_streaming_store.recorder import Recorder
from lambda_streaming_store.replay import replay, replay_chat
from lambda_streaming_store.table import Table

from tests.support.gateway import PATIENCE
from tests.support.ministack import KEYS, REGION, Ministack
from tests.support.store_policies import ACTIONS, ALL, ROLES, store_policies

ACCOUNT = "000000000000"
STREAM, OWNER = "0" * 32, "iam somebody"
PARTITION = rows.partition_key(OWNER, STREAM)
KEY = rows.key_of(PARTITION)
#: operation -> a request that is good by itself
REQUESTS: Mapping[str, Mapping[str, object]] = {
    "BatchGetItem": {"RequestItems": {"TABLE": {"Keys": [KEY]}}},
    "BatchWriteItem": {"RequestItems": {"TABLE": [{"DeleteRequest": {"Key": KEY}}]}},
    "DeleteItem": {"Key": KEY},
    "GetItem": {"Key": KEY},
    "PutItem": {"Item": KEY},
    "Query": rows.query_all(PARTITION),
    "UpdateItem": rows.flag(PARTITION, rows.CANCEL),
    "UpdateTable": {"BillingMode": "PAY_PER_REQUEST"},
    "UpdateTimeToLive": {"TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": False}},
}


@pytest.fixture(scope="module", name="enforcing")
def _enforcing() -> Iterator[Ministack]:
    with Ministack(enforces_iam=True) as running:
        yield running


@pytest.fixture(scope="module")
def tables(enforcing: Ministack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Table]]:
    """Yield the table as each role has it."""
    name = enforcing.table()
    policies = store_policies(
        tmp_path_factory.mktemp("store"), f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    )
    found = {role: Table(_as(enforcing, role, policies[role]), name, timeout=60) for role in ROLES}
    yield found
    for table in found.values():
        table.close()


def _as(enforcing: Ministack, role: str, policy: Mapping[str, object]) -> dict[str, str]:
    """Return the environment of a function that has a role with this policy and no other."""

    def client(name: str) -> Any:  # noqa: ANN401 - boto3 has no types
        keys = {
            "aws_access_key_id": KEYS["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"],
        }
        return boto3.client(name, region_name=REGION, endpoint_url=enforcing.url, **keys)

    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam, sts = client("iam"), client("sts")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=document)
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=json.dumps(policy))
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    session = sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    iam.close()
    sts.close()
    return {
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL_DYNAMODB": enforcing.url,
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }


@pytest.mark.parametrize("writer", ["writer", "chat"])
def test_policies_of_a_store_suffice_for_the_life_of_a_stream(
    tables: dict[str, Table], writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAM_TABLE", "any")
    monkeypatch.setenv("AWS_REGION", REGION)
    from streams.erase import erase

    cancelled = threading.Event()
    chat = rows.chat_key(OWNER, "chat-1")
    recorder = Recorder(
        lambda: (tables[writer], PARTITION),
        writer,
        max_bytes=1024,
        ttl=60,
        cancel=cancelled.set,
        active=lambda expires: rows.put_active(chat, STREAM, expires),
    )
    recorder.begin({"status": 200, "headers": {"content-type": "text/plain"}})
    recorder.append(b"one")
    reading = Follower(_waiting(tables["reader"]), PARTITION).chunks(0)
    assert next(reading) == b"one"
    assert replay_chat(tables["reader"], OWNER, "chat-1").status == 200
    tables["cancel"].call("UpdateItem", rows.flag(PARTITION, rows.CANCEL))
    assert cancelled.wait(PATIENCE)
    recorder.append(b"two")
    recorder.end(rows.ENDED, PATIENCE)
    assert b"".join(reading) == b"two"
    body = replay(tables["chat"], PARTITION, 3).body
    assert b"".join(body) == b"two"  # type: ignore[arg-type]
    erase(tables["erase"], PARTITION)
    with pytest.raises(StreamUnknown):
        Follower(tables["reader"], PARTITION)


class _waiting:
    """A table whose stream is only about to be there."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.query = table.query

    def call(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
        """Ask until there is an item."""
        for _ in range(200):
            answer = self._table.call(operation, members)
            if "Item" in answer:
                return answer
            threading.Event().wait(0.05)
        return answer


@pytest.mark.parametrize("operation", ALL)
@pytest.mark.parametrize("role", ROLES)
def test_policy_of_each_role_of_a_store_allows_nothing_more(
    tables: dict[str, Table], role: str, operation: str
) -> None:
    table = tables[role]
    members = json.loads(json.dumps(REQUESTS.get(operation, {})).replace("TABLE", table._name))
    refused = ""
    try:
        table.call(operation, members)
    except ConditionFailed:
        pass
    except StoreError as error:
        refused = str(error)
    if operation in ACTIONS[role]:
        assert not refused
    else:
        assert "AccessDenied" in refused


@pytest.mark.xfail(reason="ministack 1.5.33 takes dynamodb:Attributes from projections only", strict=True)
def test_canceller_that_writes_another_attribute_is_refused(tables: dict[str, Table]) -> None:
    update = {**rows.flag(PARTITION, rows.CANCEL), "UpdateExpression": "SET stream_status = :how"}
    with pytest.raises(StoreError, match="AccessDenied"):
        tables["cancel"].call("UpdateItem", {**update, "ConditionExpression": "attribute_not_exists(other)"})
