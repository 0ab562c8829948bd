"""Estimate the size of the resource policy of a function, which Lambda limits."""

from __future__ import annotations

import json
from collections.abc import Mapping

#: in bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_POLICY_BYTES = 20_480
#: the document around the statements
_AROUND = len(json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": []}, separators=(",", ":")))
#: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
_MAX_SID = 100
#: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
_MAX_FUNCTION_NAME = 64
# what CloudFormation puts behind the stack and the logical id
_RANDOM = "x" * 12

#: What stands for a value that only a deployment knows, where the shortest one is known.
ACCOUNT = "1" * 12
API_ID = "x" * 10
PARTITION = "aws"
#: Length of the shortest names of Regions, such as ``us-east-1``.
REGION = "x" * 9


def generated_name(stack: str, logical_id: str, longest: int) -> str:
    """Return a name of the length that CloudFormation generates for a resource without one.

    :param stack: name of the stack; empty when it is not known
    :param longest: the most characters that the name may have
    """
    return "-".join(part for part in (stack, logical_id, _RANDOM) if part)[:longest]


def function_name(stack: str, logical_id: str) -> str:
    """Return a name of the length that CloudFormation generates for a function."""
    return generated_name(stack, logical_id, _MAX_FUNCTION_NAME)


def statement_bytes(
    *,
    stack: str,
    logical_id: str,
    action: str,
    principal: str,
    function_arn: str,
    conditions: Mapping[str, Mapping[str, str]],
) -> int:
    """Return the bytes that a permission takes in the policy of its function, with the comma before it.

    :param stack: name of the stack of the permission; empty when it is not known
    :param logical_id: of the permission
    :param function_arn: ARN of the function, alias or version
    :param conditions: operator to key to value, such as ``{"ArnLike": {"AWS:SourceArn": "arn:..."}}``
    """
    of_service = "." in principal
    statement = {
        "Sid": generated_name(stack, logical_id, _MAX_SID),
        "Effect": "Allow",
        "Principal": {"Service": principal} if of_service else principal,
        "Action": action,
        "Resource": function_arn,
        **({"Condition": conditions} if conditions else {}),
    }
    return len(json.dumps(statement, separators=(",", ":"), ensure_ascii=False).encode()) + 1


def policy_bytes(statements: int) -> int:
    """Return the size of a policy from the sum of its :func:`statement_bytes`."""
    return _AROUND + max(statements - 1, 0)
