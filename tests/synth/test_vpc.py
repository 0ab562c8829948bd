"""Functions in a VPC: where they are, what Lambda may do with their role, and what their code may not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match, Template

from cdk_streaming_api import BedrockFunction, BedrockModel, StreamingFunction

Define: TypeAlias = Callable[..., StreamingFunction]

#: What the managed policy has for EC2, the yardstick:
#: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html
OF_THE_MANAGED_POLICY = {
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
}


def of_yours(stack: cdk.Stack, **arguments: Any) -> StreamingFunction:  # noqa: ANN401, as many types as arguments
    code = lambda_.Code.from_inline("handler = None")
    return StreamingFunction(stack, "Function", code=code, handler="index.handler", **arguments)


def of_bedrock(stack: cdk.Stack, **arguments: Any) -> StreamingFunction:  # noqa: ANN401
    return BedrockFunction(stack, "Function", model=BedrockModel("amazon.nova-lite-v1:0"), **arguments)


@pytest.fixture(params=[of_yours, of_bedrock])
def define(request: pytest.FixtureRequest) -> Define:
    """Defines a function of each of the two kinds."""
    found: Define = request.param
    return found


@pytest.fixture
def vpc(stack: cdk.Stack) -> ec2.IVpc:
    """A VPC that is there already, with subnets of each kind."""
    tables = ["rtb-a", "rtb-b"]
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["a", "b"],
        private_subnet_ids=["subnet-private-a", "subnet-private-b"],
        private_subnet_route_table_ids=tables,
        isolated_subnet_ids=["subnet-isolated-a", "subnet-isolated-b"],
        isolated_subnet_route_table_ids=tables,
        public_subnet_ids=["subnet-public-a", "subnet-public-b"],
        public_subnet_route_table_ids=tables,
    )


def function_in(template: Template) -> tuple[str, Mapping[str, Any]]:
    """Return the one function, with its logical id."""
    (found,) = template.find_resources("AWS::Lambda::Function").items()
    return found


def statements(template: Template) -> list[dict[str, Any]]:
    """Return the statements of the function's role that have to do with EC2."""
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    found = policy["Properties"]["PolicyDocument"]["Statement"]
    return [statement for statement in found if "ec2:" in json.dumps(statement)]


def of_ec2(statement: dict[str, Any]) -> set[str]:
    return {action for action in statement["Action"] if action.startswith("ec2:")}


def test_vpc_function_is_in_private_subnets_with_own_security_group(
    stack: cdk.Stack, vpc: ec2.IVpc, define: Define
) -> None:
    define(stack, vpc=vpc)
    template = Template.from_stack(stack)
    (group,) = template.find_resources("AWS::EC2::SecurityGroup")
    assert function_in(template)[1]["Properties"]["VpcConfig"] == {
        "SubnetIds": ["subnet-private-a", "subnet-private-b"],
        "SecurityGroupIds": [{"Fn::GetAtt": [group, "GroupId"]}],
    }


def test_vpc_function_subnets_and_security_groups_can_be_chosen(
    stack: cdk.Stack, vpc: ec2.IVpc, define: Define
) -> None:
    groups = [ec2.SecurityGroup.from_security_group_id(stack, name, name) for name in ("sg-1", "sg-2")]
    isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    define(stack, vpc=vpc, vpc_subnets=isolated, security_groups=tuple(groups))
    template = Template.from_stack(stack)
    assert function_in(template)[1]["Properties"]["VpcConfig"] == {
        "SubnetIds": ["subnet-isolated-a", "subnet-isolated-b"],
        "SecurityGroupIds": ["sg-1", "sg-2"],
    }
    template.resource_count_is("AWS::EC2::SecurityGroup", 0)


def test_vpc_function_connections_open_ingress_and_egress(
    stack: cdk.Stack, vpc: ec2.IVpc, define: Define
) -> None:
    endpoint = vpc.add_interface_endpoint(
        "Endpoint", service=ec2.InterfaceVpcEndpointAwsService.BEDROCK_RUNTIME, open=False
    )
    strict = ec2.SecurityGroup(stack, "Strict", vpc=vpc, allow_all_outbound=False)
    define(stack, vpc=vpc, security_groups=[strict]).connections.allow_to_default_port(endpoint)
    template = Template.from_stack(stack)
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    template.has_resource_properties("AWS::EC2::SecurityGroupIngress", https)
    template.has_resource_properties("AWS::EC2::SecurityGroupEgress", https)


