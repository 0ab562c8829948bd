"""Define the table that counts what callers use, and let functions hold them to a budget."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Token, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .._common.argument_checks import check_whole
from .._common.keyword_options import InitSignature, checks_arguments
from .._common.log_metric import metric_namespace
from .._common.tokens import check_known
from .budget_limits import BudgetAmount, BudgetLimits

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_kms as kms

# "Amazon DynamoDB Developer Guide", encryption.usagenotes: what a principal needs of a customer managed key.
_KEY_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
_RESERVE = range(1, 131_073)
_NO_RECOVERY = "the counters begin anew with each month; a table that is lost begins at nothing"


class TokenBudget(Construct):
    """Defines how much callers may use, and the DynamoDB table that counts it.

    Two hundred thousand tokens a day for each caller, and 500 USD a month for all of them::

        budget = TokenBudget(
            self,
            "Budget",
            per_caller=BudgetLimits(per_day=BudgetAmount.tokens(200_000)),
            per_month=BudgetAmount.usd(500, warn_at=400),
        )
        StreamingApi(self, "Limited", model=BedrockModel("amazon.nova-lite-v1:0"), budget=budget)

    What an answer may have is reserved before the model is asked, and what it has used is counted in its
    place afterwards. A request whose budget is spent gets status 429, and no model is asked.
    """

    __signature__ = InitSignature()

    @checks_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        per_caller: BudgetLimits | None = None,
        per_model: BudgetLimits | None = None,
        per_day: BudgetAmount | None = None,
        per_month: BudgetAmount | None = None,
        reserve: int = 4096,
        fail_open: bool = True,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
    ) -> None:
        """Define the table.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param per_caller: how much each caller may use: an API key, an IAM principal without the name of its
            session, a Cognito user, or the principal of a Lambda authorizer. Callers whom nobody has
            authenticated share one. Default: - no limit
        :param per_model: how much of each model may be used. Default: - no limit
        :param per_day: how much all of them may use in a day of UTC. Default: - no limit
        :param per_month: how much all of them may use in a month of UTC. Default: - no limit
        :param reserve: the tokens that are reserved for a request that limits its answer nowhere, where
            ``max_tokens`` of the function does not either; 1 to 131072. Default: 4096
        :param fail_open: whether requests are let through while the table does not answer within 100 ms; each
            of them is counted as ``metric_unavailable``. Default: True
        :param encryption_key: the key that encrypts the table. Default: - a key that DynamoDB owns
        :param removal_policy: what becomes of the table with the stack. Default: RemovalPolicy.DESTROY
        :raises ValueError: when there is no limit, or ``reserve`` is out of range.
        """
        super().__init__(scope, construct_id)
        if Token.is_unresolved(reserve):
            raise ValueError("reserve must be known at synth: it is checked there, got a token")
        check_whole("reserve", reserve, _RESERVE, "1 to 131072")
        for_all = BudgetLimits(per_day=per_day, per_month=per_month) if per_day or per_month else None
        scopes = (("caller", per_caller), ("model", per_model), ("all", for_all))
        limits = [written for name, each in scopes if each for written in each._written(name)]
        if not limits:
            raise ValueError("TokenBudget must have per_caller, per_model, per_day or per_month, got none")
        from aws_cdk import aws_dynamodb as dynamodb  # imported on first use: most apps have no budget

        self._in_usd = any(each["unit"] == "usd" for each in limits)
        self._namespace = metric_namespace(self)
        written: dict[str, object] = {
            "limits": limits,
            "namespace": self._namespace,
            **({} if reserve == 4096 else {"reserve": reserve}),
            **({} if fail_open else {"onFailure": "closed"}),
        }
        self._key = encryption_key
        self._held: set[str] = set()
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="expires_at",
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if encryption_key else None,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        self._variables = {
            "TOKEN_BUDGET": json.dumps(written, separators=(",", ":")),
            "TOKEN_BUDGET_TABLE": self.table.table_name,
        }
        Validations.of(self.table).acknowledge(
            Acknowledgment(id="AwsSolutions::AwsSolutions-DDB3", reason=_NO_RECOVERY)
        )

    def _hold(self, function: lambda_.Function, unpriced: Sequence[str]) -> None:
        """Hold the callers of a chat function to the budget; it may update items, and may read none.

        :param unpriced: the models of the function whose price it does not know.
        :raises ValueError: for a budget in USD where there are any.
        """
        if self._in_usd and unpriced:
            raise ValueError(
                f"budget '{self.node.id}' is in USD and needs the price of model '{unpriced[0]}'; give the "
                "function prices=BedrockPrices({...}), or a budget in tokens"
            )
        if function.node.path in self._held:
            return
        self._held.add(function.node.path)
        for name, value in self._variables.items():
            function.add_environment(name, value)
        function.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["dynamodb:UpdateItem"], resources=[self.table.table_arn])
        )
        if self._key:
            self._key.grant(function, *_KEY_USE)

    @checks_arguments
    def metric_denied(self, *, statistic: str = "Sum", period: Duration | None = None) -> cloudwatch.Metric:
        """Return the number of requests that were refused because a budget was spent.

        :param statistic: how it is aggregated. Default: Sum
        :param period: over which time. Default: 5 minutes
        """
        return self._metric("BudgetDenied", "denied", statistic, period)

    @checks_arguments
    def metric_warnings(self, *, statistic: str = "Sum", period: Duration | None = None) -> cloudwatch.Metric:
        """Return the number of times that a request began beyond a ``warn_at``.

        :param statistic: how it is aggregated. Default: Sum
        :param period: over which time. Default: 5 minutes
        """
        return self._metric("BudgetWarnings", "warned", statistic, period)

    @checks_arguments
    def metric_unavailable(
        self, *, statistic: str = "Sum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Return the number of requests whose budget the table did not tell within 100 ms.

        :param statistic: how it is aggregated. Default: Sum
        :param period: over which time. Default: 5 minutes
        """
        return self._metric("BudgetUnavailable", "unavailable", statistic, period)

    def _metric(self, name: str, decision: str, statistic: str, period: Duration | None) -> cloudwatch.Metric:
        from aws_cdk import aws_cloudwatch as cloudwatch

        check_known("statistic of a metric", statistic, "alarms have a property for each kind")
        if period and period.is_unresolved():
            raise ValueError("period of a metric must be known at synth: CloudWatch takes few, got a token")
        return cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            dimensions_map={"decision": decision},
            statistic=statistic,
            period=period,
        )
