"""The page about the library: what its examples send is what it says that they send."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "lambda-streaming.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
# The examples with these run in AWS's runtime loop, in tests/runtime.
OBSERVERS = re.compile("^from (aws_lambda_powertools|sentry_sdk|opentelemetry)", re.MULTILINE)
EXAMPLES = [code for language, code in BLOCKS if language == "python" and not OBSERVERS.search(code)]
OBSERVED = [code for language, code in BLOCKS if language == "python" and OBSERVERS.search(code)]
SENT = [
    (code, text)
    for (first, code), (second, text) in pairwise(BLOCKS)
    if (first, second) == ("python", "text")
]
REQUEST: dict[str, object] = {"httpMethod": "GET", "path": "/count", "headers": {}, "body": None}


def run(code: str) -> dict[str, object]:
    """Return the names that an example defines."""
    names: dict[str, object] = {"__name__": "example"}
    exec(compile(code, "example", "exec"), names)
    return names


@pytest.mark.parametrize("code", EXAMPLES)
def test_lambda_streaming_docs_example_defines_a_handler(code: str) -> None:
    assert callable(run(code)["handler"])


@pytest.mark.parametrize(("code", "text"), SENT)
def test_lambda_streaming_docs_example_sends_the_output_shown_below_it(code: str, text: str) -> None:
    handler = run(code)["handler"]
    assert callable(handler)
    assert handler(REQUEST, None).body.decode().rstrip("\n") == text.rstrip("\n")


def test_lambda_streaming_docs_every_block_is_an_example_or_an_output() -> None:
    assert len(BLOCKS) == len(EXAMPLES) + len(SENT) + len(OBSERVED)
