"""The official clients, unmodified but for the URL: what they read of each answer, and how often they ask."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from node import node_binary

from tests.clients.conftest import Outcome, Outcomes
from tests.clients.faults import THEIRS
from tests.clients.install import INSTALLED, NPM
from tests.clients.official import CLIENTS, Client
from tests.support.bedrock.directed import Bedrock

TEXT = "Hello wörld \U0001f642"
#: Our own client asks Bedrock this often before it gives up, if it is worth another attempt.
OURS = 3
FAULTS = ["throttlingException", "cut", "silent-end"]


@pytest.fixture(params=CLIENTS, ids=lambda client: client.name)
def client(request: pytest.FixtureRequest) -> Client:
    chosen: Client = request.param
    return chosen


def found(outcomes: Outcomes, prompt: str) -> dict[str, Outcome]:
    """Return the outcomes of a prompt by mode, ``stream`` or ``whole``."""
    matching = {name: outcome for name, outcome in outcomes.items() if name.split()[0] == prompt}
    assert matching
    return {name.split()[2]: outcome for name, outcome in matching.items()}


def test_sdks_every_client_reads_text_and_usage(client: Client, outcomes: Outcomes) -> None:
    expected = {
        "text": TEXT,
        "reasoning": None,
        "tools": [],
        "finish": client.finish[0],
        "usage": list(client.usage),
    }
    assert found(outcomes, "text") == dict.fromkeys(client.modes, expected)


def test_sdks_every_client_reads_reasoning_and_tools(client: Client, outcomes: Outcomes) -> None:
    read = found(outcomes, "tools")
    for outcome in read.values():
        # every language writes JSON with its own spaces
        outcome["tools"] = [[name, text.replace(" ", "")] for name, text in outcome["tools"]]
    expected = {
        "text": "Let me see",
        "reasoning": "hm" if client.reasons else None,
        "tools": [["weather", '{"city":"Bonn"}']],
        "finish": client.finish[1],
        "usage": list(client.usage),
    }
    assert read == dict.fromkeys(client.modes, expected)


REFUSALS = {
    # what Bedrock refuses with: status, status for Anthropic's clients, how often Bedrock is asked: several
    # times by us, after which clients that read x-should-retry do not ask again
    "ValidationException": (400, 400, 1),
    "AccessDeniedException": (403, 403, 1),
    "ResourceNotFoundException": (404, 404, 1),
    "ThrottlingException": (429, 429, OURS),
    "ServiceUnavailableException": (503, 529, OURS),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_sdks_error_has_its_status_and_is_retried_only_where_useful(
    client: Client, outcomes: Outcomes, refusal: str, model: Bedrock
) -> None:
    status, anthropics, attempts = REFUSALS[refusal]
    for mode, outcome in found(outcomes, f"[[{refusal}]]").items():
        assert "arn:" not in outcome["message"]
        # the AI SDK goes by the status alone
        reads_status = client.retries and client.name.startswith("ai-")
        theirs = THEIRS if reads_status and attempts == OURS else 1
        assert model.asked[f"[[{refusal}]] {client.name} {mode}"] == attempts * theirs
        if client.retries:
            assert outcome["status"] == (anthropics if client.api == "anthropic" else status)
            assert outcome["request_id"]
        else:
            # it has the body alone
            assert '"type":"error"' in outcome["message"].replace(" ", "")


@pytest.mark.parametrize("fault", FAULTS)
def test_sdks_broken_stream_is_an_error_for_every_client(
    client: Client, outcomes: Outcomes, fault: str, model: Bedrock
) -> None:
    outcome = found(outcomes, f"[[{fault}@2]]")["stream"]
    assert "error" in outcome, outcome
    assert "arn:" not in outcome["message"]
    # once the stream has begun, nobody asks again
    assert model.asked[f"[[{fault}@2]] {client.name} stream"] == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_sdks_failed_whole_response_has_a_status(client: Client, outcomes: Outcomes, fault: str) -> None:
    status = {"throttlingException": 429}.get(fault, 502)
    if "whole" in client.modes:
        assert found(outcomes, f"[[{fault}@2]]")["whole"]["status"] == status


def test_sdks_request_to_the_model_has_only_what_the_client_sent(
    client: Client, outcomes: Outcomes, model: Bedrock
) -> None:
    assert outcomes
    _, body = model.told[f"text {client.name} stream"]
    if client.script == "anthropic_bedrock.py":
        assert body.keys() - {"tools"} == {"anthropic_version", "max_tokens", "messages"}
        return
    assert body.keys() <= {"messages", "inferenceConfig"}
    # some of them do not ask without a limit
    assert body.get("inferenceConfig", {}).keys() <= {"maxTokens"}  # type: ignore[attr-defined]


USE_CHAT = """
import { DefaultChatTransport } from "ai";
const transport = new DefaultChatTransport({ api: process.argv[2] });
const messages = [{ id: "m", role: "user", parts: [{ type: "text", text: "[[stall@2]] use chat" }] }];
const stream = await transport.sendMessages({ chatId: "c", messages, trigger: "submit-message" });
const seen = [];
try {
  for await (const part of stream) seen.push(part.type);
} catch (error) { seen.push(error.constructor.name); }
console.log(seen.join(" "));
"""


def test_use_chat_deadline_of_function_is_an_error(api: str, tmp_path: Path) -> None:
    if not (NPM / INSTALLED).exists():
        pytest.skip("python -m tests.clients.install installs the clients")
    (tmp_path / "node_modules").symlink_to(NPM / "node_modules")
    script = tmp_path / "use_chat.mjs"
    script.write_text(USE_CHAT, "utf-8")
    done = subprocess.run(
        [str(node_binary()), str(script), f"{api}/brief/ui/chat"], capture_output=True, text=True, timeout=60
    )
    parts = ["start", "start-step", "text-start", "text-delta", "text-delta", "error"]
    assert done.stdout.split() == parts, done.stderr
