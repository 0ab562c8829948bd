"""What a rule found."""

from __future__ import annotations

from dataclasses import dataclass

from ._rules_json import items, mapping, text
from ._rules_table import RULES, Rule
from ._rules_template import Resource, Template


@dataclass(frozen=True)
class Finding:
    """A place in a template that breaks a rule.

    :param rule: the rule
    :param template: name of the template
    :param logical_id: of the resource
    :param path: property path in the resource
    :param message: what was got
    :param construct_path: of the construct. Default: - the template is not the CDK's
    :param acknowledged: the reason for which it was acknowledged. Default: - it was not
    """

    rule: Rule
    template: str
    logical_id: str
    path: str
    message: str
    construct_path: str | None = None
    acknowledged: str | None = None


def finding(rule_id: str, resource: Resource, path: str, message: str) -> Finding:
    """Return a finding about a resource.

    :param rule_id: id of a row of the table
    :param resource: that breaks the rule
    :param path: property path in it
    :param message: what was got, in a line
    """
    construct_path = resource.construct_path or _noted_path(resource.template, resource.logical_id)
    return Finding(
        RULES[rule_id],
        resource.template.name,
        resource.logical_id,
        path,
        message,
        construct_path,
        _reason(resource.template, construct_path, rule_id) if construct_path else None,
    )


def _noted_path(template: Template, logical_id: str) -> str | None:
    for path, entries in template.metadata.items():
        for entry in map(mapping, items(entries)):
            if entry.get("type") == "aws:cdk:logicalId" and entry.get("data") == logical_id:
                return path.lstrip("/")
    return None


def _reason(template: Template, construct_path: str, rule_id: str) -> str | None:
    """Return why a finding about a construct was acknowledged, on it or on what is around it."""
    parts = construct_path.split("/")
    for length in range(len(parts), 0, -1):
        for entry in map(mapping, items(template.metadata.get("/" + "/".join(parts[:length])))):
            reasons = mapping(entry.get("data"))
            if entry.get("type") == "aws:cdk:acknowledged-rules" and f"StreamingRules::{rule_id}" in reasons:
                return text(reasons[f"StreamingRules::{rule_id}"])
    return None
