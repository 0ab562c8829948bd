"""The tokens of a request, from Bedrock where it counts and else as an estimate that is named."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from chat.converse.model_call import ChatRequest, ResponseMetadata
from chat.formats.token_count import estimate
from chat.routes import find
from chat.settings import ChatSettings
from lambda_streaming import HTTPError, Response

from tests.unit.lambda_src.chat.claude.asking import HI, SONNET_4_5, SONNET_5, TOOL, Refusal

ESTIMATED = "x-streaming-api-estimated"
NOVA = "us.amazon.nova-2-lite-v1:0"
PLAIN = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1, "messages": HI}
PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 10**6}}


class Counter:
    """A Bedrock that counts seven tokens, or refuses to.

    :param refusal: what it raises. Default: - nothing
    """

    def __init__(self, refusal: Exception | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self._refusal = refusal

    def count_tokens(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the number of tokens."""
        self.asked.append(request)
        if self._refusal:
            raise self._refusal
        return {"inputTokens": 7}


def count(path: str, model: str, body: Mapping[str, object], client: Counter, **settings: object) -> Response:
    """Return the response to a request."""
    request = ChatRequest({"path": path, "body": json.dumps(body)}, ChatSettings(model, json.dumps(settings)))
    asked: Any = find(path).read(request)

    def events() -> Iterator[Any]:
        yield from asked.ask(client, request.settings.model(asked.model))["body"]

    response: Response = asked.respond(asked.check(events(), None), ResponseMetadata("r-1", "m", 7))
    return response


def counted(model: str = SONNET_4_5, client: Counter | None = None, **body: object) -> Response:
    """Return the response to a request of Anthropic's API."""
    return count("/v1/messages/count_tokens", model, {"messages": HI, **body}, client or Counter())


def test_count_tokens_is_bedrocks_number_for_the_model_behind_the_profile() -> None:
    client = Counter()
    response = counted(client=client, model=SONNET_4_5, tools=[TOOL], metadata={"user_id": "{}"})
    assert (response.body, ESTIMATED in response.headers) == ({"input_tokens": 7}, False)
    (asked,) = client.asked
    assert asked["modelId"] == "anthropic.claude-sonnet-4-5-20250929-v1:0"
    sent = json.loads(asked["input"]["invokeModel"]["body"])
    assert {**PLAIN, "tools": [TOOL]}.items() <= sent.items()


def test_count_tokens_limit_is_above_the_thinking_budget() -> None:
    client = Counter()
    counted(client=client, thinking={"type": "enabled", "budget_tokens": 2048})
    assert json.loads(client.asked[0]["input"]["invokeModel"]["body"])["max_tokens"] == 2049


def test_count_tokens_counts_the_system_prompt_of_the_deployment() -> None:
    client = Counter()
    count("/v1/messages/count_tokens", SONNET_4_5, {"messages": HI}, client, system="Be brief")
    sent = json.loads(client.asked[0]["input"]["invokeModel"]["body"])
    assert sent["system"] == [{"type": "text", "text": "Be brief"}]
    body = {"messages": HI, "system": "x"}
    for model in (SONNET_4_5, NOVA):
        with pytest.raises(HTTPError, match="system is decided by this API"):
            count("/v1/messages/count_tokens", model, body, client, system="Be brief")


@pytest.mark.parametrize(
    ("model", "refusal"),
    [
        (SONNET_5, None),
        (NOVA, None),
        ("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0", None),
        (SONNET_4_5, Refusal("The provided model doesn't support counting tokens")),
        (SONNET_4_5, Refusal("not authorized to perform bedrock:CountTokens", "AccessDeniedException")),
    ],
)
def test_count_tokens_of_another_model_is_an_estimate_that_a_header_names(
    model: str, refusal: Exception | None
) -> None:
    response = counted(model, Counter(refusal))
    assert response.headers == {ESTIMATED: "input_tokens"}
    assert isinstance(response.body, dict)
    assert 1 <= response.body["input_tokens"] < 50


@pytest.mark.parametrize("refusal", [Refusal("x: Field required"), Refusal("slow", "ThrottlingException")])
def test_count_tokens_other_refusal_is_an_error(refusal: Exception) -> None:
    with pytest.raises(HTTPError) as caught:
        counted(client=Counter(refusal))
    assert caught.value.status in (400, 429)


@pytest.mark.parametrize("model", [SONNET_4_5, NOVA])
def test_count_tokens_invalid_request_is_a_400_and_nothing_is_asked(model: str) -> None:
    client = Counter()
    bodies: list[dict[str, object]] = [
        {"messages": []},
        {"messages": [{"role": "user", "content": [{"type": "x"}]}]},
    ]
    for body in bodies:
        with pytest.raises(HTTPError) as caught:
            count("/v1/messages/count_tokens", model, body, client)
        assert caught.value.status == 400
    assert client.asked == []


def test_count_tokens_estimate_grows_with_text_and_not_with_the_bytes_of_pictures() -> None:
    said = estimate({"messages": [{"role": "user", "content": "word " * 700}]})
    assert 900 < said < 1100
    assert 1600 <= estimate({"content": [PNG]}) < 1700
    assert estimate({}) == 1
    assert estimate({"content": [{**PNG, "type": "document"}]}) > 10_000


@pytest.mark.parametrize(
    ("more", "tokens"),
    [
        ({"source": {"data": "x" * 20_000}}, 1000),
        ({"context": "x" * (3500 - len("context"))}, 1000),
        ({"context": True, "x": ["y" * (3500 - len("contextxtrue"))]}, 1000),
    ],
    ids=["20 bytes of a document", "3.5 bytes of text", "names and values"],
)
def test_count_tokens_estimate_takes_a_token_for_so_many_bytes(more: dict[str, object], tokens: int) -> None:
    document = {"type": "document", "source": {"data": ""}}
    more = {**document, **more}
    assert estimate({"content": [more]}) - estimate({"content": [document]}) == tokens


BEDROCK = f"/model/{SONNET_4_5}/count-tokens"


def test_bedrocks_count_tokens_takes_both_kinds_of_input() -> None:
    client = Counter()
    converse = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
    raw = b'{"max_tokens": 1}'
    for given in ({"converse": converse}, {"invokeModel": {"body": b64encode(raw).decode()}}):
        response = count(BEDROCK, SONNET_4_5, {"input": given}, client)
        assert response.body == {"inputTokens": 7}
    assert [each["input"] for each in client.asked] == [
        {"converse": converse},
        {"invokeModel": {"body": raw}},
    ]
    later = count(f"/model/{SONNET_5}/count-tokens", SONNET_5, {"input": {"converse": converse}}, client)
    assert later.headers == {ESTIMATED: "inputTokens"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"input": {}},
        {"input": {"converse": {}, "invokeModel": {}}},
        {"input": {"invokeModel": {"body": "?"}}},
        {"input": {"invokeModel": {"body": b64encode(b"no JSON").decode()}}},
        {"input": {"invokeModel": {"body": b64encode(b'{"s3Location": {}}').decode()}}},
    ],
)
def test_bedrocks_count_tokens_invalid_input_is_a_400(given: dict[str, object]) -> None:
    with pytest.raises(HTTPError) as caught:
        count(BEDROCK, SONNET_4_5, given, Counter())
    assert caught.value.status == 400
