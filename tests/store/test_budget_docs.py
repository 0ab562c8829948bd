"""The page about budgets: its example, its worked day, and its texts against the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from chat.budget import counters, ledger, limits, refusal, report
from chat.header_names import ANTHROPIC_TOKENS_LEFT, SPENT, TOKENS_LEFT
from lambda_streaming import HTTPError
from lambda_streaming_store.table import Table

from tests.support.ministack import Ministack

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "budgets.md").read_text("utf-8")


def test_budget_docs_example_synthesizes_an_api_with_a_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path))
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, "budgets", "exec"), names)
    stack = names["stack"]
    assert isinstance(stack, cdk.Stack)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::DynamoDB::Table", 1)
    template.has_resource_properties("AWS::CloudWatch::Alarm", {"MetricName": report.DENIED})


def rows() -> list[list[str]]:
    table = PAGE.partition("| request | reserves |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_budget_docs_day_is_what_the_table_counts(ministack: Ministack) -> None:
    name = ministack.table()
    table = Table(ministack.environment, name, timeout=30)
    limit = {"scope": "caller", "period": "day", "unit": "tokens", "hard": 1000}
    environ = {
        **ministack.environment,
        ledger.TABLE: name,
        ledger.LIMITS: json.dumps({"limits": [limit]}),
    }
    held = ledger.Ledger(environ, tables=[table], now=lambda: 0, report=lambda line: None)

    def counter() -> str:
        key = {"pk": {"S": "caller key 1"}, "sk": {"S": "1970-01"}}
        item: dict[str, Any] = table.call("GetItem", {"Key": key})["Item"]
        return str(item["d01_tokens"]["N"])

    def begin(tokens: int) -> ledger.Admission:
        admission = held.admission("key 1", "model", {"tokens": tokens}, {})
        admission.wait()
        return admission

    def end(admission: ledger.Admission, tokens: int) -> None:
        admission.settle({"tokens": tokens})
        held.finish()

    (first, second, third, fourth, fifth, sixth) = rows()
    for row in (first, second):
        admission = begin(int(row[1]))
        assert counter() == row[2]
        end(admission, int(row[3]))
        assert counter() == row[4]
    admission = begin(int(third[1]))
    assert counter() == third[2] == fourth[2]
    with pytest.raises(HTTPError) as error:
        begin(500)
    held.finish()
    assert (str(error.value.status), counter()) == (fourth[3], fourth[4])
    end(admission, int(third[3]))
    assert counter() == third[4]
    end(begin(int(fifth[1])), int(fifth[3]))
    assert counter() == fifth[4]
    with pytest.raises(HTTPError) as error:
        begin(500)
    held.finish()
    assert (str(error.value.status), counter()) == (sixth[3], sixth[4])
    table.close()


def test_budget_docs_names_are_those_of_the_code() -> None:
    for name in (SPENT, TOKENS_LEFT, ANTHROPIC_TOKENS_LEFT, refusal.UNAVAILABLE, *report.DECISIONS.values()):
        assert f"`{name}`" in PAGE
    assert "within 100 ms" in PAGE
    assert ledger.PATIENCE == 0.1
    assert "4096 tokens" in PAGE
    assert limits.RESERVE == 4096
    assert "expires 35 days after" in PAGE
    assert counters._KEPT == 35


def test_budget_docs_line_is_one_that_the_function_writes() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    told = json.loads(shown)
    members = {name: told[name] for name in ("caller", "model", "scope", "period", "unit")}
    written = report.record(report.DENIED, members, 0, "n")
    assert {name: value for name, value in written.items() if name != "_aws"} == told
