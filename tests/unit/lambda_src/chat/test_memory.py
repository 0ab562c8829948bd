"""How much memory the function needs: docs/formats.md has the figure, and 512 MiB are its default."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chat.converse.stream import checked
from chat.settings import ChatSettings

from tests.unit.lambda_src.chat.streams import ABOUT, START, call, delta, end

if TYPE_CHECKING:
    from chat.converse.stream import ConverseEvent

ROOT = Path(__file__).resolve().parents[4]
FIGURE = re.search(r"at most (\d+) MiB", (ROOT / "docs" / "formats.md").read_text("utf-8"))
PATHS = [str(ROOT), str(ROOT / "lambda_src"), str(ROOT / "lambda_src" / "layer" / "python")]


# The smallest JSON for each kind of object that the function makes of it.
@pytest.mark.parametrize(
    ("path", "head", "part", "tail", "status"),
    [
        (
            "/chat",
            '{"messages":[{"role":"user","content":[',
            '{"image":{"source":{"bytes":"AAAA"}}},',
            '{"text":"x"}]}]}',
            200,
        ),
        ("/chat", '{"messages":[{"role":"user","content":[', "{},", '{"text":"x"}]}]}', 400),
        ("/chat", '{"prompt":"Hi","additionalModelRequestFields":{"thinking":[', '{"":0},', "0]}}", 200),
        (
            "/chat/completions",
            '{"messages":[{"role":"user","content":"x"}],"tools":[',
            '{"type":"function","function":{"name":"x"}},',
            '{"type":"function","function":{"name":"x"}}]}',
            200,
        ),
        (
            "/v1/responses",
            '{"stream":true,"input":"x","tools":[',
            '{"type":"function","name":"x"},',
            '{"type":"function","name":"x"}]}',
            200,
        ),
        (
            "/v1/responses",
            '{"input":[',
            '{"role":"user","content":[{"type":"input_text","text":"x"}]},',
            '{"role":"user","content":"x"}]}',
            200,
        ),
        (
            "/v1/responses",
            '{"input":[{"role":"user","content":"x"},',
            '{"type":"reasoning","encrypted_content":"bedrock-reasoning-1.eyJ0ZXh0IjoiYSIsInNpZ25hdHVyZSI6ImIifQ=="},',
            '{"role":"assistant","content":"x"}]}',
            200,
        ),
    ],
    ids=["blobs", "empty blocks", "objects", "tools", "echoed tools", "items", "reasoning"],
)
def test_chat_memory_of_largest_bodies_stays_within_documented_figure(
    path: str, head: str, part: str, tail: str, status: int
) -> None:
    assert FIGURE
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.lambda_src.chat.one_large_request", path, head, part, tail],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": ":".join(PATHS)},
    )
    # the record of the request comes before it
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["status"] == status
    assert 30 < said["mebibytes"] <= int(FIGURE[1])


@pytest.mark.parametrize("path", ["/chat", "/chat/completions", "/v1/messages", "/ui/chat"])
def test_chat_memory_stream_is_not_kept(path: str) -> None:
    body: dict[str, object] = {"messages": [{"role": "user", "content": "x"}], "stream": True}
    if path == "/chat":
        body = {"prompt": "x"}
    elif path == "/ui/chat":
        body = {"messages": [{"role": "user", "parts": [{"type": "text", "text": "x"}]}]}
    elif path == "/v1/messages":
        body["max_tokens"] = 5

    def events() -> Iterator[ConverseEvent]:
        yield START
        yield from (delta(0, text=f"{number:1000}") for number in range(2000))
        yield end("end_turn")

    answer = call(path, body, settings=ChatSettings("m")).respond(checked(events()), ABOUT)
    tracemalloc.start()
    try:
        count = sum(1 for _ in answer.body)  # type: ignore[misc,union-attr]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count > 2000
    assert peak < 100_000
