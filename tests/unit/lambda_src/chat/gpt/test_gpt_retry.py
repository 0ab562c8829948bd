"""One more attempt without what Bedrock's path for the Responses API refuses."""

from __future__ import annotations

from typing import Any

import pytest
from chat.formats.responses.gpt.retry import refused_member
from lambda_streaming_aws.exceptions import StreamBroken

MEMBERS: dict[str, Any] = {
    "input": [{"type": "message", "role": "user", "content": "Hi", "phase": "x"}],
    "tools": [{"type": "function", "name": "w", "strict": True}],
    "reasoning": {"effort": "low", "summary": "auto", "new_one": 1},
    "temperature": 1,
}


class Refusal(Exception):
    """What the client raises for an answer of Bedrock's."""

    def __init__(self, message: str, code: str = "ValidationException") -> None:
        super().__init__(message)
        self.response = {"Error": {"Code": code, "Message": message}}


def refused(path: str) -> tuple[str | None, dict[str, Any]] | None:
    """Return what is left of the members when Bedrock refuses one."""
    return refused_member(Refusal(f"Unknown parameter: '{path}'."), MEMBERS)


@pytest.mark.parametrize(
    ("path", "name", "left"),
    [
        ("temperature", "temperature", {n: v for n, v in MEMBERS.items() if n != "temperature"}),
        ("reasoning.summary", "reasoning.summary", {**MEMBERS, "reasoning": {"effort": "low", "new_one": 1}}),
        ("tools[0].strict", "tools.strict", {**MEMBERS, "tools": [{"type": "function", "name": "w"}]}),
        ("reasoning.new_one", None, {**MEMBERS, "reasoning": {"effort": "low", "summary": "auto"}}),
    ],
    ids=["of the request", "within one", "within a list", "that no table has"],
)
def test_gpt_retry_leaves_out_the_member_that_a_path_names(
    path: str, name: str | None, left: dict[str, Any]
) -> None:
    assert refused(path) == (name, left)


@pytest.mark.parametrize("path", ["input", "tools", "instructions", "max_output_tokens"])
def test_gpt_retry_is_none_without_what_the_caller_asks_for(path: str) -> None:
    members = {**MEMBERS, "instructions": "Be brief.", "max_output_tokens": 5}
    assert refused_member(Refusal(f"Unknown parameter: '{path}'."), members) is None


@pytest.mark.parametrize(
    "error",
    [
        Refusal("Unknown parameter: 'absent'."),
        Refusal("Unknown parameter: 'tools[4].strict'."),
        Refusal("the input is too long"),
        Refusal("Unknown parameter: 'temperature'.", "ThrottlingException"),
        StreamBroken("cut"),
    ],
    ids=["absent", "beyond the list", "no path", "another error", "no answer"],
)
def test_gpt_retry_is_none_for_any_other_error(error: Exception) -> None:
    assert refused_member(error, MEMBERS) is None
