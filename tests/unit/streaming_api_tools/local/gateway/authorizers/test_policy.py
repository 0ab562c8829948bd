from __future__ import annotations

import pytest

from streaming_api_tools.local.gateway.authorizers.policy import Decision, PolicyError, evaluate

ARN = "arn:aws:execute-api:us-east-1:000000000000:abc/prod/POST/chat/a"


def statement(
    effect: str = "Allow", action: object = "execute-api:Invoke", resource: object = ARN
) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([statement()], Decision.ALLOW),
        (statement(), Decision.ALLOW),
        ([statement(action=["x:Y", "EXECUTE-API:*"])], Decision.ALLOW),
        ([statement(resource="arn:aws:execute-api:*:abc/prod/POST/*")], Decision.ALLOW),
        ([statement(resource=["arn:other", "*/chat/?"])], Decision.ALLOW),
        ([statement(resource="*/GET/*")], Decision.IMPLICIT_DENY),
        ([statement(resource=ARN.upper())], Decision.IMPLICIT_DENY),
        ([statement(resource=ARN.replace("abc", "a.c"))], Decision.IMPLICIT_DENY),
        ([statement(action="lambda:*")], Decision.IMPLICIT_DENY),
        ([statement(), statement("Deny", resource="*")], Decision.EXPLICIT_DENY),
        ([statement("Deny", resource="*"), statement()], Decision.EXPLICIT_DENY),
        ([statement(), statement("Deny", resource="arn:other")], Decision.ALLOW),
        ([], Decision.IMPLICIT_DENY),
    ],
)
def test_policy_evaluate_deny_overrides_allow_and_default_is_deny(
    statements: object, expected: Decision
) -> None:
    assert evaluate({"Statement": statements}, ARN) is expected


@pytest.mark.parametrize(
    "policy",
    [
        None,
        {},
        {"Statement": ["x"]},
        {"Statement": {"Effect": "Perhaps"}},
        {"Statement": {**statement(), "Condition": {"Bool": {}}}},
    ],
)
def test_policy_evaluate_malformed_policy_is_an_error(policy: object) -> None:
    with pytest.raises(PolicyError):
        evaluate(policy, ARN)