def test_vpc_function_role_allows_what_the_managed_policy_allows(
    stack: cdk.Stack, vpc: ec2.IVpc, define: Define
) -> None:
    define(stack, vpc=vpc)
    template = Template.from_stack(stack)
    template.all_resources_properties("AWS::IAM::Role", {"ManagedPolicyArns": Match.absent()})
    allowed = [statement for statement in statements(template) if statement["Effect"] == "Allow"]
    assert set().union(*map(of_ec2, allowed)) == OF_THE_MANAGED_POLICY
    assert sum(len(of_ec2(statement)) for statement in allowed) == len(OF_THE_MANAGED_POLICY)


def test_vpc_function_wildcard_is_only_for_actions_without_resource(
    stack: cdk.Stack, vpc: ec2.IVpc, define: Define
) -> None:
    define(stack, vpc=vpc)
    on_everything, of_the_region = set(), set()
    for statement in statements(Template.from_stack(stack)):
        if statement["Effect"] == "Allow" and statement["Resource"] == "*":
            on_everything |= of_ec2(statement)
        elif statement["Effect"] == "Allow":
            of_the_region |= of_ec2(statement)
            region, partition = {"Ref": "AWS::Region"}, {"Ref": "AWS::Partition"}
            arn = ["arn:", partition, ":ec2:", region, ":*:*/*"]
            assert statement["Resource"] == {"Fn::Join": ["", arn]}
    assert on_everything == {"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}
    assert of_the_region == OF_THE_MANAGED_POLICY - on_everything


def test_vpc_function_code_is_denied_all_network_interface_actions(
    stack: cdk.Stack, vpc: ec2.IVpc, define: Define
) -> None:
    define(stack, vpc=vpc)
    (denied,) = (it for it in statements(Template.from_stack(stack)) if it["Effect"] == "Deny")
    assert set(denied["Action"]) == OF_THE_MANAGED_POLICY | {"ec2:DetachNetworkInterface"}
    assert denied["Resource"] == "*"
    # the key is in requests of code, and not in those of Lambda for its network interfaces
    assert denied["Condition"] == {"ArnLike": {"lambda:SourceFunctionArn": "arn:*:lambda:*:*:function:*"}}


def test_vpc_function_waits_for_its_permissions(stack: cdk.Stack, vpc: ec2.IVpc, define: Define) -> None:
    define(stack, vpc=vpc)
    template = Template.from_stack(stack)
    (policy_id, policy), *others = template.find_resources("AWS::IAM::Policy").items()
    function_id, function = function_in(template)
    assert not others
    assert policy_id in function["DependsOn"]
    assert function_id not in re.findall(r'"(\w+)"', json.dumps(policy))
    assert "DependsOn" not in policy


def test_vpc_left_out_gives_nothing_of_ec2(stack: cdk.Stack, define: Define) -> None:
    define(stack)
    template = Template.from_stack(stack)
    assert "VpcConfig" not in function_in(template)[1]["Properties"]
    assert "ec2" not in json.dumps(template.to_json()).lower()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vpc_subnets", ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)),
        ("allow_public_subnet", True),
    ],
)
def test_vpc_arguments_without_vpc_are_refused(
    stack: cdk.Stack, define: Define, name: str, value: object
) -> None:
    message = f"{name} without a vpc means nothing; pass the vpc of function 'Function' too"
    with pytest.raises(ValueError, match=message):
        define(stack, **{name: value})
    assert not stack.node.children


def test_vpc_security_groups_without_vpc_are_refused(stack: cdk.Stack, define: Define) -> None:
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1")
    with pytest.raises(ValueError, match="security_groups without a vpc means nothing"):
        define(stack, security_groups=[group])


def test_vpc_public_subnet_needs_allow_public_subnet(stack: cdk.Stack, vpc: ec2.IVpc, define: Define) -> None:
    public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
    with pytest.raises(RuntimeError, match="in a public subnet can NOT access the internet"):
        define(cdk.Stack(stack, "Refused"), vpc=vpc, vpc_subnets=public)
    function = define(stack, vpc=vpc, vpc_subnets=public, allow_public_subnet=True)
    assert function.is_bound_to_vpc
    config = function_in(Template.from_stack(stack))[1]["Properties"]["VpcConfig"]
    assert config["SubnetIds"] == ["subnet-public-a", "subnet-public-b"]
