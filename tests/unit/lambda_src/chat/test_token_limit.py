"""The deployment's token limit in native requests, family by family."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from chat.converse.native_request import native_arguments
from chat.limits.families import FAMILIES, Family, family_of
from chat.settings import ChatSettings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lambda_streaming import HTTPError

from streaming_api_tools.local.services.bedrock.families import FAMILIES as STAND_IN
from tests.unit.lambda_src.chat.handling import handle

LIMIT = 256
#: Every member that any family has for the limit.
SPELLINGS = sorted({path for family in FAMILIES.values() for path in (family.limit, *family.aliases)})


def settings(model_id: str, **more: object) -> ChatSettings:
    return ChatSettings(model_id, json.dumps({"maxTokens": LIMIT, **more}))


def sent(model_id: str, body: dict[str, object]) -> dict[str, object]:
    """Return the native body that Bedrock gets."""
    limited = settings(model_id)
    arguments = native_arguments(limited, limited.model(None), {}, body)
    found: dict[str, object] = json.loads(arguments["body"])
    return found


def at(body: object, path: tuple[str, ...]) -> object:
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def body_with(path: tuple[str, ...], value: object) -> dict[str, object]:
    body: object = value
    for name in reversed(path):
        body = {name: body}
    assert isinstance(body, dict)
    return body


def model_of(begin: str) -> str:
    return f"us.{begin}model-v1:0" if begin.endswith(".") else f"us.{begin}.model-v1:0"


@pytest.mark.parametrize("begin", FAMILIES)
@pytest.mark.parametrize(
    ("asked", "tokens"), [(1, 1), (255, 255), (256, 256), (257, 256), (10**9, 256), (0, 1), (-1, 1)]
)
def test_native_request_limit_is_written_to_the_field_of_the_family(
    begin: str, asked: int, tokens: int
) -> None:
    family = FAMILIES[begin]
    assert at(sent(model_of(begin), body_with(family.limit, asked)), family.limit) == tokens


@pytest.mark.parametrize("begin", FAMILIES)
@pytest.mark.parametrize("path", SPELLINGS, ids=".".join)
def test_native_request_limit_in_field_of_other_family_is_ignored(begin: str, path: tuple[str, ...]) -> None:
    """``{"prompt": "x", "maxTokens": 1}`` passed a limit of 256 where the model's own field is another."""
    family = FAMILIES[begin]
    body = sent(model_of(begin), {"prompt": "x", **body_with(path, 1)})
    own = path in (family.limit, *family.aliases)
    assert at(body, family.limit) == (1 if own else LIMIT)
    assert all(at(body, alias) is None for alias in family.aliases)


@pytest.mark.parametrize("begin", FAMILIES)
@pytest.mark.parametrize("asked", ["5", True, 1.5, [5], {"a": 5}])
def test_native_request_limit_that_is_no_integer_gets_a_400(begin: str, asked: object) -> None:
    family = FAMILIES[begin]
    with pytest.raises(HTTPError) as caught:
        sent(model_of(begin), body_with(family.limit, asked))
    assert (caught.value.status, caught.value.param) == (400, ".".join(family.limit))


@pytest.mark.parametrize("begin", [begin for begin, family in FAMILIES.items() if family.answers])
def test_native_request_for_several_answers_gets_a_400(begin: str) -> None:
    name = FAMILIES[begin].answers
    assert name is not None
    assert sent(model_of(begin), {name: 1})[name] == 1
    for several in (2, 0, "2"):
        with pytest.raises(HTTPError) as caught:
            sent(model_of(begin), {name: several})
        assert caught.value.param == name


@pytest.mark.parametrize(
    "model_id",
    [
        "model-1",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
        "arn:aws:bedrock:us-east-1:123456789012:imported-model/anthropic.x",
        "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/meta.x",
        "amazon.titan-embed-text-v2:0",
        "us.example.anthropic.claude",
    ],
)
def test_native_request_to_unknown_family_is_refused_where_there_is_a_limit(model_id: str) -> None:
    for body in ({}, {"prompt": "x", "max_tokens": 1}):
        with pytest.raises(HTTPError) as caught:
            sent(model_id, body)
        assert (caught.value.status, caught.value.code) == (400, "not_allowed")
    free = ChatSettings(model_id)
    arguments = native_arguments(free, free.model(None), {}, {"prompt": "x"})
    assert arguments["body"] == b'{"prompt": "x"}'


@pytest.mark.parametrize(
    ("model_id", "begin"),
    [
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic."),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic."),
        ("global.amazon.nova-2-lite-v1:0", "amazon.nova"),
        ("arn:aws:bedrock:us-east-1::foundation-model/meta.llama4-scout-17b-instruct-v1:0", "meta."),
        (
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.mistral.pixtral-large-2502-v1:0",
            "mistral.",
        ),
        ("amazon.titan-text-express-v1", "amazon.titan-t"),
        ("openai.gpt-oss-120b-1:0", "openai."),
    ],
)
def test_family_of_model_id_goes_by_its_provider(model_id: str, begin: str) -> None:
    assert family_of(model_id) is FAMILIES[begin]


def test_family_of_every_stand_in_model_is_known() -> None:
    for played in STAND_IN:
        for begin in played.models:
            family = family_of(model_of(begin))
            assert family is not None, begin
            assert played.limit in (family.limit, *family.aliases)


NAMES = st.sampled_from(sorted({name for path in SPELLINGS for name in path} | {"n", "prompt", "a"}))
BODIES = st.dictionaries(
    NAMES,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.dictionaries(NAMES, inner, max_size=3) | st.lists(inner, max_size=2),
        max_leaves=6,
    ),
    max_size=5,
)


@hypothesis_settings(max_examples=600, deadline=None)
@given(body=BODIES)
def test_native_request_of_any_kind_is_limited_or_refused(body: dict[str, object]) -> None:
    for begin, family in FAMILIES.items():
        with suppress(HTTPError):
            found = sent(model_of(begin), body)
            tokens = at(found, family.limit)
            assert isinstance(tokens, int)
            assert 1 <= tokens <= LIMIT
            assert all(at(found, alias) is None for alias in family.aliases)


def _fields(family: Family) -> list[tuple[str, ...]]:
    return [family.limit, *family.aliases]


@pytest.mark.parametrize("begin", FAMILIES)
def test_token_limit_applies_to_additional_fields_of_the_caller(begin: str) -> None:
    model_id = model_of(begin)
    limited = settings(model_id, callerMaySend=["*"])
    for path in _fields(FAMILIES[begin]):
        members = {"additionalModelRequestFields": body_with(path, 10**6)}
        arguments = limited.arguments(limited.model(None), members)
        assert at(arguments["additionalModelRequestFields"], path) == LIMIT
        assert arguments["inferenceConfig"] == {"maxTokens": LIMIT}


def test_token_limit_closes_additional_fields_of_unknown_family() -> None:
    limited = settings("model-1", callerMaySend=["*"])
    with pytest.raises(HTTPError) as caught:
        limited.arguments(limited.model(None), {"additionalModelRequestFields": {"max_length": 10**6}})
    assert caught.value.param == "additionalModelRequestFields.max_length"


def test_native_route_unlimited_model_of_unknown_family_is_a_200() -> None:
    body = json.dumps({"prompt": "Hi"})
    answer = handle({"path": "/model/model-1/invoke-with-response-stream", "body": body})
    assert answer.status == 200
