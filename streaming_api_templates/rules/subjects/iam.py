"""Read what the policies of an app allow on Amazon Bedrock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ...template.lenient_json import Json, items, mapping, text
from .functions import Function
from .resources import Resource, Resources

#: What calls a model, and costs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
_CALLS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
#: AWS managed policies that allow it.
_MANAGED = re.compile(r"/(AdministratorAccess|PowerUserAccess|AmazonBedrock(Full|Limited)Access)$")
#: Every resource, or every model.
_EVERYTHING = re.compile(r"\*+|arn:[^:]*:bedrock:[^:]*:[^:]*:(\*[*/]*|foundation-model/\*+)")
_POLICY_TYPES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")


@dataclass(frozen=True)
class Statement:
    """A statement of a policy.

    :param owner: the resource that holds the policy
    :param path: property path of the statement
    :param content: the statement
    """

    owner: Resource
    path: str
    content: Mapping[str, Json]

    @property
    def calls(self) -> list[str]:
        """The actions in it that allow to call a model."""
        if self.content.get("Effect") != "Allow":
            return []
        if spared := [text(action) for action in items(self.content.get("NotAction"))]:
            return [call for call in _CALLS if not any(_matches(call, action) for action in spared)]
        actions = [text(action) for action in items(self.content.get("Action"))]
        return [action for action in actions if any(_matches(call, action) for call in _CALLS)]

    @property
    def everything(self) -> list[str]:
        """The resources in it that mean every model; none when a condition narrows them."""
        if self.content.get("Condition"):
            return []
        if spared := [text(resource) for resource in items(self.content.get("NotResource"))]:
            return [] if any(map(_EVERYTHING.fullmatch, spared)) else [f"all but {', '.join(spared)}"]
        resources = [text(resource) for resource in items(self.content.get("Resource"))]
        return [resource for resource in resources if _EVERYTHING.fullmatch(resource)]


def statements(resources: Resources) -> Iterator[Statement]:
    """Yield the statements of every policy in the app."""
    for policy in resources.of(*_POLICY_TYPES):
        yield from _of_document(policy, "PolicyDocument", policy.properties.get("PolicyDocument"))
    for role in resources.of("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for index, inline in enumerate(items(role.properties.get("Policies"))):
            document = mapping(inline).get("PolicyDocument")
            yield from _of_document(role, f"Policies.{index}.PolicyDocument", document)


def may_call_bedrock(function: Function, resources: Resources, allowed: Sequence[Statement]) -> bool:
    """Tell whether a function may call a model, as far as the templates tell.

    :param function: the function
    :param resources: of the app
    :param allowed: the statements of all policies
    """
    role = resources.referenced(function.resource.properties.get("Role"))
    if role and any(_MANAGED.search(text(arn)) for arn in items(role.properties.get("ManagedPolicyArns"))):
        return True
    owners = {function.resource.key} | ({role.key} if role else set())
    return any(statement.calls and owners & _holders(statement.owner, resources) for statement in allowed)


def _holders(policy: Resource, resources: Resources) -> set[str]:
    """Return who has a policy: the roles that it names, and what it is written in."""
    named = [*items(policy.properties.get("Roles")), policy.properties.get("RoleName")]
    found = [resources.referenced(role) for role in named]
    attached = [
        role.key
        for role in resources.of("AWS::IAM::Role")
        if policy.type == "AWS::IAM::ManagedPolicy"
        for arn in items(role.properties.get("ManagedPolicyArns"))
        if resources.referenced(arn) is policy
    ]
    return {policy.key, *attached, *(role.key for role in found if role)}


def _of_document(owner: Resource, path: str, document: Json) -> Iterator[Statement]:
    for index, statement in enumerate(items(mapping(document).get("Statement"))):
        yield Statement(owner, owner.at(f"{path}.Statement.{index}"), mapping(statement))


def _matches(action: str, pattern: str) -> bool:
    return fnmatchcase(action.lower(), pattern.lower())
