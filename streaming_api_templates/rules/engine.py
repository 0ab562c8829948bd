"""Apply all rules to the templates of an app. Pure: no files, no CDK."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..template.conditions import outcomes
from ..template.template import Template
from .catalogue import CHECKS
from .rule import Finding, Severity
from .subjects.read import read_subjects


class Examination(NamedTuple):
    """The result of the rules.

    :param findings: errors first, then in the order of templates and resources
    :param not_read: what is in the templates and was not read, with the reason
    """

    findings: list[Finding]
    not_read: list[str]


def find(templates: Sequence[Template]) -> list[Finding]:
    """Return what the rules find, errors first, then in the order of templates and resources.

    :param templates: of one app, nested stacks included, so that references between them can be followed
    """
    return examine(templates).findings


def examine(templates: Sequence[Template]) -> Examination:
    """Return what the rules find, and what they could not see.

    :param templates: of one app, nested stacks included, so that references between them can be followed
    """
    order = {template.name: index for index, template in enumerate(templates)}
    found: dict[tuple[Severity, int, str, str, str, str], Finding] = {}
    not_read: dict[str, None] = {}
    for outcome in outcomes([template.content.get("Conditions") for template in templates]):
        subjects = read_subjects(templates, outcome)
        not_read.update(dict.fromkeys(subjects.resources.not_read))
        present = {name for name, items in vars(subjects).items() if items}
        for check in CHECKS:
            if present.isdisjoint(check.subjects):
                continue
            for each in check.judge(subjects):
                template = order[each.template]
                place = (each.rule.severity, template, each.logical_id, each.rule.id, each.path, each.message)
                found[place] = each
    return Examination([found[key] for key in sorted(found)], list(not_read))
