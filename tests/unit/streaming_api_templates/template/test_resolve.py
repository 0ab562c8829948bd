from __future__ import annotations

import pytest

from streaming_api_templates.template.resolve import Resolver
from streaming_api_templates.template.unsupported import UnsupportedError
from streaming_api_tools.local.templates.ref_values import Place, StackReferences

PLACE = Place("eu-west-1", "111122223333", "Demo")
TEMPLATE = {
    "Parameters": {"Name": {"Type": "String", "Default": "world"}, "Size": {"Type": "Number", "Default": 3}},
    "Mappings": {"Sizes": {"eu-west-1": {"small": 128}}},
    "Conditions": {
        "InEurope": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
        "InAsia": {"Fn::Not": [{"Condition": "InEurope"}]},
        "Anywhere": {"Fn::Or": [{"Condition": "InAsia"}, {"Condition": "InEurope"}]},
        "Both": {"Fn::And": [{"Condition": "InAsia"}, {"Condition": "InEurope"}]},
    },
    "Resources": {
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {}},
        "Named": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "given"}},
        "Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Fn"}, "Name": "live"}},
        "Version": {
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": {"Fn::GetAtt": ["Named", "Arn"]}},
        },
        "Domain": {"Type": "AWS::ApiGateway::DomainName", "Properties": {"DomainName": "api.example.com"}},
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders"}},
    },
}
ARN = "arn:aws:lambda:eu-west-1:111122223333:function"


def resolver(physical_ids: dict[str, str] | None = None) -> Resolver:
    references = StackReferences(TEMPLATE["Resources"], PLACE, physical_ids)  # type: ignore[arg-type]
    return Resolver(TEMPLATE, references, PLACE.pseudo_parameters())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ({"Ref": "Name"}, "world"),
        ({"Ref": "AWS::AccountId"}, "111122223333"),
        ({"Ref": "Domain"}, "api.example.com"),
        ({"Fn::Join": [":", ["a", {"Ref": "Size"}, "c"]]}, "a:3:c"),
        ({"Fn::Join": ["", {"Fn::Split": ["-", "a-b"]}]}, "ab"),
        ({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b/c"]}]}, "b"),
        ({"Fn::Select": [0, ["x", "y"]]}, "x"),
        (
            {"Fn::Sub": "${AWS::Region}/${Name}/${Fn.Arn}/${!Literal}"},
            f"eu-west-1/world/{ARN}:Fn/${{Literal}}",
        ),
        ({"Fn::Sub": ["${a}-${Name}", {"a": {"Ref": "Size"}}]}, "3-world"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "small"]}, 128),
        ({"Fn::If": ["InEurope", "yes", "no"]}, "yes"),
        ({"Fn::If": ["InAsia", "yes", {"Ref": "AWS::NoValue"}]}, None),
        ({"kept": 1, "gone": {"Ref": "AWS::NoValue"}}, {"kept": 1}),
        ([1, {"Ref": "AWS::NoValue"}, 2], [1, 2]),
        ({"Condition": {"StringEquals": {"aws:a": "b"}}}, {"Condition": {"StringEquals": {"aws:a": "b"}}}),
    ],
)
def test_resolver_intrinsic_function_gives_the_value_of_cloudformation(
    value: object, expected: object
) -> None:
    assert resolver().resolve(value, "Fn.Property") == expected


@pytest.mark.parametrize(
    ("condition", "holds"), [("InEurope", True), ("InAsia", False), ("Anywhere", True), ("Both", False)]
)
def test_resolver_condition_is_evaluated(condition: str, holds: bool) -> None:
    assert resolver().condition(condition) is holds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Fn"}, "Fn"),
        ({"Ref": "Named"}, "given"),
        ({"Fn::GetAtt": ["Named", "Arn"]}, f"{ARN}:given"),
        ({"Fn::GetAtt": "Named.Arn"}, f"{ARN}:given"),
        ({"Ref": "Live"}, f"{ARN}:Fn:live"),
        ({"Ref": "Version"}, f"{ARN}:given:1"),
        ({"Fn::GetAtt": ["Version", "Version"]}, "1"),
        ({"Ref": "Table"}, "orders"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:aws:dynamodb:eu-west-1:111122223333:orders"),
    ],
)
def test_resolver_ref_to_resource_is_a_value_made_from_its_name(value: object, expected: str) -> None:
    assert resolver().resolve(value, "") == expected


def test_resolver_deployed_resource_is_its_physical_id() -> None:
    deployed = resolver({"Fn": "Demo-Fn-4711"})
    assert deployed.resolve({"Ref": "Live"}, "") == f"{ARN}:Demo-Fn-4711:live"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Fn::ImportValue": "x"}, "Fn.Code: the value of Fn::ImportValue x is not known locally"),
        (
            {"Fn::GetStackOutput": {"StackName": "S", "OutputName": "O"}},
            "Fn.Code: the value of Fn::GetStackOutput S.O is not known locally",
        ),
        ({"Fn::Cidr": ["10.0.0.0/16", 1, 5]}, "Fn.Code: Fn::Cidr is not supported locally"),
        ({"Ref": "Nowhere"}, "Fn.Code: the value of Ref Nowhere is not known locally"),
        (
            {"Fn::GetAtt": ["Table", "StreamArn"]},
            "Fn.Code: the value of Fn::GetAtt Table.StreamArn is not known locally",
        ),
        ({"Fn::FindInMap": ["Sizes", "eu-west-1", "huge"]}, "Fn.Code: Fn::FindInMap finds nothing for"),
        ({"Fn::If": ["Unknown", 1, 2]}, "Conditions.Unknown: the template has no such condition"),
        ({"Fn::Join": "x"}, "Fn.Code: expected a list, got 'x'"),
    ],
)
def test_resolver_unsupported_value_is_named_with_resource_and_property(value: object, message: str) -> None:
    with pytest.raises(UnsupportedError) as error:
        resolver().resolve(value, "Fn.Code")
    assert str(error.value).startswith(message)


def test_resolver_ssm_parameter_has_no_local_value() -> None:
    template = {"Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/name"}}}
    with pytest.raises(UnsupportedError, match="Ref P is not known"):
        Resolver(template, StackReferences({}, PLACE), {}).resolve({"Ref": "P"}, "Fn.Code")
