"""Every outcome of the conditions of a template is looked at, and outcomes are not mixed."""

from __future__ import annotations

from tests.unit.streaming_api_templates.rules.cases.spoiling import BUFFERED, INTEGRATION, PYTHON
from tests.unit.streaming_api_templates.rules.templates import FUNCTION_ARN, changed, ids, uri

PRODUCTION = {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}


class TestConditions:
    def test_rule_conditions_mistake_under_either_outcome_is_found(self) -> None:
        for yes, no in ((960000, 900000), (900000, 960000)):
            template = changed({f"{INTEGRATION}.TimeoutInMillis": {"Fn::If": ["IsProduction", yes, no]}})
            template["Conditions"] = {"IsProduction": PRODUCTION}
            assert ids(template) == ["STREAM006", "STREAM008"]

    def test_rule_conditions_values_of_different_outcomes_are_not_mixed(self) -> None:
        changes = {
            f"{INTEGRATION}.{name}": {"Fn::If": ["IsProduction", stream, buffered]}
            for name, stream, buffered in (
                ("ResponseTransferMode", "STREAM", {"Ref": "AWS::NoValue"}),
                ("TimeoutInMillis", 900000, {"Ref": "AWS::NoValue"}),
                ("Uri", uri(FUNCTION_ARN), BUFFERED[f"{INTEGRATION}.Uri"]),
            )
        }
        template = changed(changes)
        template["Conditions"] = {"IsProduction": PRODUCTION}
        assert ids(template) == []

    def test_rule_conditions_condition_and_its_negation_are_not_mixed(self) -> None:
        changes = {
            f"{INTEGRATION}.Uri": {"Fn::If": ["IsOther", BUFFERED[f"{INTEGRATION}.Uri"], uri(FUNCTION_ARN)]},
            f"{INTEGRATION}.ResponseTransferMode": {"Fn::If": ["IsProduction", "STREAM", "BUFFERED"]},
            f"{INTEGRATION}.TimeoutInMillis": {"Fn::If": ["IsProduction", 900000, 29000]},
        }
        template = changed(changes)
        template["Conditions"] = {
            "IsProduction": PRODUCTION,
            "IsOther": {"Fn::Not": [{"Condition": "IsProduction"}]},
        }
        assert ids(template) == []

    def test_rule_conditions_parameter_has_one_value_at_a_time(self) -> None:
        template = changed(
            {
                "Permission.Condition": "IsEither",
                "Method.Condition": "IsEither",
                "Layer": PYTHON["Layer"],
                "Function.Properties.Runtime": {"Fn::If": ["IsProduction", "python3.14", "nodejs24.x"]},
                "Function.Properties.Layers": {
                    "Fn::If": ["IsTest", {"Ref": "AWS::NoValue"}, [{"Ref": "Layer"}]]
                },
            }
        )
        template["Conditions"] = {
            "IsProduction": PRODUCTION,
            "IsTest": {"Fn::Equals": ["test", {"Ref": "Stage"}]},
            "IsEither": {"Fn::Or": [{"Condition": "IsProduction"}, {"Condition": "IsTest"}]},
        }
        assert ids(template) == []

    def test_stream022_permission_under_a_condition_is_missing_otherwise(self) -> None:
        template = changed({"Permission.Condition": "IsProduction"})
        template["Conditions"] = {"IsProduction": {"Fn::Not": [{"Fn::Not": [PRODUCTION]}]}}
        assert ids(template) == ["STREAM022"]

    def test_rule_conditions_more_than_the_limit_are_sampled(self) -> None:
        template = changed({f"{INTEGRATION}.TimeoutInMillis": {"Fn::If": ["C7", 960000, 900000]}})
        template["Conditions"] = {
            f"C{number}": {"Fn::Equals": [{"Ref": f"P{number}"}, "yes"]} for number in range(12)
        }
        assert ids(template) == ["STREAM006", "STREAM008"]
