"""Parses TARGET of the command line: a URL, a function, a stack, or a file of exchanges."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from botocore.exceptions import ClientError

#: A function's ARN, and what may follow its name: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
FUNCTION_ARN = re.compile(
    r"(?P<function>arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):\d{12}:function:[\w-]{1,64})"
    r"(?::(?P<qualifier>\$LATEST|[\w-]+))?"
)
QUALIFIED = re.compile(r"(?P<function>[\w-]{1,64}):(?P<qualifier>\$LATEST|[\w-]+)")
NAME = re.compile(r"[\w-]{1,128}")


@dataclass(frozen=True)
class NamedFunction:
    """A function.

    :param region: the one in its ARN. Default: - the configured one
    """

    function: str
    qualifier: str = ""
    region: str | None = None


#: Seconds after a deployment in which hosts may still serve what was before:
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html names no number; users
#: report 50 to 90 seconds.
PROPAGATION = 120.0


@dataclass(frozen=True)
class DeployedStack:
    """A deployed stack, by the outputs that say where its parts are.

    :param changed: when it was created or last updated
    """

    name: str
    outputs: Mapping[str, str]
    changed: datetime | None = None

    def settling(self, now: datetime) -> float:
        """Return for how many seconds the deployment may still be on its way to every host."""
        if self.changed is None:
            return 0.0
        return min(PROPAGATION, max(0.0, PROPAGATION - (now - self.changed).total_seconds()))

    def output(self, key: str) -> str | None:
        """Return an output; the CDK puts a construct's path before its name and a hash after it."""
        exact = self.outputs.get(key)
        like = [value for name, value in self.outputs.items() if key in name]
        return exact or (like[0] if len(like) == 1 else None)


class CloudFormationClient(Protocol):
    """The part of the CloudFormation client that is asked."""

    def describe_stacks(self, *, StackName: str) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return the stack of that name."""

    def describe_stack_resources(self, *, StackName: str) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """Return the resources of a stack."""


def recording_of(target: str) -> Path | None:
    """Return the file that ``target`` names, if it is one of exchanges."""
    path = Path(target)
    return path if path.suffix == ".json" and path.is_file() else None


def function_of(target: str) -> NamedFunction | None:
    """Return the function that ``target`` can only mean: an ARN, or a name with a qualifier.

    >>> function_of("probe:live")
    NamedFunction(function='probe', qualifier='live', region=None)
    >>> function_of("StreamingChat") is None
    True
    """
    found = FUNCTION_ARN.fullmatch(target) or QUALIFIED.fullmatch(target)
    if not found:
        return None
    fields = found.groupdict()
    return NamedFunction(fields["function"], fields["qualifier"] or "", fields.get("region"))


def find_stack(name: str, cloudformation: CloudFormationClient) -> DeployedStack | None:
    """Return the stack of that name, or None where there is none.

    :raises ClientError: when CloudFormation refuses to answer
    """
    try:
        found = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as failure:
        if failure.response.get("Error", {}).get("Code") == "ValidationError":
            return None
        raise
    if not found:
        return None
    outputs, changed = (
        found[0].get("Outputs", []),
        found[0].get("LastUpdatedTime", found[0].get("CreationTime")),
    )
    assert isinstance(outputs, list)
    named = {each["OutputKey"]: each["OutputValue"] for each in outputs}
    return DeployedStack(name, named, changed if isinstance(changed, datetime) else None)
