"""Applies all rules to the templates of an app. Pure: no files, no CDK."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..template.conditions import Conditions, outcomes
from ..template.lenient_json import mapping
from ..template.resolve import Resources
from ..template.template import Template
from .checks.behind import check_access, check_functions, check_http_apis, check_permissions
from .checks.cors import check_cors
from .checks.integration import check_integration
from .checks.stage import check_api, check_deployments, check_stages
from .finding import Finding
from .subjects.function import Functions
from .subjects.methods import apis, methods


def find(templates: Sequence[Template]) -> list[Finding]:
    """Return what the rules find, errors first, then in the order of templates and resources.

    :param templates: of one app, nested stacks included, so that references between them can be followed
    """
    conditions = [Conditions(mapping(template.content.get("Conditions"))) for template in templates]
    found = {each: None for outcome in outcomes(conditions) for each in _check(Resources(templates, outcome))}
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


def _check(resources: Resources) -> Iterator[Finding]:
    functions = Functions(resources)
    known = apis(resources)
    all_methods = methods(resources, known, functions)
    streams = [method for method in all_methods if method.streams]
    for method in all_methods:
        yield from check_integration(method)
    for api in known.values():
        yield from check_api(api, [method for method in streams if method.api is api])
    yield from check_stages(resources, streams)
    yield from check_deployments(resources, all_methods)
    yield from check_functions(all_methods)
    yield from check_http_apis(resources, all_methods, functions)
    yield from check_permissions(resources, all_methods, functions)
    yield from check_access(resources, all_methods)
    yield from check_cors(resources, all_methods)
