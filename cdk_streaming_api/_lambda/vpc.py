"""Grant what Lambda needs for a function in a VPC, and deny it to the function's own code.

See https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_ec2 as ec2

# the EC2 actions of AWSLambdaVPCAccessExecutionRole, by whether they take a resource
_MANAGE = [
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]
_DESCRIBE = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]


def check_vpc(
    subject: str,
    vpc: ec2.IVpc | None,
    vpc_subnets: ec2.SubnetSelection | None,
    security_groups: Sequence[ec2.ISecurityGroup],
    allow_public_subnet: bool,
) -> None:
    """Refuse what says something of a VPC that is not there.

    :param subject: whose arguments they are, for the message.
    :raises ValueError: with the name of the first such argument.
    """
    if vpc:
        return
    given = {
        "vpc_subnets": vpc_subnets,
        "security_groups": security_groups,
        "allow_public_subnet": allow_public_subnet,
    }
    for name, value in given.items():
        if value:
            raise ValueError(f"{name} without a vpc means nothing; pass the vpc of {subject} too")


def grant_vpc_access(role: iam.IRole) -> None:
    """Let Lambda manage the network interfaces of a function with a role, and nobody else with that role.

    :param role: the role of the function.
    """
    # a subnet that another account shares has that account in its ARN, and deleting needs every resource id
    interfaces = Stack.of(role).format_arn(service="ec2", account="*", resource="*", resource_name="*")
    statements = [
        iam.PolicyStatement(actions=_MANAGE, resources=[interfaces]),
        iam.PolicyStatement(actions=_DESCRIBE, resources=["*"]),  # they take no resource
        # Requests of a function's code have this key, those of Lambda for its network interfaces do not:
        # https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
        # The ARN of this very function would make function and policy wait for each other.
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=[*_MANAGE, *_DESCRIBE, "ec2:DetachNetworkInterface"],
            resources=["*"],
            conditions={"ArnLike": {"lambda:SourceFunctionArn": "arn:*:lambda:*:*:function:*"}},
        ),
    ]
    for statement in statements:
        role.add_to_principal_policy(statement)
