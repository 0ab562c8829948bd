"""Read the resource policies of functions, which are the sum of their permissions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...template.function_policy import (
    ACCOUNT,
    API_ID,
    PARTITION,
    REGION,
    function_name,
    policy_bytes,
    statement_bytes,
)
from ...template.lenient_json import text
from ...template.symbols import decoded
from .functions import Functions
from .resources import Resource, Resources

_REFERENCE = re.compile(r"\$\{(?P<key>\d+#[\w%]+)[^}]*\}|\$\{[^}]*\}")
#: property to the operator and the key of the condition that Lambda makes of it, on a permission
_CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
}


#: below so many permissions a policy cannot be too large: a statement has a Sid of at most 100 bytes
FEWEST = 21


@dataclass(frozen=True, eq=False)
class FunctionPolicy:
    """The policy of a function, or of one of its aliases or versions.

    :param target: the key of what it is of
    :param name: name of the function, with what the key has behind it
    :param permissions: its statements
    :param resources: of the app
    """

    target: str
    name: str
    permissions: Sequence[Resource]
    resources: Resources

    def sizes(self) -> Iterator[int]:
        """Yield the least bytes of the whole policy with each of its permissions."""
        statements = 0
        for permission in self.permissions:
            statements += _bytes(permission, self.name, self.resources)
            yield policy_bytes(statements)


def function_policies(
    permissions: Mapping[str, Sequence[Resource]], resources: Resources, functions: Functions
) -> list[FunctionPolicy]:
    """Return the policies of the functions that have many permissions.

    :param permissions: by the key of the function, alias or version that they are for
    """
    return [
        FunctionPolicy(target, _name(target, functions), found, resources)
        for target, found in permissions.items()
        if len(found) >= FEWEST
    ]


def _bytes(permission: Resource, name: str, resources: Resources) -> int:
    template, properties = permission.template, permission.properties
    region = template.region or REGION
    conditions: dict[str, dict[str, str]] = {}
    for written, (operator, key) in _CONDITIONS.items():
        if value := text(properties.get(written)):
            conditions.setdefault(operator, {})[key] = _shortest(value, region, resources)
    return statement_bytes(
        stack=_stack(permission),
        logical_id=decoded(permission.key.partition("#")[2]),
        action=text(properties.get("Action")),
        principal=_shortest(text(properties.get("Principal")), region, resources),
        function_arn=f"arn:{PARTITION}:lambda:{region}:{ACCOUNT}:function:{name}",
        conditions=conditions,
    )


def _name(target: str, functions: Functions) -> str:
    key, colon, qualifier = target.partition(":")
    function = functions.by_key.get(key)
    if function is None:
        return target.rpartition(":function:")[2]
    given = text(function.resource.properties.get("FunctionName"))
    generated = function_name(_stack(function.resource), function.resource.logical_id)
    return f"{generated if not given or '${' in given else given}{colon}{qualifier}"


def _stack(resource: Resource) -> str:
    # the name of a nested stack ends with what only a deployment knows
    return resource.template.stack_name.replace(".", "-")


def _shortest(value: str, region: str, resources: Resources) -> str:
    """Return a text of the least length that it can have once it is deployed."""
    known: Mapping[str, str] = {"Partition": PARTITION, "Region": region, "AccountId": ACCOUNT}

    def shown(match: re.Match[str]) -> str:
        if match["key"] is None:
            return known.get(match[0].removeprefix("${AWS.").removesuffix("}"), "x")
        resource = resources.get(match["key"])
        if resource is None:
            return "x"
        if resource.type == "AWS::ApiGateway::RestApi":
            return API_ID
        stage = resource.properties.get("StageName")
        return stage if isinstance(stage, str) and "${" not in stage else "x"

    return _REFERENCE.sub(shown, value)
