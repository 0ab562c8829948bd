"""What was decided at deployment, and what a caller may still decide."""

from __future__ import annotations

import json

import pytest
from chat.converse.native_request import native_arguments
from chat.errors import BEDROCK, TRANSPORT
from chat.header_names import EXPOSED
from chat.settings import ChatSettings
from lambda_streaming import HTTPError

MESSAGES = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
ARN = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123"
CLAUDE = "anthropic.claude-sonnet-4-5-20250929-v1:0"
GUARDRAIL = {"guardrailIdentifier": "g", "guardrailVersion": "1", "streamProcessingMode": "async"}


SETTINGS = ChatSettings("model-1")


def settings(**given: object) -> ChatSettings:
    return ChatSettings("model-1", json.dumps(given))


def arguments(settings: ChatSettings, **members: object) -> dict[str, object]:
    return settings.arguments(settings.model(None), {**MESSAGES, **members})


def refused(settings: ChatSettings, **members: object) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        arguments(settings, **members)
    assert caught.value.status == 400
    return caught.value


@pytest.mark.parametrize(
    ("model", "relay", "relayed"),
    [
        (CLAUDE, "invoke", True),
        (CLAUDE, "none", False),
        (
            f"arn:aws:bedrock:us-east-1::foundation-model/{CLAUDE}",
            "invoke",
            False,
        ),
        ("amazon.nova-lite-v1:0", "invoke", False),
    ],
)
def test_chat_settings_relay_is_for_ids_of_anthropic_only(model: str, relay: str, relayed: bool) -> None:
    found = ChatSettings(model, json.dumps({"relay": relay}))
    assert found.relays(found.model(None)) is relayed
    if relay == "invoke":
        assert ChatSettings(model).relays(found.model(None)) is relayed


def test_chat_settings_default_sends_only_members_of_the_caller() -> None:
    assert arguments(ChatSettings("model-1")) == {"modelId": "model-1", **MESSAGES}


def test_chat_settings_caller_chooses_among_allowed_models() -> None:
    several = settings(models=[{"modelId": "a"}, {"modelId": ARN}])
    assert several.model(None).model_id == "a"
    assert several.model("abc123").model_id == ARN
    assert several.model(ARN).name == "abc123"


def test_chat_settings_other_model_is_a_404() -> None:
    with pytest.raises(HTTPError) as caught:
        settings(models=[{"modelId": "a"}]).model("b")
    assert (caught.value.status, caught.value.code, caught.value.param) == (404, "model_not_found", "model")


def test_chat_settings_guardrail_is_sent_with_every_request_to_its_model() -> None:
    guarded = settings(models=[{"modelId": "a", "guardrailConfig": GUARDRAIL}])
    assert arguments(guarded)["guardrailConfig"] == GUARDRAIL


def test_project_is_sent_with_every_request_to_its_model() -> None:
    several = settings(models=[{"modelId": "a", "projectIdentifier": "proj_1"}, {"modelId": "b"}])
    assert arguments(several)["projectIdentifier"] == "proj_1"
    sent = native_arguments(several, several.model(None), {}, {"prompt": "Hi"})
    assert sent["projectIdentifier"] == "proj_1"
    assert "projectIdentifier" not in several.arguments(several.model("b"), MESSAGES)


def test_project_of_a_caller_is_refused_unless_the_deployment_allows_it() -> None:
    given = {"models": [{"modelId": "a", "projectIdentifier": "proj_1"}]}
    error = refused(settings(**given), projectIdentifier="proj_2")
    assert (error.code, error.param) == ("not_allowed", "projectIdentifier")
    with pytest.raises(HTTPError, match="projectIdentifier is decided by this API"):
        native_arguments(SETTINGS, SETTINGS.model(None), {"projectIdentifier": "proj_2"}, {})
    free = settings(callerMaySet=["projectIdentifier"], **given)
    assert arguments(free, projectIdentifier="proj_2")["projectIdentifier"] == "proj_2"


def test_chat_settings_service_tier_and_latency_are_sent() -> None:
    sent = arguments(settings(serviceTier="flex", latency="optimized"))
    assert sent["serviceTier"] == {"type": "flex"}
    assert sent["performanceConfig"] == {"latency": "optimized"}


@pytest.mark.parametrize(
    ("asked", "sent"), [({}, 100), ({"maxTokens": 7}, 7), ({"maxTokens": 1000, "topP": 1}, 100)]
)
def test_chat_settings_max_tokens_is_limit_and_default(asked: dict[str, object], sent: int) -> None:
    config = arguments(settings(maxTokens=100), inferenceConfig=asked)["inferenceConfig"]
    assert config == {**asked, "maxTokens": sent}


