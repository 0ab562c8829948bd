"""Every rule: what breaks it, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from streaming_api_templates.rules.catalogue import RULES
from streaming_api_templates.rules.rule import CHECKS
from streaming_api_templates.rules.subjects.read import read_subjects
from streaming_api_templates.template.template import Template
from tests.unit.streaming_api_templates.rules.cases import (
    access,
    apis,
    binary,
    cors,
    deployments,
    distributions,
    functions,
    http_apis,
    inline_code,
    integration,
    permissions,
    sam,
    stages,
    unread,
    unsupported,
    urls,
)
from tests.unit.streaming_api_templates.rules.cases.spoiling import BUFFERED, INTEGRATION, Case
from tests.unit.streaming_api_templates.rules.templates import FUNCTION_ARN, GONE, GOOD, changed, found, ids

SUBJECTS = (
    access,
    apis,
    binary,
    cors,
    deployments,
    distributions,
    functions,
    http_apis,
    inline_code,
    integration,
    permissions,
    sam,
    stages,
    unread,
    unsupported,
    urls,
)
CASES = [case for subject in SUBJECTS for case in subject.CASES]
RIGHT = {name: changes for subject in SUBJECTS for name, changes in subject.RIGHT.items()}
#: What only a construct tree shows, both ways in tests/synth/rules.
BY_THE_TREE = {"STREAM029"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_rules_mistake_is_found_by_its_rule_only(case: Case) -> None:
    (finding,) = found(changed(case.changes))
    assert finding.rule is RULES[case.rule]
    assert (finding.logical_id, finding.path) == case.at
    assert case.says in finding.message
    assert "#" not in finding.message


@pytest.mark.parametrize("changes", RIGHT.values(), ids=RIGHT)
def test_rules_correct_template_has_no_finding(changes: Mapping[str, Any]) -> None:
    assert [(each.rule.id, each.message) for each in found(changed(changes))] == []


def test_rules_each_has_cases_with_and_without_finding() -> None:
    assert {case.rule for case in CASES} | BY_THE_TREE == set(RULES)
    assert {name.partition(":")[0] for name in RIGHT} | BY_THE_TREE == set(RULES)


def test_rules_cases_are_in_the_module_of_their_check() -> None:
    checks = {rule.id: check.judge.__module__.rpartition(".")[2] for check in CHECKS for rule in check.rules}
    for subject in SUBJECTS:
        name = subject.__name__.rpartition(".")[2]
        assert {checks[case.rule] for case in subject.CASES} <= {name}
        assert {checks[title.partition(":")[0]] for title in subject.RIGHT} <= {name}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_check_without_its_subjects_finds_nothing(case: Case) -> None:
    subjects = read_subjects([Template("0", changed(case.changes))], {})
    for check in CHECKS:
        none = {name: type(getattr(subjects, name))() for name in check.subjects}
        assert list(check.judge(replace(subjects, **none))) == []


def test_rules_errors_are_sorted_before_warnings() -> None:
    template = changed({"Function.Properties.Timeout": 60, "Permission": GONE})
    assert ids(template) == ["STREAM022", "STREAM008"]


def test_rules_unrelated_template_has_no_finding() -> None:
    assert ids({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}, "Odd": [], "Empty": {}}}) == []


@pytest.mark.parametrize(
    "spoiled", [None, 1, "x", [], {}, [1], {"Ref": "Nope"}, {"Fn::If": []}, {"Fn::Join": 1}]
)
def test_rules_malformed_property_raises_nothing(spoiled: object) -> None:
    for logical_id, resource in GOOD["Resources"].items():
        for name in resource["Properties"]:
            found(changed({f"{logical_id}.Properties.{name}": spoiled}))
        found(changed({f"{logical_id}.Properties": spoiled}))
    for name in GOOD["Resources"]["Method"]["Properties"]["Integration"]:
        found(changed({f"{INTEGRATION}.{name}": spoiled}))


def test_stream020_same_function_in_two_transfer_modes_is_found() -> None:
    second = changed(BUFFERED)["Resources"]["Method"]
    second["Properties"]["HttpMethod"] = "GET"
    template = changed(
        {
            "Second": second,
            "Permission.Properties.SourceArn": GONE,
            "Permission.Properties.FunctionName": FUNCTION_ARN,
        }
    )
    (finding,) = found(template)
    assert (finding.rule.id, finding.logical_id) == ("STREAM020", "Second")
    assert "POST /chat has STREAM in front of it" in finding.message
