"""What a rule found."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.cdk_metadata import around, around_stream, path_of, reason, warned
from ..template.template import Resource
from .catalogue import RULES, Rule


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
    :param told: whether the construct that defined the resource warns of it itself, or would if that were not
        acknowledged there. Default: False
    """

    rule: Rule
    template: str
    logical_id: str
    path: str
    message: str
    construct_path: str | None = None
    acknowledged: str | None = None
    told: bool = False


def finding(rule_id: str, resource: Resource, path: str, message: str) -> Finding:
    """Return a finding about a resource.

    :param rule_id: id of a row of the table
    :param resource: that breaks the rule
    :param path: property path in it
    :param message: what was got, in a line
    """
    notes = resource.template.metadata
    construct_path = resource.construct_path or path_of(notes, resource.logical_id)
    own = around(construct_path) if construct_path else []
    stream = around_stream(notes, own)
    own_reason, stream_reason = reason(notes, own, rule_id), reason(notes, stream, rule_id)
    return Finding(
        RULES[rule_id],
        resource.template.name,
        resource.logical_id,
        path,
        message,
        construct_path,
        acknowledged=stream_reason if own_reason is None else own_reason,
        told=warned(notes, [*own, *stream], rule_id) or (own_reason is None and stream_reason is not None),
    )
