"""What is counted in place of what was reserved."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from chat.bedrock.exceptions import BedrockError
from chat.budget.amounts import spent
from chat.errors import UpstreamError
from chat.usage.counts import Usage
from lambda_streaming_aws.exceptions import ReadTimeout
from lambda_streaming_store.errors import ConditionFailed, StoreError

from tests.unit.lambda_src.chat.budget.held import DAY, Script, Told, hold, totals
from tests.unit.lambda_src.chat.streams import TEXT

USED = next(event["metadata"]["usage"] for event in TEXT if "metadata" in event)
TOKENS = sum(
    USED.get(name, 0)
    for name in ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")
)
THROTTLED = BedrockError(
    {
        "Error": {"Code": "ThrottlingException", "Message": "slow down"},
        "ResponseMetadata": {"HTTPStatusCode": 429, "HTTPHeaders": {}},
    }
)


def asking(tokens: int = 500, **members: object) -> dict[str, Any]:
    body = {"prompt": "Hi", "inferenceConfig": {"maxTokens": tokens}, **members}
    return {"path": "/chat", "body": json.dumps(body)}


def good(request: dict[str, Any]) -> dict[str, Any]:
    return {"Attributes": totals(d15_tokens=600, m_tokens=600)}


def test_settled_whole_answer_counts_what_bedrock_told() -> None:
    table = Script(good)
    held = hold(asking(), table)
    assert held.response.status == 200
    assert table.added() == [{"tokens": 500}, {"tokens": TOKENS - 500}]
    assert "ConditionExpression" not in table.requests[1]
    assert held.response.headers["x-ratelimit-remaining-tokens"] == "400"
    assert held.response.headers["anthropic-ratelimit-tokens-remaining"] == "400"
    assert held.reports == []


@pytest.mark.parametrize("stream", [True, False])
def test_settled_headers_are_there_for_whole_and_streamed_answers(stream: bool) -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}], "stream": stream}
    held = hold({"path": "/v1/chat/completions", "body": json.dumps(body)}, Script(good))
    assert held.response.headers["x-ratelimit-remaining-tokens"] == "400"


def test_settled_refused_call_counts_nothing() -> None:
    table = Script(good)
    held = hold(asking(), table, model=Told(TEXT, THROTTLED))
    assert held.response.status == 429
    assert table.added() == [{"tokens": 500}, {"tokens": -500}]


def test_settled_model_that_has_not_begun_counts_as_reserved() -> None:
    table = Script(good)
    held = hold(asking(), table, model=Told(TEXT, ReadTimeout("no answer in 300 s")))
    assert held.response.status == 504
    assert table.added() == [{"tokens": 500}]


def test_settled_cut_answer_counts_its_pieces_and_its_request() -> None:
    cut = [event for event in TEXT if "metadata" not in event and "messageStop" not in event]
    table = Script(good)
    with pytest.raises(UpstreamError):
        hold(asking(), table, model=Told(cut))
    pieces = sum("contentBlockDelta" in event for event in cut)
    counted = 500 + table.added()[1]["tokens"]
    assert pieces < counted < pieces + 100


class Asked(Told):
    """A model that tells when it is asked."""

    def __init__(self) -> None:
        super().__init__(TEXT)
        self.event = threading.Event()

    def converse_stream(self, **request: object) -> dict[str, Any]:
        response = super().converse_stream(**request)
        self.event.set()
        return response


@pytest.mark.parametrize(
    ("late", "counted"), [("good", TOKENS - 500), ("refused", TOKENS), ("fails", TOKENS)]
)
def test_settled_reservation_that_answers_after_the_call_counts_once(
    late: str, counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.budget.ledger.PATIENCE", 0.01)
    model = Asked()

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if "ConditionExpression" in request:
            assert model.event.wait(60), "the call waits no longer than it should"
            if late == "refused":
                raise ConditionFailed(totals(d15_tokens=1000))
            if late == "fails":
                raise StoreError("UpdateItem: no answer", again=True)
        return good(request)

    table = Script(answer)
    held = hold(asking(), table, model=model)
    assert held.response.status == 200
    assert table.added() == [{"tokens": 500}, {"tokens": counted}]
    assert [kind for kind, _ in held.reports] == ["BudgetUnavailable"]


def test_settled_failure_is_reported_and_no_reason_to_fail() -> None:
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if "ConditionExpression" in request:
            return good(request)
        raise StoreError("UpdateItem: AccessDeniedException", again=False)

    held = hold(asking(), Script(answer))
    assert held.response.status == 200
    assert [kind for kind, _ in held.reports] == ["BudgetUnsettled"]


def test_settled_throttled_write_is_made_once_more() -> None:
    failures = [StoreError("UpdateItem: ThrottlingException", again=True)]

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if "ConditionExpression" not in request and failures:
            raise failures.pop()
        return good(request)

    table = Script(answer)
    assert hold(asking(), table).reports == []
    assert [each["tokens"] for each in table.added()] == [500, TOKENS - 500, TOKENS - 500]


def test_settled_write_without_an_answer_is_not_made_twice() -> None:
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if "ConditionExpression" in request:
            return good(request)
        raise StoreError("UpdateItem: no answer", again=True) from TimeoutError()

    table = Script(answer)
    assert [kind for kind, _ in hold(asking(), table).reports] == ["BudgetUnsettled"]
    assert len(table.requests) == 2


@pytest.mark.parametrize(("total", "kinds"), [(579, []), (580, ["BudgetWarnings"])])
def test_settled_soft_limit_warns_of_requests_that_begin_beyond_it(total: int, kinds: list[str]) -> None:
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        return {"Attributes": totals(d15_tokens=total)}

    held = hold(asking(500), Script(answer), limits=[{**DAY, "soft": 80}])
    assert held.response.status == 200
    assert [kind for kind, _ in held.reports] == kinds


def test_settled_usd_are_counted_in_billionths() -> None:
    table = Script(lambda request: {"Attributes": totals(d15_usd=1)})
    limits = [{"scope": "caller", "period": "day", "unit": "usd", "hard": 1.5}]
    price = {"default": [0.3, 2.5, 0.1, 0.4]}
    held = hold(asking(), table, limits=limits, price=price)
    cached = USED.get("cacheReadInputTokens", 0) * 0.1 + USED.get("cacheWriteInputTokens", 0) * 0.4
    counted = round((USED["inputTokens"] * 0.3 + USED["outputTokens"] * 2.5 + cached) * 1000)
    assert table.added() == [{"usd": 1_250_000}, {"usd": counted - 1_250_000}]
    assert table.requests[0]["ExpressionAttributeValues"][":l0"] == {"N": "1500000000"}
    assert "x-ratelimit-remaining-tokens" not in held.response.headers


def test_settled_limits_of_a_key_take_the_place_of_those_of_every_caller() -> None:
    table = Script(good)
    own = json.dumps([{"period": "month", "unit": "tokens", "hard": 650}])
    event = {
        **asking(),
        "requestContext": {"authorizer": {"principalId": "alice", "streaming_api_budget": own}},
    }
    held = hold(event, table, limits=[DAY, {**DAY, "scope": "all"}])
    names = [request["ExpressionAttributeNames"]["#a0"] for request in table.requests[:2]]
    assert sorted(names) == ["d15_tokens", "m_tokens"]
    assert held.response.headers["x-ratelimit-remaining-tokens"] == "50"
    assert {each["Key"]["pk"]["S"] for each in table.requests} == {"caller authorizer alice", "all"}


def test_settled_tokens_without_a_price_count_as_the_dearest_that_have_one() -> None:
    price = {"default": [0.3, 2.5]}
    assert spent(Usage({"input_tokens": 10, "cache_read_tokens": 4}), price, "default")["usd"] == 35_000
    assert spent(Usage({"input_tokens": 10}), price, "flex")["usd"] == 25_000
    assert spent(Usage({"input_tokens": 10}), price, "default")["usd"] == 3_000
    assert "usd" not in spent(Usage({"input_tokens": 10}), None, "default")