@pytest.mark.parametrize("name", ["guardrailConfig", "serviceTier", "performanceConfig"])
def test_chat_settings_costly_member_is_refused_unless_caller_may_set_it(name: str) -> None:
    error = refused(settings(), **{name: {}})
    assert (error.code, error.param) == ("not_allowed", name)
    assert arguments(settings(callerMaySet=[name], serviceTier="flex"), **{name: {"a": 1}})[name] == {"a": 1}


def test_chat_settings_system_prompt_cannot_be_overridden() -> None:
    prompted = settings(system="Be brief")
    assert arguments(prompted)["system"] == [{"text": "Be brief"}]
    assert refused(prompted, system=[{"text": "x"}]).param == "system"
    assert refused(prompted, messages=[{"role": "system", "content": []}]).param == "messages"


def test_chat_settings_allowed_system_prompt_of_caller_follows_the_deployments() -> None:
    sent = arguments(settings(system="one", callerMaySet=["system"]), system=[{"text": "two"}])
    assert sent["system"] == [{"text": "one"}, {"text": "two"}]


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"messages": [{"role": "user", "content": [{"guardContent": {}}]}]}, "messages[0].content"),
        ({"system": [{"guardContent": {}}]}, "system"),
        (
            {"additionalModelRequestFields": {"amazon-bedrock-guardrailConfig": {"tagSuffix": "x"}}},
            "additionalModelRequestFields.amazon-bedrock-guardrailConfig",
        ),
    ],
)
def test_chat_settings_guarded_content_of_caller_is_refused(members: dict[str, object], param: str) -> None:
    guarded = [{"modelId": "a", "guardrailConfig": GUARDRAIL}]
    assert refused(settings(models=guarded), **members).param == param
    free = settings(models=guarded, callerMaySet=["guardrailConfig"])
    assert arguments(free, **members)["guardrailConfig"] == GUARDRAIL


def test_chat_settings_guardrail_trace_of_caller_keeps_the_guardrail() -> None:
    free = settings(models=[{"modelId": "a", "guardrailConfig": GUARDRAIL}], callerMaySet=["guardrailConfig"])
    sent = arguments(free, guardrailConfig={"trace": "enabled"})["guardrailConfig"]
    assert sent == {**GUARDRAIL, "trace": "enabled"}


@pytest.mark.parametrize(
    ("extra", "name"),
    [
        ({"max_tokens": 101}, "max_tokens"),
        ({"inferenceConfig": {"maxTokens": 101}}, "inferenceConfig"),
        ({"n": 2}, "n"),
    ],
)
def test_chat_settings_max_tokens_holds_in_additional_fields(extra: object, name: str) -> None:
    error = refused(settings(maxTokens=100), additionalModelRequestFields=extra)
    assert error.param == f"additionalModelRequestFields.{name}"


def test_chat_settings_system_prompt_in_additional_fields_is_refused() -> None:
    error = refused(settings(system="Be brief"), additionalModelRequestFields={"system": "x"})
    assert error.param == "additionalModelRequestFields.system"


def test_chat_settings_guardrail_config_in_native_body_is_refused() -> None:
    with pytest.raises(HTTPError) as caught:
        native_arguments(SETTINGS, SETTINGS.model(None), {}, {"amazon-bedrock-guardrailConfig": {}})
    assert (caught.value.status, caught.value.code) == (400, "not_allowed")


def test_chat_settings_native_request_has_guardrail_tier_and_latency() -> None:
    guarded = settings(
        models=[{"modelId": "a", "guardrailConfig": GUARDRAIL}], serviceTier="flex", latency="optimized"
    )
    sent = native_arguments(guarded, guarded.model(None), {}, {"prompt": "Hi"})
    assert json.loads(sent.pop("body")) == {
        "prompt": "Hi",
        "amazon-bedrock-guardrailConfig": {"streamProcessingMode": "ASYNCHRONOUS"},
    }
    assert sent == {
        "modelId": "a",
        "contentType": "application/json",
        "guardrailIdentifier": "g",
        "guardrailVersion": "1",
        "serviceTier": "flex",
        "performanceConfigLatency": "optimized",
    }


def test_chat_settings_system_prompt_refuses_native_requests() -> None:
    prompted = settings(system="x")
    with pytest.raises(HTTPError):
        native_arguments(prompted, prompted.model(None), {}, {})


def test_chat_cors_exposes_every_header_used_for_retries() -> None:
    sent = {name for fault in (*BEDROCK.values(), *TRANSPORT.values()) for name in fault.headers}
    assert sent | {
        "request-id",
        "x-request-id",
        "x-streaming-api-estimated",
        "x-stream-id",
        "x-streaming-api-ignored",
        "x-ratelimit-remaining-tokens",
        "anthropic-ratelimit-tokens-remaining",
    } == set(EXPOSED.split(", "))
