"""Apply all rules to the templates of an app. Pure: no files, no CDK."""

from __future__ import annotations

from collections.abc import Sequence

from ..template.conditions import outcomes
from ..template.template import Template
from .catalogue import CHECKS
from .rule import Finding
from .subjects.read import read_subjects


def find(templates: Sequence[Template]) -> list[Finding]:
    """Return what the rules find, errors first, then in the order of templates and resources.

    :param templates: of one app, nested stacks included, so that references between them can be followed
    """
    found: dict[Finding, None] = {}
    for outcome in outcomes([template.content.get("Conditions") for template in templates]):
        subjects = read_subjects(templates, outcome)
        present = {name for name, items in vars(subjects).items() if items}
        for check in CHECKS:
            if not present.isdisjoint(check.subjects):
                found.update(dict.fromkeys(check.judge(subjects)))
    order = {template.name: index for index, template in enumerate(templates)}
    return sorted(
        found,
        key=lambda each: (
            each.rule.severity,
            order[each.template],
            each.logical_id,
            each.rule.id,
            each.path,
            each.message,
        ),
    )
