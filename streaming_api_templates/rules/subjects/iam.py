"""Read what the policies of an app allow on Amazon Bedrock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ...template.lenient_json import Json
from .functions import Function
from .resources import Resource, Resources

#: What calls a model, and costs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
_CALLS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
#: AWS managed policies that allow it.
_MANAGED = re.compile(r"/(AdministratorAccess|PowerUserAccess|AmazonBedrock(Full|Limited)Access)$")
#: Every resource, or every model.
_EVERYTHING = re.compile(r"\*+|arn:[^:]*:bedrock:[^:]*:[^:]*:(\*[*/]*|foundation-model/\*+)")
_POLICY_TYPES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
#: What has policies written in it.
_HOLDER_TYPES = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement of a policy.

    :param owner: the resource that holds the policy
    :param path: where it is in the owner's properties
    :param calls: the actions in it that allow to call a model
    :param everything: the resources in it that mean every model; none when a condition narrows them
    """

    owner: Resource
    path: str
    calls: Sequence[str]
    everything: Sequence[str]


def statements(resources: Resources) -> list[Statement]:
    """Return the statements of every policy in the app."""
    documents: list[tuple[Resource, str, Json]] = []
    for owner in resources.of(*_POLICY_TYPES, *_HOLDER_TYPES):
        if owner.type in _POLICY_TYPES:
            documents.append((owner, "PolicyDocument", owner.properties.get("PolicyDocument")))
            continue
        for index, inline in enumerate(_objects(owner.properties.get("Policies"))):
            document = inline.get("PolicyDocument")
            documents.append((owner, f"Policies.{index}.PolicyDocument", document))
    return [
        Statement(owner, f"{path}.Statement.{index}", _calls(each), _everything(each))
        for owner, path, document in documents
        if isinstance(document, dict)
        for index, each in enumerate(_objects(document.get("Statement")))
    ]


def _objects(value: Json) -> list[Mapping[str, Json]]:
    """Return the objects of an array, or the one object; what is none stands empty."""
    found = value if isinstance(value, list) else [value]
    return [each if isinstance(each, dict) else {} for each in found if each is not None]


def _texts(value: Json) -> list[str]:
    """Return the texts of an array, or the one text."""
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, str)]


def _calls(statement: Mapping[str, Json]) -> list[str]:
    if statement.get("Effect") != "Allow":
        return []
    if spared := _texts(statement.get("NotAction")):
        return [call for call in _CALLS if not any(_matches(call, action) for action in spared)]
    actions = _texts(statement.get("Action"))
    return [action for action in actions if any(_matches(call, action) for call in _CALLS)]


def _everything(statement: Mapping[str, Json]) -> list[str]:
    if statement.get("Condition"):
        return []
    if spared := _texts(statement.get("NotResource")):
        return [] if any(map(_EVERYTHING.fullmatch, spared)) else [f"all but {', '.join(spared)}"]
    return [resource for resource in _texts(statement.get("Resource")) if _EVERYTHING.fullmatch(resource)]


def may_call_bedrock(function: Function, resources: Resources, allowed: Sequence[Statement]) -> bool:
    """Tell whether a function may call a model, as far as the templates tell.

    :param function: the function
    :param resources: of the app
    :param allowed: the statements of all policies
    """
    role = resources.referenced(function.resource.properties.get("Role"))
    if role and any(map(_MANAGED.search, _texts(role.properties.get("ManagedPolicyArns")))):
        return True
    owners = {function.resource.key} | ({role.key} if role else set())
    return any(statement.calls and owners & _holders(statement.owner, resources) for statement in allowed)


def _holders(policy: Resource, resources: Resources) -> set[str]:
    """Return who has a policy: the roles that it names, and what it is written in."""
    of_role = policy.type == "AWS::IAM::RolePolicy"
    named = _texts(policy.properties.get("RoleName" if of_role else "Roles"))
    found = [resources.referenced(role) for role in named]
    attached = [
        role.key
        for role in resources.of("AWS::IAM::Role")
        if policy.type == "AWS::IAM::ManagedPolicy"
        for arn in _texts(role.properties.get("ManagedPolicyArns"))
        if resources.referenced(arn) is policy
    ]
    return {policy.key, *attached, *(role.key for role in found if role)}


def _matches(action: str, pattern: str) -> bool:
    return fnmatchcase(action.lower(), pattern.lower())
