"""Define the role with which API Gateway writes the logs of every REST API of the account in the Region."""

from __future__ import annotations

from aws_cdk import Acknowledgment, RemovalPolicy, Stack, Validations
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct


class AccountLoggingStack(Stack):
    """Sets the CloudWatch role in API Gateway's account settings, for an account that has none.

    There is one such setting for account and Region. It is kept when the stack is deleted, since by then
    other APIs may write their logs with it.
    See https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Define the stack.

        :param scope: the app or stage.
        :param construct_id: name of the stack.
        """
        super().__init__(scope, construct_id, description="Account-wide CloudWatch role of API Gateway")
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
                )
            ],
        )
        account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        for resource in (role, account):
            resource.apply_removal_policy(RemovalPolicy.RETAIN)
        # API Gateway refuses the role before its policy is there
        account.node.add_dependency(role)
        Validations.of(role).acknowledge(
            Acknowledgment(
                id="AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
                "AmazonAPIGatewayPushToCloudWatchLogs]",
                reason="API Gateway's documentation asks for this policy: "
                "it writes the log groups of every API of the account, also of those still to come",
            )
        )
