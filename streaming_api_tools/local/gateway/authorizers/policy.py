"""Evaluates the policy that a Lambda authorizer returns.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from enum import Enum

ACTION = "execute-api:Invoke"


class Decision(Enum):
    """Decision of a policy about a request; a request that it does not name is denied as well."""

    ALLOW = "allow"
    EXPLICIT_DENY = "explicit deny"
    IMPLICIT_DENY = "implicit deny"


class PolicyError(ValueError):
    """Raised when a policy cannot be evaluated; the message is for the developer."""


def evaluate(policy: object, arn: str) -> Decision:
    """Return the decision of a policy about invoking the method with an ARN.

    :raises PolicyError: when it is no policy, or has what cannot be evaluated locally

    >>> evaluate({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:*/GET/*"}}, "arn:x/GET/a")
    <Decision.ALLOW: 'allow'>
    """
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise PolicyError("policyDocument must be an object with a Statement")
    decision = Decision.IMPLICIT_DENY
    for statement in _list(policy["Statement"]):
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise PolicyError("a statement must be an object with the Effect Allow or Deny")
        for element in ("Condition", "NotAction", "NotResource"):
            if statement.get(element):
                raise PolicyError(f"{element} in a policy is not supported locally")
        if not _any(statement.get("Action"), ACTION, re.IGNORECASE) or not _any(
            statement.get("Resource"), arn
        ):
            continue
        if statement["Effect"] == "Deny":
            return Decision.EXPLICIT_DENY
        decision = Decision.ALLOW
    return decision


def _any(patterns: object, value: str, flags: int = 0) -> bool:
    return any(_matches(str(pattern), value, flags) for pattern in _list(patterns))


def _matches(pattern: str, value: str, flags: int) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, flags | re.DOTALL) is not None


def _list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
