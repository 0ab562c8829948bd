"""The official clients, unmodified but for the URL: what they read of each answer, and how often they ask."""

from __future__ import annotations

import pytest

from tests.clients.bedrock import Bedrock
from tests.clients.conftest import Outcomes

OPENAI = [(f"openai-{major}", "openai_chat.py") for major in (1, 2, 3)] + [("openai-js", "openai_chat.mjs")]
ANTHROPIC = [(f"anthropic-{major}", "anthropic_messages.py") for major in (0, 1, 2)] + [
    ("anthropic-js", "anthropic_messages.mjs")
]
UI = [("ai-sdk", "ai_ui.mjs")]
RETRYING = [*OPENAI, *ANTHROPIC]
CLIENTS = [*RETRYING, *UI]
TEXT = "Hello wörld \U0001f642"
#: Our own client asks Bedrock this often before it gives up, if it is worth another attempt.
OURS = 3
#: How often an official client asks, when it is told that it is worth another attempt.
THEIRS = 3


def each(clients: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("outcomes", clients, indirect=True, ids=[name for name, _ in clients])


def found(outcomes: Outcomes, prompt: str) -> dict[str, dict[str, object]]:
    """Return the outcomes of a prompt by mode, ``stream`` or ``whole``."""
    matching = {name: outcome for name, outcome in outcomes.items() if name.split()[0] == prompt}
    assert matching
    return {name.split()[2]: outcome for name, outcome in matching.items()}


@each(OPENAI)
def test_openais_clients_read_text_and_usage(outcomes: Outcomes) -> None:
    expected = {"text": TEXT, "reasoning": None, "tools": [], "finish": "stop", "usage": [8, 2]}
    assert found(outcomes, "text") == {"stream": expected, "whole": expected}


@each(OPENAI)
def test_openais_clients_read_reasoning_and_tool_calls(outcomes: Outcomes) -> None:
    expected = {
        "text": "Let me see",
        "reasoning": "hm",
        "tools": [["weather", '{"city":"Bonn"}']],
        "finish": "tool_calls",
        "usage": [8, 2],
    }
    assert found(outcomes, "tools") == {"stream": expected, "whole": expected}


def _squeezed(outcomes: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Return outcomes with the tools' input as every language writes it."""
    for outcome in outcomes.values():
        outcome["tools"] = [[name, text.replace(" ", "")] for name, text in outcome["tools"]]  # type: ignore[attr-defined]
    return outcomes


@each(ANTHROPIC)
def test_anthropics_clients_read_text_and_usage_with_the_cache(outcomes: Outcomes) -> None:
    expected = {"text": TEXT, "reasoning": None, "tools": [], "finish": "end_turn", "usage": [3, 2, 4]}
    assert found(outcomes, "text") == {"stream": expected, "whole": expected}


@each(ANTHROPIC)
def test_anthropics_clients_read_thinking_and_tool_uses(outcomes: Outcomes) -> None:
    expected = {
        "text": "Let me see",
        "reasoning": "hm",
        "tools": [["weather", '{"city":"Bonn"}']],
        "finish": "tool_use",
        "usage": [3, 2, 4],
    }
    assert _squeezed(found(outcomes, "tools")) == {"stream": expected, "whole": expected}


@each(UI)
def test_the_ai_sdk_reads_text_reasoning_tools_and_usage(outcomes: Outcomes) -> None:
    text = {"text": TEXT, "reasoning": None, "tools": [], "finish": "stop", "usage": [3, 2]}
    tools = {
        "text": "Let me see",
        "reasoning": "hm",
        "tools": [["weather", '{"city":"Bonn"}']],
        "finish": "tool-calls",
        "usage": [3, 2],
    }
    assert found(outcomes, "text") == {"stream": text}
    assert found(outcomes, "tools") == {"stream": tools}


REFUSALS = {
    # what Bedrock refuses with: status, status for Anthropic's clients, whether Bedrock is asked again by us,
    # whether the official clients ask again
    "ValidationException": (400, 400, False, False),
    "AccessDeniedException": (403, 403, False, False),
    "ResourceNotFoundException": (404, 404, False, False),
    "ThrottlingException": (429, 429, True, True),
    "ServiceUnavailableException": (503, 529, True, True),
}


@pytest.mark.parametrize("refusal", REFUSALS)
@each(RETRYING)
def test_a_refusal_has_its_status_and_is_tried_again_only_where_it_helps(
    outcomes: Outcomes, refusal: str, model: Bedrock
) -> None:
    status, anthropics, we_retry, they_retry = REFUSALS[refusal]
    for name, outcome in outcomes.items():
        if not name.startswith(f"[[{refusal}]]"):
            continue
        assert outcome["status"] == (anthropics if "anthropic" in name else status)
        assert "arn:" not in str(outcome["message"])
        assert outcome["request_id"]
        assert model.asked[name] == (OURS if we_retry else 1) * (THEIRS if they_retry else 1)


@pytest.mark.parametrize("refusal", REFUSALS)
@each(UI)
def test_the_ai_sdk_throws_what_a_refusal_says(outcomes: Outcomes, refusal: str) -> None:
    outcome = found(outcomes, f"[[{refusal}]]")["stream"]
    assert '"type":"error"' in str(outcome["message"]).replace(" ", "")
    assert "arn:" not in str(outcome["message"])


@pytest.mark.parametrize("fault", ["throttlingException", "cut", "silent-end"])
@each(CLIENTS)
def test_a_stream_that_breaks_is_an_error_for_every_client(
    outcomes: Outcomes, fault: str, model: Bedrock
) -> None:
    outcome = found(outcomes, f"[[{fault}@2]]")["stream"]
    assert "error" in outcome, outcome
    assert "arn:" not in str(outcome["message"])
    # once the stream has begun, nobody asks again
    (name,) = [name for name in outcomes if name.startswith(f"[[{fault}@2]]") and name.endswith("stream")]
    assert model.asked[name] == 1


@pytest.mark.parametrize("fault", ["throttlingException", "cut", "silent-end"])
@each(RETRYING)
def test_an_answer_that_is_wanted_whole_fails_with_a_status(outcomes: Outcomes, fault: str) -> None:
    status = {"throttlingException": 429}.get(fault, 502)
    assert found(outcomes, f"[[{fault}@2]]")["whole"]["status"] == status
