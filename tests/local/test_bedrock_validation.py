"""The stand-in refuses what Bedrock refuses, and says so as Bedrock does, over the wire."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

import pytest

from streaming_api_tools.local.services.bedrock.operations import HTTP_EXCEPTIONS, OPERATIONS
from streaming_api_tools.local.services.bedrock.server import BedrockStandin
from streaming_api_tools.local.services.bedrock.validation.refusals import (
    FRAMEWORK_EXCEPTIONS,
    MODEL_PREFIX,
    refusals,
)
from tests.local.bedrock_refused import BY_THE_SERVICE
from tests.local.bedrock_refused_media import FOR_MEDIA_OR_BY_A_MODEL
from tests.local.bedrock_refused_natively import BY_INVOKE, BY_MESSAGES, EVERYWHERE, refused_responses
from tests.local.bedrock_requests import CACHE, LLAMA, NOVA, SONNET_4_5, Case, text, tool, user
from tests.local.bedrock_taken import TAKEN
from tests.local.serving import PATIENCE
from tests.local.test_bedrock import client
from tests.support.bedrock.shipped import at_once, serving, standin

REFUSED = [*BY_THE_SERVICE, *FOR_MEDIA_OR_BY_A_MODEL]
#: The members of a request that CountTokens has as well.
COUNTED = {"messages", "system", "toolConfig", "additionalModelRequestFields"}
STATUSES = {**HTTP_EXCEPTIONS, **FRAMEWORK_EXCEPTIONS}
SUFFIXES = {operation.name: operation.suffix for operation in OPERATIONS}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Yield the endpoint of a stand-in as users have it."""
    with standin() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def lenient() -> Iterator[str]:
    """Yield the endpoint of a stand-in with ``--bedrock-lenient``."""
    with serving(lambda: BedrockStandin(at_once, lenient=True)) as endpoint:
        yield endpoint


