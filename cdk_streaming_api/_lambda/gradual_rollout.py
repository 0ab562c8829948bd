"""Shift callers to new versions of a function step by step, and back when an alarm goes off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from aws_cdk import Acknowledgment, Annotations, Duration, Validations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .._common.argument_checks import check_whole
from .._common.keyword_options import InitSignature, checks_arguments
from .._common.tokens import without_tokens

# https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
_ALIAS_NAME = re.compile("(?![0-9]+$)[A-Za-z0-9_-]{1,128}")


class GradualRollout(Construct):
    """Defines an alias of a function that CodeDeploy moves from version to version, step by step.

    Streams go to the alias, and every deployment of new code becomes a version::

        rollout = GradualRollout(
            self, "Rollout", function=BedrockFunction(self, "Function", model=model, memory_size=1024)
        )
        api.add_stream("answers", handler=rollout.alias)

    It goes back when the alias has errors, or an alarm of yours goes off; a stream that ended in an error
    event is no error of the function, so give it the alarm of ``StreamingMonitoring`` for those. What it
    creates are its attributes: ``alias``, ``error_alarm`` and ``deployment_group``.
    See https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html.
    """

    __signature__ = InitSignature()

    @checks_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.Function,
        alias_name: str = "live",
        deployment_config: codedeploy.ILambdaDeploymentConfig | None = None,
        alarms: Sequence[cloudwatch.IAlarm] = (),
        pre_hook: lambda_.IFunction | None = None,
        provisioned_concurrent_executions: int | None = None,
    ) -> None:
        """Define the alias, its alarm and its deployment group.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param function: the function; what changes in it makes a new version.
        :param alias_name: name of the alias. Default: live
        :param deployment_config: how fast the traffic moves.
            Default: LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES
        :param alarms: what else takes a deployment back. Default: - none
        :param pre_hook: function that tests the new version before it gets traffic. Default: - none
        :param provisioned_concurrent_executions: instances that are kept warm. Default: - none
        :raises ValueError: when there is both SnapStart and provisioned concurrency, which Lambda refuses, or
            it would refuse the name or the number.
        """
        super().__init__(scope, construct_id)
        known = without_tokens(alias_name, "token")
        if not _ALIAS_NAME.fullmatch(known):
            raise ValueError(
                f"alias_name of rollout '{construct_id}' must be 1 to 128 of A-Z, a-z, 0-9, '_' and '-', "
                f"and no number, got '{alias_name}'"
            )
        if provisioned_concurrent_executions is not None:
            name = f"provisioned_concurrent_executions of rollout '{construct_id}'"
            check_whole(name, provisioned_concurrent_executions, range(1, 2**31), "1 or more")
        if _has_snap_start(function):
            if provisioned_concurrent_executions:
                raise ValueError(
                    f"rollout '{construct_id}' has provisioned concurrency for a function with SnapStart; "
                    "Lambda takes one or the other"
                )
            # the CDK warns of every function with SnapStart, whether it is published or not
            snap_start = "@aws-cdk/aws-lambda:snapStartRequirePublish"
            # up to aws-cdk-lib 2.262 the first does not reach warnings that are there already
            Annotations.of(function).acknowledge_warning(snap_start, "the alias is a published version")
            Validations.of(function).acknowledge(
                Acknowledgment(
                    id=snap_start,
                    reason="the alias is a published version",
                )
            )
        self.alias = lambda_.Alias(
            self,
            "Alias",
            alias_name=alias_name,
            version=function.current_version,
            provisioned_concurrent_executions=provisioned_concurrent_executions,
        )
        self.error_alarm = self.alias.metric_errors(period=Duration.minutes(1)).create_alarm(
            self,
            "Errors",
            alarm_description=f"The function behind the alias {alias_name} fails",
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self.deployment_group = codedeploy.LambdaDeploymentGroup(
            self,
            "DeploymentGroup",
            alias=self.alias,
            deployment_config=deployment_config
            or codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            alarms=[self.error_alarm, *alarms],
            pre_hook=pre_hook,
        )


def _has_snap_start(function: lambda_.Function) -> bool:
    return cast(lambda_.CfnFunction, function.node.default_child).snap_start is not None
