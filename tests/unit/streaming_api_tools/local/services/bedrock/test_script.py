"""The stand-in's grammar, its tables, and how it paces."""

from __future__ import annotations

import asyncio

import botocore.session
import pytest

from streaming_api_tools.local.services.bedrock.converse import ScriptedModel
from streaming_api_tools.local.services.bedrock.directives import SETTINGS, STOP_REASONS, default_script
from streaming_api_tools.local.services.bedrock.operations import (
    HTTP_EXCEPTIONS,
    OPERATIONS,
    STREAM_EXCEPTIONS,
    BedrockOperation,
)
from streaming_api_tools.local.services.bedrock.script import BREAKS, Fault, Prompt, Reply

SERVICE = botocore.session.get_session().get_service_model("bedrock-runtime")


def reply(text: str, max_tokens: int | None = None) -> Reply:
    return default_script(Prompt("m", text, 1, max_tokens))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_bedrock_operation_exceptions_equal_the_service_model(operation: BedrockOperation) -> None:
    modelled = SERVICE.operation_model(operation.name)
    assert modelled.http["requestUri"] == f"/model/{{modelId}}/{operation.suffix}"
    assert {error.name: error.metadata["error"]["httpStatusCode"] for error in modelled.error_shapes} == {
        name: HTTP_EXCEPTIONS[name] for name in operation.exceptions
    }
    stream = modelled.get_event_stream_output()
    members = stream.members if stream else {}
    assert {name for name in members if name.endswith("Exception")} == operation.stream_exceptions


def test_bedrock_operation_tables_have_only_modelled_exceptions() -> None:
    assert {name for operation in OPERATIONS for name in operation.exceptions} == HTTP_EXCEPTIONS.keys()
    assert {
        name for operation in OPERATIONS for name in operation.stream_exceptions
    } == STREAM_EXCEPTIONS.keys()
    assert set(STREAM_EXCEPTIONS.values()) <= HTTP_EXCEPTIONS.keys()
    assert set(SERVICE.shape_for("StopReason").enum) == STOP_REASONS


@pytest.mark.parametrize("name", [*HTTP_EXCEPTIONS, *STREAM_EXCEPTIONS, *BREAKS])
def test_bedrock_script_every_fault_is_read_anywhere_in_the_prompt(name: str) -> None:
    assert reply(f"before [[{name}]] after").fault == Fault(name)
    assert reply(f"[[{name}@12]]").fault == Fault(name, 12)


def test_bedrock_script_settings_shape_the_reply_and_are_not_repeated() -> None:
    settings = {"say": "a b", "tokens": "3", "stop": "tool_use", "pace": "5,6", "slow-first-token": "100"}
    assert settings.keys() <= SETTINGS.keys()
    asked = "".join(f"[[{name}={value}]]" for name, value in settings.items())
    assert reply(asked) == Reply(("a ", "b", "a "), "tool_use", None, (5, 6), 100)
    assert "You asked: hi It" in "".join(reply("hi [[pace=1]]").tokens)


def test_bedrock_script_max_tokens_cuts_the_reply() -> None:
    cut = reply("[[say=a b c]] [[stop=tool_use]]", max_tokens=2)
    assert (cut.tokens, cut.stop_reason) == (("a ", "b "), "max_tokens")


@pytest.mark.parametrize(
    ("asked", "pauses"),
    [
        ("", [None, None, None]),
        ("[[pace=7]]", [7, 7, 7]),
        ("[[pace=7,8]]", [7, 8, 8]),
        ("[[slow-first-token=2000]]", [2000, None, None]),
        ("[[slow-first-token=2000]][[pace=7,8]]", [2000, 8, 8]),
    ],
)
def test_bedrock_script_pause_is_of_the_prompt_or_of_the_stand_in(
    asked: str, pauses: list[int | None]
) -> None:
    assert [reply(asked).pause(index) for index in range(3)] == pauses


def test_bedrock_script_model_waits_before_each_token() -> None:
    waited: list[tuple[str, float]] = []

    async def pace(index: int) -> None:
        waited.append(("pace", index))

    async def sleep(seconds: float) -> None:
        waited.append(("sleep", seconds))

    async def main() -> list[str]:
        model = ScriptedModel(pace, lambda _: Reply(("a", "b", "c"), first_pause=1500), sleep)
        return [name async for name, _ in model.answer(Prompt("m", "hi", 1, None))]

    names = asyncio.run(main())
    assert names.count("contentBlockDelta") == 3
    assert waited == [("sleep", 1.5), ("pace", 1), ("pace", 2)]


@pytest.mark.parametrize(
    "asked",
    [
        "[[nonsense]]",
        "[[say@2]]",
        "[[cut=2]]",
        "[[pace=]]",
        "[[stop=]]",
        "[[tokens=-1]]",
        "[[tokens=1000001]]",
    ],
)
def test_bedrock_script_unknown_setting_is_refused(asked: str) -> None:
    with pytest.raises(ValueError, match=r"\[\["):
        reply(asked)
