"""A request over its budget: a real 429 in each format's own form, and no call of a model."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest
from chat.budget.periods import Periods
from chat.header_names import EXPOSED
from lambda_streaming import stream
from lambda_streaming_cors import CorsHeaders
from lambda_streaming_store.errors import ConditionFailed, StoreError

from tests.unit.lambda_src.chat.budget.held import DAY, NOW, Script, handler, hold, totals

MESSAGES: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}]}
CONVERSE = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
#: path -> body, and the type of the error that its clients know
FORMATS: dict[str, tuple[dict[str, Any], str]] = {
    "/chat": ({"prompt": "Hi"}, "rate_limit_error"),
    "/v1/chat/completions": (MESSAGES, "insufficient_quota"),
    "/v1/responses": ({"input": "Hi"}, "insufficient_quota"),
    "/v1/messages": ({**MESSAGES, "max_tokens": 100}, "rate_limit_error"),
    "/ui/chat": (
        {"messages": [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]},
        "rate_limit_error",
    ),
    "/model/model-1/converse-stream": (CONVERSE, "rate_limit_error"),
    "/model/model-1/converse": (CONVERSE, "rate_limit_error"),
    "/model/model-1/invoke-with-response-stream": (MESSAGES, "rate_limit_error"),
}
STREAMED = {"/v1/chat/completions", "/v1/responses", "/v1/messages"}


def asking(path: str, **members: object) -> dict[str, Any]:
    body, _ = FORMATS[path]
    return {"path": path, "body": json.dumps({**body, **members})}


def spent(request: dict[str, Any]) -> dict[str, Any]:
    raise ConditionFailed(totals(d15_tokens=1003))


def cases() -> list[Any]:
    streamed = [pytest.param(path, {"stream": True}, id=f"{path} streamed") for path in sorted(STREAMED)]
    return [*(pytest.param(path, {}, id=path) for path in FORMATS), *streamed]


@pytest.mark.parametrize(("path", "members"), cases())
def test_refused_request_has_the_status_and_the_error_of_its_format(
    path: str, members: dict[str, Any]
) -> None:
    held = hold(asking(path, **members), Script(spent))
    response = held.response
    assert response.status == 429
    body = json.loads(response.body)
    assert body["error"]["code"] == "insufficient_quota"
    assert body["error"]["type"] == FORMATS[path][1]
    assert held.model.asked == 0
    assert response.headers["x-should-retry"] == "false"
    assert response.headers["x-ratelimit-remaining-tokens"] == "0"
    assert response.headers["anthropic-ratelimit-tokens-remaining"] == "0"
    reset = str(Periods(NOW).next_day - NOW + 1)
    if path.startswith("/model/"):
        assert response.headers["x-amzn-errortype"] == "ServiceQuotaExceededException"
        assert body["message"] == body["error"]["message"]
        # AWS's SDK for JavaScript would sleep until then
        assert "retry-after" not in response.headers
    else:
        assert response.headers["retry-after"] == reset
    assert [kind for kind, _ in held.reports] == ["BudgetDenied"]


def test_refused_by_one_limit_counts_for_no_other() -> None:
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["Key"]["pk"]["S"] == "all" and "ConditionExpression" in request:
            raise ConditionFailed(totals(m_tokens=7))
        return {"Attributes": totals(d15_tokens=100)}

    table = Script(answer)
    held = hold(
        asking("/chat", inferenceConfig={"maxTokens": 100}),
        table,
        limits=[DAY, {"scope": "all", "period": "month", "unit": "tokens", "hard": 7}],
    )
    assert held.response.status == 429
    assert held.response.headers["retry-after"] == str(Periods(NOW).next_month - NOW + 1)
    assert sorted(each["tokens"] for each in table.added()) == [-100, 100, 100]
    assert table.requests[-1]["Key"]["pk"]["S"] == "caller anybody"


def test_refused_message_names_neither_caller_nor_table() -> None:
    event = {**asking("/chat"), "requestContext": {"identity": {"apiKeyId": "key-id-7"}}}
    held = hold(event, Script(spent))
    assert b"key-id-7" not in held.response.body
    assert held.reports[0][1]["caller"] == {"kind": "api_key", "id": "key-id-7"}


def test_refused_caller_of_whom_only_the_key_is_known_is_counted_by_its_hash() -> None:
    table = Script(spent)
    event = {**asking("/chat"), "requestContext": {"identity": {"apiKey": "secret-key"}}}
    held = hold(event, table)
    assert table.requests[0]["Key"]["pk"]["S"].startswith("caller sha256 ")
    assert "secret-key" not in json.dumps([table.requests, held.reports])


def test_refused_reset_is_that_of_the_limit_that_lasts_longest() -> None:
    def both(request: dict[str, Any]) -> dict[str, Any]:
        raise ConditionFailed(totals(d15_tokens=1000, m_tokens=5000))

    month = {"scope": "caller", "period": "month", "unit": "tokens", "hard": 5000}
    held = hold(asking("/chat"), Script(both), limits=[DAY, month])
    assert b"month's budget of this caller" in held.response.body


def failing(request: dict[str, Any]) -> dict[str, Any]:
    raise StoreError("UpdateItem: no answer", again=True)


def test_failing_table_lets_requests_through_and_is_counted() -> None:
    held = hold(asking("/chat"), Script(failing))
    assert held.response.status == 200
    assert held.reports[0][0] == "BudgetUnavailable"


def test_failing_table_refuses_requests_where_the_deployment_says_so() -> None:
    held = hold(asking("/chat"), Script(failing), onFailure="closed")
    assert (held.response.status, held.model.asked) == (503, 0)
    assert json.loads(held.response.body)["error"]["code"] == "budget_unavailable"
    assert held.response.headers["retry-after"] == "1"


def test_counting_tokens_and_listing_models_reserves_nothing() -> None:
    table = Script(spent)
    body = json.dumps({**MESSAGES, "model": "model-1"})
    assert hold({"path": "/v1/messages/count_tokens", "body": body}, table).response.status == 200
    assert hold({"path": "/v1/models", "httpMethod": "GET"}, table).response.status == 200
    assert not table.requests


def test_refused_request_has_headers_that_pages_may_read() -> None:
    event = {**asking("/chat"), "headers": {"origin": "https://pages.example"}}
    cors = CorsHeaders("https://pages.example", exposed=EXPOSED)
    answer = stream(headers=cors.headers("https://pages.example"))(handler._answer)
    with mock.patch.object(handler, "_HANDLERS", {None: answer}):
        response = hold(event, Script(spent)).response
    exposed = response.headers["access-control-expose-headers"].split(", ")
    told = {"x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining", "retry-after"}
    assert told <= {*exposed, "x-should-retry"} & {*response.headers}
    assert {*told, "x-should-retry"} <= {*exposed}