def post(
    url: str, operation: str, model: str, body: object, headers: Mapping[str, str] | None = None
) -> tuple[int, str | None, bytes]:
    """Send a request without a client that would check it, and return status, exception and body."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    path = f"/model/{quote(model, safe='')}/{SUFFIXES[operation]}"
    connection.request("POST", path, data, dict(headers or {}))
    response = connection.getresponse()
    content = response.read()
    connection.close()
    kind = response.headers["x-amzn-ErrorType"]
    return response.status, kind and kind.partition(":")[0], content


def check(case: Case, status: int, exception: str | None, content: bytes, said: str) -> None:
    """Hold a response to the row of the table and to a part of its message."""
    refusal = refusals()[case.refusal]
    assert (status, exception) == (STATUSES[refusal.exception], refusal.exception)
    message = str(json.loads(content)["message"]).removeprefix(MODEL_PREFIX if refusal.model else "")
    assert re.fullmatch(re.sub(r"\\\{.*?\\\}", ".*", re.escape(refusal.text)), message, re.DOTALL)
    assert said.removeprefix(MODEL_PREFIX) in message


@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_bedrock_validation_refused_request_has_the_message_of_bedrock(
    url: str, case: Case, operation: str
) -> None:
    check(case, *post(url, operation, case.model, case.body), case.said)


@pytest.mark.parametrize(
    "case",
    [case for case in REFUSED if case.body.keys() <= COUNTED and "'modelId'" not in case.said],
    ids=str,
)
def test_bedrock_validation_refused_request_is_not_counted(url: str, case: Case) -> None:
    said = case.said
    if case.refusal in ("constraint", "union", "union of several", "document type", "unknown member"):
        # the framework counts paths from the request
        for part in ("messages.", "toolConfig."):
            said = re.sub(rf"(?<![\w.]){part}", f"input.converse.{part}", said)
    check(case, *post(url, "CountTokens", case.model, {"input": {"converse": case.body}}), said)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "profile of counting"),
        ("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc", "profile of counting"),
        ("anthropic.claude-opus-4-8", "model of counting"),
        ("amazon.nova-2-lite-v1:0", "model of counting"),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", None),
        ("arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abcdefghijkl", None),
    ],
)
def test_count_tokens_is_limited_to_the_models_of_bedrock(url: str, model: str, reason: str | None) -> None:
    status, _, content = post(url, "CountTokens", model, {"input": {"converse": {"messages": [user()]}}})
    assert (status, json.loads(content)) == (
        (200, {"inputTokens": 1}) if reason is None else (400, {"message": refusals()[reason].text})
    )


def test_bedrock_validation_each_refusal_has_a_request() -> None:
    natives = [*EVERYWHERE, *BY_INVOKE, *BY_MESSAGES]
    others = {
        "guardrail body",
        "guardrail content type",
        "model of counting",
        "profile of counting",
        "version header",
    }
    responses = {reason for reason, _, _ in refused_responses("us.m")}
    tried = {case.refusal for case in REFUSED} | {native.refusal for native in natives}
    assert tried | others | responses == set(refusals())


def test_bedrock_validation_each_refusal_names_a_public_source() -> None:
    for refusal in refusals().values():
        assert refusal.source.startswith("https://")
        assert refusal.exception in STATUSES
        assert not (refusal.ours and refusal.model)


@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
@pytest.mark.parametrize("case", TAKEN, ids=str)
def test_bedrock_validation_accepted_request_is_answered(url: str, case: Case, operation: str) -> None:
    status, exception, content = post(url, operation, case.model, case.body)
    assert (status, exception) == (200, None), content


@pytest.mark.parametrize(
    ("more", "name", "message"),
    [
        ({}, "ValidationException", "text field in the ContentBlock object at messages.0.content.0 is blank"),
        ({"toolConfig": {"tools": [tool("x" * 65)]}}, "ValidationException", "less than or equal to 64"),
        ({"system": [CACHE]}, "AccessDeniedException", "did not allow prompt caching"),
    ],
)
def test_bedrock_validation_boto3_raises_the_typed_exception(
    url: str, more: dict[str, object], name: str, message: str
) -> None:
    request = {"modelId": LLAMA, "messages": [user(text() if more else text(""))], **more}
    with client(url) as bedrock, pytest.raises(getattr(bedrock.exceptions, name), match=message):
        bedrock.converse_stream(**request)


@pytest.mark.parametrize(
    "case", [case for case in REFUSED if case.refusal not in ("serialization", "first message")], ids=str
)
def test_bedrock_validation_lenient_stand_in_accepts_refused_requests(lenient: str, case: Case) -> None:
    assert post(lenient, "ConverseStream", case.model, case.body)[0] == 200


def test_bedrock_validation_two_messages_of_one_role_are_logged() -> None:
    lines: list[str] = []
    with serving(lambda: BedrockStandin(at_once, log=lines.append)) as url:
        assert post(url, "ConverseStream", NOVA, {"messages": [user(), user()]})[0] == 200
    assert lines == ["bedrock: messages.0 and messages.1 both have the role user, which some models refuse"]


NATIVE = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "hi"}],
}


@pytest.mark.parametrize("operation", ["InvokeModel", "InvokeModelWithResponseStream"])
@pytest.mark.parametrize(
    ("refusal", "headers", "more"),
    [
        ("guardrail pair", {"X-Amzn-Bedrock-GuardrailIdentifier": "abc"}, {}),
        ("guardrail pair", {"X-Amzn-Bedrock-GuardrailVersion": "1"}, {}),
        ("guardrail body", {}, {"amazon-bedrock-guardrailConfig": {"streamProcessingMode": "ASYNCHRONOUS"}}),
        (
            "guardrail content type",
            {
                "X-Amzn-Bedrock-GuardrailIdentifier": "abc",
                "X-Amzn-Bedrock-GuardrailVersion": "1",
                "Content-Type": "text/plain",
            },
            {},
        ),
        (
            "constraint",
            {"X-Amzn-Bedrock-GuardrailIdentifier": "A B", "X-Amzn-Bedrock-GuardrailVersion": "1"},
            {},
        ),
        ("constraint", {"X-Amzn-Bedrock-Trace": "MAYBE"}, {}),
        ("constraint", {"X-Amzn-Bedrock-Service-Tier": "best"}, {}),
    ],
)
def test_bedrock_validation_incomplete_guardrail_and_headers_are_refused(
    url: str, refusal: str, headers: Mapping[str, str], more: Mapping[str, object], operation: str
) -> None:
    status, exception, content = post(url, operation, SONNET_4_5, {**NATIVE, **more}, headers)
    assert (status, exception) == (400, "ValidationException")
    first = "1 validation error detected: " if refusal == "constraint" else refusals()[refusal].text
    assert json.loads(content)["message"].startswith(first.split("{")[0])


def test_bedrock_validation_native_guardrail_with_version_is_accepted(url: str) -> None:
    headers = {"X-Amzn-Bedrock-GuardrailIdentifier": "abc", "X-Amzn-Bedrock-GuardrailVersion": "DRAFT"}
    body = {**NATIVE, "amazon-bedrock-guardrailConfig": {"streamProcessingMode": "ASYNCHRONOUS"}}
    assert post(url, "InvokeModelWithResponseStream", SONNET_4_5, body, headers)[0] == 200


def test_bedrock_validation_native_body_over_25_megabytes_is_refused(url: str) -> None:
    body = json.dumps(NATIVE).encode()
    body += b" " * (25_000_001 - len(body))
    status, exception, content = post(url, "InvokeModel", SONNET_4_5, body)
    assert (status, exception) == (400, "ValidationException")
    assert (
        "at 'body' failed to satisfy constraint: Member must have length less than or equal to 25000000"
        in (json.loads(content)["message"])
    )
    assert post(url, "InvokeModel", SONNET_4_5, body[:-1])[0] == 200
