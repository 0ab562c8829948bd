"""Define the two roles that the repository's workflows assume with a token of GitHub instead of a key."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Acknowledgment, CfnOutput, DefaultStackSynthesizer, Duration, Stack, Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

_ISSUER = "token.actions.githubusercontent.com"
_WILDCARD = "AwsSolutions::AwsSolutions-IAM5[Resource::{}]"


class GithubRolesStack(Stack):
    """A role that deploys and proves, and one that compares; each is for one kind of run of one repository.

    The account must have GitHub as an identity provider; there can be one for the whole account.
    See https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        repository: str,
        environment: str = "production",
        stack_name: str = "StreamingChat",
    ) -> None:
        """Define the stack.

        :param scope: the app or stage.
        :param construct_id: name of the stack.
        :param repository: ``owner/name``, or ``owner@ID/name@ID`` where the tokens have the ids.
        :param environment: GitHub environment of the job that deploys. Default: production
        :param stack_name: name of the stack that is deployed. Default: StreamingChat
        """
        super().__init__(scope, construct_id, description="Roles of the repository's workflows")
        deploy = self._role("Deploy", f"repo:{repository}:environment:{environment}")
        self._may_assume(deploy, ["deploy", "file-publishing", "lookup"])
        # what `streaming-api smoke STACK` asks
        stack_arn = self.format_arn(
            service="cloudformation", resource="stack", resource_name=f"{stack_name}/*"
        )
        deploy.add_to_policy(
            iam.PolicyStatement(
                actions=["cloudformation:DescribeStacks", "cloudformation:DescribeStackResources"],
                resources=[stack_arn],
            )
        )
        probe = self.format_arn(service="execute-api", resource="*", resource_name="*/POST/probe")
        deploy.add_to_policy(iam.PolicyStatement(actions=["execute-api:Invoke"], resources=[probe]))

        diff = self._role("Diff", f"repo:{repository}:pull_request")
        self._may_assume(diff, ["lookup"])
        arn = "arn:<AWS::Partition>:{}:<AWS::Region>:<AWS::AccountId>:{}"
        Validations.of(deploy).acknowledge(
            Acknowledgment(
                id=_WILDCARD.format(arn.format("cloudformation", f"stack/{stack_name}/*")),
                reason="a stack's ARN ends in an id that its creation gives",
            ),
            Acknowledgment(
                id=_WILDCARD.format(arn.format("execute-api", "*/*/POST/probe")),
                reason="an API's id is given by its creation; the probe calls no model and reads nothing",
            ),
        )

    def _role(self, kind: str, subject: str) -> iam.Role:
        """Return a role that a run with that subject in its token may assume."""
        provider = self.format_arn(service="iam", region="", resource="oidc-provider", resource_name=_ISSUER)
        role = iam.Role(
            self,
            kind,
            assumed_by=iam.WebIdentityPrincipal(
                provider,
                {"StringEquals": {f"{_ISSUER}:aud": "sts.amazonaws.com", f"{_ISSUER}:sub": subject}},
            ),
            description=f"Assumed by workflow runs of {subject}",
            max_session_duration=Duration.hours(1),
        )
        CfnOutput(self, f"{kind}RoleArn", value=role.role_arn)
        return role

    def _may_assume(self, role: iam.Role, kinds: Sequence[str]) -> None:
        """Allow roles of the CDK bootstrap of this account and Region, which do the work."""
        qualifier = DefaultStackSynthesizer.DEFAULT_QUALIFIER
        names = [f"cdk-{qualifier}-{kind}-role-{self.account}-{self.region}" for kind in kinds]
        arns = [
            self.format_arn(service="iam", region="", resource="role", resource_name=name) for name in names
        ]
        role.add_to_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=arns))
