"""Hold the policies of a store against a simulator of IAM, which knows the keys that ministack does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lambda_streaming_store import rows

from tests.oracles import npm
from tests.oracles.iam_cases import ACCOUNT, ALLOWED, DENIED, REGION
from tests.support.store_policies import ACTIONS, ALL, ROLES, store_policies

TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/streams"
OTHER = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/other"
#: Every attribute of every row.
ATTRIBUTES = {
    name
    for request in (
        rows.put_answer("p", "t", 1, {}),
        rows.put_head("p", "t", 1, 1),
        rows.put_batch("p", "t", 0, b"", 1),
        rows.put_active("p", "s", 1),
    )
    for name in request["Item"]
} | {"cancel_flag", "byte_count"}
FLAG = rows.flag("p", rows.CANCEL)
# "Service Authorization Reference", condition keys of Amazon DynamoDB: `dynamodb:Attributes` has what a
# request names, with the attributes of its key.
NAMED = sorted(
    {
        *FLAG["Key"],
        *(set(re.findall(r"\w+", FLAG["UpdateExpression"] + " " + FLAG["ConditionExpression"])) & ATTRIBUTES),
    }
)


def decided(folder: Path, cases: list[tuple[str, str, str, dict[str, object]]]) -> list[str]:
    """Return the decision on each case: role, action, table and context."""
    given = {
        "policies": store_policies(folder, TABLE),
        "cases": [
            {
                "kind": role,
                "action": f"dynamodb:{action}",
                "resource": table,
                "context": context,
                "region": REGION,
            }
            for role, action, table, context in cases
        ],
        "account": ACCOUNT,
    }
    answers = npm.run("iam_decide.mjs", given)
    for case, answer in zip(cases, answers, strict=True):
        assert answer["errors"] is None, (case, answer)
    return [ALLOWED if answer["decision"] == "Allowed" else DENIED for answer in answers]


def test_policies_of_a_store_allow_the_actions_of_each_role_on_its_table_alone(tmp_path: Path) -> None:
    context: dict[str, object] = {"dynamodb:Attributes": NAMED}
    cases = [
        (role, action, table, context if action == "UpdateItem" else {})
        for role in ROLES
        for action in ALL
        for table in (TABLE, OTHER)
    ]
    for case, decision in zip(cases, decided(tmp_path, cases), strict=True):
        role, action, table, _ = case
        expected = ALLOWED if table == TABLE and action in ACTIONS[role] else DENIED
        assert decision == expected, case


@pytest.mark.parametrize("role", ["cancel", "erase"])
def test_policy_of_a_canceller_allows_the_flag_alone(tmp_path: Path, role: str) -> None:
    def case(*names: str, **returned: str) -> tuple[str, str, str, dict[str, object]]:
        more = {f"dynamodb:{key}": value for key, value in returned.items()}
        return role, "UpdateItem", TABLE, {"dynamodb:Attributes": [*names], **more}

    allowed = [case(*NAMED), case(*NAMED, ReturnValues="NONE")]
    others = sorted(ATTRIBUTES - set(NAMED))
    assert "stream_status" in others
    denied = [case(*NAMED, each) for each in others]
    denied += [
        case("pk", "sk", "anything"),
        *(case(*NAMED, ReturnValues=each) for each in ("ALL_OLD", "ALL_NEW")),
    ]
    found = decided(tmp_path, [*allowed, *denied])
    assert found == [ALLOWED] * len(allowed) + [DENIED] * len(denied)
