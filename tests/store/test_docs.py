"""The page about streams that survive: its example, and its texts against the code."""

from __future__ import annotations

import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from lambda_streaming_store import batches, follow, recorder

from streaming_api_tools.client.kept_stream import FINAL
from streaming_api_tools.client.resume import PAUSES
from streaming_api_tools.explain.match import find

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to-resume.md").read_text("utf-8")


def test_resume_docs_example_synthesizes_an_api_with_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path))
    # the second is run by tests/clients/test_stored_responses.py
    example, _ = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, "how-to-resume", "exec"), names)
    stack = names["stack"]
    assert isinstance(stack, cdk.Stack)
    Template.from_stack(stack).resource_count_is("AWS::DynamoDB::Table", 1)


def test_resume_docs_figures_are_those_of_the_code() -> None:
    assert "for six seconds or more" in PAGE
    assert follow.LEASE == 6
    assert "a pause of 100 to 250 ms" in PAGE
    assert (follow._PAUSE, follow._LONGEST_PAUSE) == (0.1, 0.25)
    assert "in batches of 1 KB or 200 ms" in PAGE
    assert (batches.WRITE_UNIT, batches.LONGEST_WAIT) == (1024, 0.2)
    assert "six attempts within 16 seconds" in PAGE
    assert len(PAUSES) == 6
    assert 15 < sum(PAUSES) <= 16
    assert "two seconds at most" in PAGE
    assert recorder.LAST_WAIT == 2


def test_resume_docs_codes_are_those_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_TABLE", "t")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    from lambda_streaming_store.replay import ERRORS

    for code in ("producer_lost", "stream_not_kept"):
        assert f"`{code}`" in PAGE
        assert code in {told for _, told, _ in ERRORS.values()}


def test_resume_docs_codes_are_known_to_the_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_TABLE", "t")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    from lambda_streaming._errors import StreamCancelled
    from lambda_streaming_store.replay import ERRORS, unknown

    told = {(code, message) for _, code, message in ERRORS.values()}
    told |= {(str(each.code), each.message) for each in (unknown(), StreamCancelled())}
    for code, message in told:
        for text in (code, message):
            assert [found.sure for found in find([text])] == [True], text
    # the routes refuse for good with these, and a client that comes back gives up
    assert set(FINAL) == {code for code, _ in told} - {"stream_cancelled"}
