"""The table of a budget, what a function may do with it, and what it is told."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match, Template
from chat.budget import counters, ledger, report
from chat.budget.limits import NANO, Budget
from chat.budget.periods import Periods

from cdk_streaming_api import (
    BedrockFunction,
    BedrockModel,
    BedrockPrice,
    BedrockPrices,
    BudgetAmount,
    BudgetLimits,
    StreamingApi,
    TokenBudget,
)
from tests.synth.conftest import new_app

MODEL = BedrockModel("amazon.nova-lite-v1:0")


def limited(stack: cdk.Stack, **options: Any) -> TokenBudget:  # noqa: ANN401
    """Return the budget of an API."""
    budget = TokenBudget(stack, "Budget", **{"per_day": BudgetAmount.tokens(1000), **options})
    StreamingApi(stack, "Api", model=MODEL, budget=budget).add_stream("chat")
    return budget


def variables(template: Template) -> dict[str, Any]:
    (function,) = template.find_resources(
        "AWS::Lambda::Function", {"Properties": {"Handler": "chat.handler.handler"}}
    ).values()
    found: dict[str, Any] = function["Properties"]["Environment"]["Variables"]
    return found


def test_budget_is_one_table_on_demand_that_expires_and_goes_with_the_stack(stack: cdk.Stack) -> None:
    limited(stack)
    template = Template.from_stack(stack)
    table = {
        "BillingMode": "PAY_PER_REQUEST",
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "SSESpecification": Match.absent(),
    }
    template.has_resource("AWS::DynamoDB::Table", {"Properties": table, "DeletionPolicy": "Delete"})
    template.resource_count_is("AWS::DynamoDB::Table", 1)
    # as the function writes it
    limits = Budget(variables(template)[ledger.LIMITS]).limits
    (counter,) = counters.counters(limits, "", "", Periods(0))
    request = counter.reservation({"tokens": 1})
    assert set(request["Key"]) == {"pk", "sk"}
    assert "expires_at" in request["ExpressionAttributeNames"].values()


def test_budget_lets_a_function_update_items_of_its_table_and_nothing_else(stack: cdk.Stack) -> None:
    limited(stack)
    template = Template.from_stack(stack)
    policies = json.dumps(template.find_resources("AWS::IAM::Policy"))
    (table,) = template.find_resources("AWS::DynamoDB::Table")
    found = [
        statement
        for policy in template.find_resources("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "dynamodb" in json.dumps(statement)
    ]
    assert found == [
        {
            "Action": "dynamodb:UpdateItem",
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [table, "Arn"]},
        }
    ]
    assert policies.count("dynamodb:") == 1


def test_budget_with_a_key_of_the_customer_lets_the_function_use_it(stack: cdk.Stack) -> None:
    limited(stack, encryption_key=kms.Key(stack, "Key"), removal_policy=RemovalPolicy.RETAIN)
    template = Template.from_stack(stack)
    template.has_resource(
        "AWS::DynamoDB::Table",
        {
            "Properties": {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"}},
            "DeletionPolicy": "Retain",
        },
    )
    policies = json.dumps(template.find_resources("AWS::IAM::Policy"))
    assert policies.count("kms:Decrypt") == policies.count("kms:GenerateDataKey*") == 1


def test_budget_reaches_the_function_as_it_reads_it(stack: cdk.Stack) -> None:
    amount = BudgetAmount.tokens(10, warn_at=8)
    limited(
        stack,
        per_caller=BudgetLimits(per_day=amount, per_month=BudgetAmount.usd(1.5)),
        per_model=BudgetLimits(per_month=BudgetAmount.usd(warn_at=2)),
        per_day=BudgetAmount.tokens(100),
        per_month=BudgetAmount.tokens(1000),
        reserve=100,
        fail_open=False,
    )
    told = Budget(variables(Template.from_stack(stack))[ledger.LIMITS])
    found = [(each.scope, each.period, each.unit, each.hard, each.soft) for each in told.limits]
    assert found == [
        ("caller", "day", "tokens", 10, 8),
        ("caller", "month", "usd", 1_500_000_000, None),
        ("model", "month", "usd", None, 2 * NANO),
        ("all", "day", "tokens", 100, None),
        ("all", "month", "tokens", 1000, None),
    ]
    assert (told.reserve, told.fails_open) == (100, False)


def test_budget_metrics_are_those_of_its_own_lines(stack: cdk.Stack) -> None:
    budget = limited(stack)
    told = Budget(variables(Template.from_stack(stack))[ledger.LIMITS])
    metrics = {
        report.DENIED: budget.metric_denied(),
        report.WARNED: budget.metric_warnings(),
        report.UNAVAILABLE: budget.metric_unavailable(),
    }
    for name, metric in metrics.items():
        line = report.record(name, {}, 1.0, told.namespace)
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Metrics"][0]["Name"]) == (
            metric.namespace,
            metric.metric_name,
        )
        ((dimension,),) = directive["Dimensions"]
        assert metric.dimensions == {dimension: line[dimension]}


def test_budget_of_two_functions_is_one_table(stack: cdk.Stack) -> None:
    budget = limited(stack)
    BedrockFunction(stack, "Second", model=MODEL, budget=budget)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::DynamoDB::Table", 1)
    assert json.dumps(template.to_json()).count('"TOKEN_BUDGET_TABLE"') == 2


def test_budget_in_usd_needs_the_price_of_every_model(stack: cdk.Stack) -> None:
    budget = TokenBudget(stack, "Budget", per_month=BudgetAmount.usd(5))
    arn = "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abcdefghijkl"
    unknown = BedrockModel(arn)
    with pytest.raises(ValueError, match=r"budget 'Budget' is in USD and needs the price of model 'arn:aws"):
        BedrockFunction(stack, "Unpriced", model=MODEL, models=[unknown], budget=budget)
    prices = BedrockPrices({arn: BedrockPrice(1, 2)})
    BedrockFunction(stack, "Priced", model=MODEL, models=[unknown], budget=budget, prices=prices)


def test_api_without_a_budget_defines_nothing_of_it(stack: cdk.Stack) -> None:
    StreamingApi(stack, "Api", model=MODEL).add_stream("chat")
    assert "TOKEN_BUDGET" not in json.dumps(Template.from_stack(stack).to_json())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda s: TokenBudget(s, "B"), "must have per_caller, per_model, per_day or per_month, got none"),
        (lambda s: BudgetLimits(), "BudgetLimits must have per_day or per_month, got neither"),
        (lambda s: BudgetAmount.tokens(), "must have an amount or warn_at, got neither"),
        (lambda s: BudgetAmount.tokens(0), "must be above 0 and at most 1000000000000000, got 0"),
        (lambda s: BudgetAmount.tokens(1.5), "amount of a budget in tokens must be whole, got 1.5"),  # type: ignore[arg-type]
        (lambda s: BudgetAmount.usd(-1), "must be above 0 and at most 1000000000000, got -1"),
        (lambda s: BudgetAmount.usd(5, warn_at=5), "warn_at must be below the amount"),
        (
            lambda s: BudgetAmount.tokens(cdk.Token.as_number({"Ref": "A"})),  # type: ignore[arg-type]
            "amount of a budget must be known at synth: it is checked there, got a token",
        ),
        (
            lambda s: limited(s, reserve=0),
            "reserve must be 1 to 131072, got 0",
        ),
        (
            lambda s: StreamingApi(
                s,
                "Api",
                handler=lambda_.Function.from_function_name(s, "Theirs", "theirs"),
                budget=TokenBudget(s, "B", per_day=BudgetAmount.tokens(1)),
            ),
            "budget needs a model; give it to the BedrockFunction that is the handler",
        ),
    ],
)
def test_budget_that_makes_no_sense_is_refused(stack: cdk.Stack, build: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=r".") as error:
        build(stack)
    assert message in str(error.value)


def test_cdk_nag_finds_nothing_in_a_budget_that_is_not_answered(
    context: dict[str, object], tmp_path: Path
) -> None:
    app = new_app(context, tmp_path / "cdk.out")
    stack = cdk.Stack(app, "Test")
    TokenBudget(stack, "Budget", per_day=BudgetAmount.tokens(1000))
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
    with suppress(RuntimeError):  # a finding ends the synthesis, after the report is written
        app.synth()
    written = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))
    rules = [each["ruleName"] for plugin in written["pluginReports"] for each in plugin["violations"]]
    assert rules == []
