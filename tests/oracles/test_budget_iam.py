"""Hold the policy of a function with a budget against a simulator of IAM: it may update one table's items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk.assertions import Template

from cdk_streaming_api import BedrockFunction, BedrockModel, BudgetAmount, TokenBudget
from tests.oracles import npm
from tests.oracles.iam_cases import ACCOUNT, ALLOWED, DENIED, REGION

TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/budget"
OTHER = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/other"
#: action, table -> what the policy decides
CASES = {
    ("dynamodb:UpdateItem", TABLE): ALLOWED,
    ("dynamodb:UpdateItem", OTHER): DENIED,
    **{
        (f"dynamodb:{action}", TABLE): DENIED
        for action in (
            *("BatchGetItem", "BatchWriteItem", "DeleteItem", "DeleteTable", "DescribeTable", "GetItem"),
            *("PutItem", "Query", "Scan", "UpdateTable", "UpdateTimeToLive"),
        )
    },
}


def policy(folder: Path) -> dict[str, Any]:
    """Return the statements about tables, with an ARN in place of the reference."""
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    stack = cdk.Stack(app, "Test")
    budget = TokenBudget(stack, "Budget", per_day=BudgetAmount.tokens(1))
    BedrockFunction(stack, "Chat", model=BedrockModel("amazon.nova-lite-v1:0"), budget=budget)
    found = [
        {**statement, "Resource": TABLE}
        for each in Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
        for statement in each["Properties"]["PolicyDocument"]["Statement"]
        if "dynamodb" in str(statement)
    ]
    return {"Version": "2012-10-17", "Statement": found}


def test_policy_of_a_budget_lets_a_function_update_items_of_its_table_alone(tmp_path: Path) -> None:
    cases = [
        {"kind": "budget", "action": action, "resource": table, "context": {}, "region": REGION}
        for action, table in CASES
    ]
    given = {"policies": {"budget": policy(tmp_path)}, "cases": cases, "account": ACCOUNT}
    for (case, decision), answer in zip(CASES.items(), npm.run("iam_decide.mjs", given), strict=True):
        assert answer["errors"] is None, (case, answer)
        assert (ALLOWED if answer["decision"] == "Allowed" else DENIED) == decision, (case, answer)
