"""Finds the caller, simulates its IAM policies, and builds the commands that grant more."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from botocore.exceptions import ClientError

from .clients import Aws
from .findings import Skipped

ASSUMED = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<name>[^/]+)/.*")


def role_of(arn: str) -> str:
    """Return the ARN of a caller in IAM: of a session, its role, whose path STS does not tell.

    >>> role_of("arn:aws:sts::123456789012:assumed-role/Admin/me")
    'arn:aws:iam::123456789012:role/Admin'
    """
    found = ASSUMED.fullmatch(arn)
    return "arn:{partition}:iam::{account}:role/{name}".format(**found.groupdict()) if found else arn


def principal(aws: Aws, arn: str) -> str:
    """Return the ARN that IAM simulates for a caller.

    Roles of IAM Identity Center have a path, so IAM is asked for the whole ARN.

    :raises Skipped: for a caller without policies that could be simulated
    """
    if arn.endswith(":root"):
        raise Skipped("the caller is the root user, whom no policy binds")
    if not (found := ASSUMED.fullmatch(arn)):
        return arn
    try:
        return aws.iam.get_role(RoleName=found["name"])["Role"]["Arn"]
    except ClientError as failure:
        if failure.response.get("Error", {}).get("Code") != "NoSuchEntity":
            raise
        raise Skipped(f"IAM has no role {found['name']}") from None


def denials(results: Sequence[Mapping[str, object]]) -> list[str]:
    """Return a phrase for each denied result, with a hint where an SCP is the reason."""
    found = []
    for result in results:
        if result["EvalDecision"] == "allowed":
            continue
        organization = result.get("OrganizationsDecisionDetail", {})
        phrase = f"{result['EvalDecision']} for {result['EvalActionName']} on {result['EvalResourceName']}"
        if isinstance(organization, Mapping) and organization.get("AllowedByOrganizations") is False:
            phrase += ", denied by a service control policy: ask who administers the organization"
        found.append(phrase)
    return found


def allow(arn: str, name: str, actions: Sequence[str], resource: str) -> str:
    """Return the command that gives a user or a role a policy."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
    return put_policy(arn, name, f"'{document}'")


def put_policy(arn: str, name: str, document: str) -> str:
    """Return the command that attaches a document, which is quoted for a shell already."""
    kind = "user" if ":user/" in arn else "role"
    who = f"--{kind}-name {arn.rpartition('/')[2]}"
    return f"aws iam put-{kind}-policy {who} --policy-name {name} --policy-document {document}"
