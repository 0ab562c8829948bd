"""Find the property overrides that the CDK's deployment does not hash, by what a construct was given."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_api_templates.rules.engine import find
from streaming_api_templates.template.template import Template

REF = {"Ref": "Api"}
ARN = {"Fn::GetAtt": ["Handler", "Arn"]}


def overridden(written: dict[str, Any], *given: dict[str, Any]) -> list[str]:
    """Return the properties of a gateway response that differ from what its construct was given."""
    response = {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": written}
    template = Template("0", {"Resources": {"Response": response}}, given={"Response": given})
    findings = [each for each in find([template]) if each.rule.id == "STREAM029"]
    return [name for each in findings for name in each.message.partition(" differs ")[0].split(", ")]


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ({"StatusCode": "404"}, {"statusCode": "404"}),
        ({"StatusCode": "404"}, {"statusCode": "404", "responseParameters": None}),
        ({"StatusCode": "404", "ResponseParameters": {}}, {"statusCode": "404", "responseTemplates": []}),
        ({"RestApiId": REF}, {"restApiId": {"ref": "Api"}}),
        ({"Tags": [{"Key": "a"}]}, {"tags": [{"key": "a"}]}),
    ],
    ids=["the same", "none", "empty", "a reference", "in a list"],
)
def test_unseen_override_names_and_empty_values_of_the_cdk_are_no_change(
    written: dict[str, Any], given: dict[str, Any]
) -> None:
    assert overridden(written, given) == []


@pytest.mark.parametrize(
    ("written", "given", "names"),
    [
        ({"StatusCode": "404"}, {"statusCode": "403"}, ["StatusCode"]),
        ({"StatusCode": "404"}, {"responseType": "X"}, ["ResponseType", "StatusCode"]),
        ({"Inner": {"A": "1", "B": "2"}}, {"inner": {"a": "1", "b": "3"}}, ["Inner.B"]),
        ({"Inner": {"A": "1"}}, {"inner": {"a": "2"}}, ["Inner.A"]),
        ({"Inner": REF}, {"inner": {"a": "2"}}, ["Inner"]),
        ({"Inner": {"A": "2"}}, {"inner": REF}, ["Inner"]),
        ({"Inner": ARN}, {"inner": {"Fn::GetAtt": ["Other", "Arn"]}}, ["Inner"]),
        ({"Inner": {"Ref": "Api", "A": "1"}}, {"inner": {"Ref": "Api", "A": "2"}}, ["Inner.A"]),
    ],
)
def test_unseen_override_is_found_at_the_property_that_differs(
    written: dict[str, Any], given: dict[str, Any], names: list[str]
) -> None:
    assert overridden(written, given) == names


def test_unseen_override_of_an_id_in_several_stacks_is_compared_with_the_closest() -> None:
    assert overridden({"A": "1", "B": "2"}, {"a": "0", "b": "0"}, {"a": "1", "b": "3"}) == ["B"]
    assert overridden({"A": "1", "B": "2"}, {"a": "0", "b": "0"}, {"a": "1", "b": "2"}) == []


def test_unseen_override_where_nothing_is_known_of_the_construct_is_not_judged() -> None:
    assert overridden({"StatusCode": "404"}) == []
