"""What a rule found."""

from __future__ import annotations

from dataclasses import dataclass

from ._rules_table import RULES, Rule
from ._rules_template import Resource


@dataclass(frozen=True)
class Finding:
    """A place in a template that breaks a rule.

    :param rule: the rule
    :param template: name of the template
    :param logical_id: of the resource
    :param path: property path in the resource
    :param message: what was got
    :param construct_path: of the construct. Default: - the template is not the CDK's
    """

    rule: Rule
    template: str
    logical_id: str
    path: str
    message: str
    construct_path: str | None = None


def finding(rule_id: str, resource: Resource, path: str, message: str) -> Finding:
    """Return a finding about a resource.

    :param rule_id: id of a row of the table
    :param resource: that breaks the rule
    :param path: property path in it
    :param message: what was got, in a line
    """
    return Finding(
        RULES[rule_id],
        resource.template.name,
        resource.logical_id,
        path,
        message,
        resource.construct_path,
    )
