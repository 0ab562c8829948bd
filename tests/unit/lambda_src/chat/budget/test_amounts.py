"""What is reserved for a request."""

from __future__ import annotations

from typing import Any

import pytest
from chat.budget.amounts import MOST, reserved_tokens
from chat.limits.families import ANTHROPIC, NOVA, Family


@pytest.mark.parametrize(
    ("members", "native", "family", "most", "tokens"),
    [
        ({}, None, None, None, 4096),
        ({}, None, None, 500, 500),
        ({"inferenceConfig": {"maxTokens": 100}}, None, None, None, 100),
        ({"inferenceConfig": {"maxTokens": 100}}, None, None, 50, 50),
        ({"inferenceConfig": {"maxTokens": 10**12}}, None, None, None, MOST),
        ({}, {"max_tokens": 7}, ANTHROPIC, None, 7),
        ({}, {"max_tokens_to_sample": 8}, ANTHROPIC, None, 8),
        ({}, {"max_output_tokens": 9}, None, None, 9),
        ({}, {"inferenceConfig": {"max_new_tokens": 6}}, NOVA, None, 6),
        ({}, {"inferenceConfig": {"max_new_tokens": 6, "maxTokens": 5}}, NOVA, None, 6),
        ({}, {"max_tokens": True}, ANTHROPIC, None, 4096),
        ({}, {"max_tokens": "9"}, ANTHROPIC, None, 4096),
        ({}, {"max_tokens": -5}, ANTHROPIC, None, 4096),
        ({"inferenceConfig": None}, {"inferenceConfig": [1]}, NOVA, None, 4096),
    ],
)
def test_amounts_reserve_what_the_answer_may_have(
    members: dict[str, Any], native: dict[str, Any] | None, family: Family | None, most: int, tokens: int
) -> None:
    assert reserved_tokens(members, native, family, most, 4096) == tokens
