"""docs/bedrock-standin.md: its code and its commands are run, and its tables are those of the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from streaming_api_tools.local.services.bedrock.directives import FLAGS, SETTINGS, default_script
from streaming_api_tools.local.services.bedrock.families import FAMILIES
from streaming_api_tools.local.services.bedrock.openai import EXCEPTIONS
from streaming_api_tools.local.services.bedrock.operations import (
    HTTP_EXCEPTIONS,
    OPERATIONS,
    STREAM_EXCEPTIONS,
)
from streaming_api_tools.local.services.bedrock.script import (
    BREAKS,
    REDACTED,
    Fault,
    Prompt,
    ReplyReasoning,
    ReplyRedacted,
    ReplyText,
    ReplyToolCall,
)
from streaming_api_tools.local.services.bedrock.server import BedrockStandin
from streaming_api_tools.local.services.bedrock.validation.refusals import refusals
from tests.local.gateway_process import gateway_process
from tests.local.serving import ROOT, Client
from tests.local.test_bedrock_option import CONTENT, chat, next_text
from tests.support.bedrock.shipped import at_once
from tests.support.openai import OpenAiServer

PAGE = (ROOT / "docs" / "bedrock-standin.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def ticked(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def row(*cells: str) -> str:
    """Return a line of a table; an empty cell is a single space."""
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


STREAMS = [operation for operation in OPERATIONS if operation.streams]
TABLES = {
    "operations": [
        row(
            f"`{operation.name}`",
            f"`/model/{{modelId}}/{operation.suffix}`",
            ("a stream of messages" if operation.streams else "a whole response")
            + (", native to the model" if operation.native else ""),
        )
        for operation in OPERATIONS
    ],
    "directives": [row(f"`[[{name}=...]]`", value) for name, value in SETTINGS.items()],
    "flags": [row(f"`[[{name}]]`", value) for name, value in FLAGS.items()],
    "exceptions": [
        row(
            f"`{name}`",
            str(status),
            ticked([operation.name for operation in OPERATIONS if name not in operation.exceptions]),
        )
        for name, status in HTTP_EXCEPTIONS.items()
    ],
    "exceptions of streams": [
        row(
            f"`{name}`",
            ticked([operation.name for operation in STREAMS if name not in operation.stream_exceptions]),
            f"`{instead}`",
        )
        for name, instead in STREAM_EXCEPTIONS.items()
    ],
    "families": [
        row(
            family.name,
            ticked(list(family.models)),
            f"`{family.required[-1]}`",
            f"`{'.'.join(family.limit)}`",
        )
        for family in FAMILIES
    ],
    "refusals": [
        row(
            refusal.name,
            f"`{refusal.exception}`",
            ("own words: " if refusal.ours else "a model: " if refusal.model else "")
            + refusal.text.replace("|", "\\|"),
            f"[source]({refusal.source})",
        )
        for refusal in refusals().values()
    ],
    "statuses": [row(str(status), f"`{name}`") for status, name in EXCEPTIONS.items()],
}


@pytest.mark.parametrize("table", TABLES)
def test_bedrock_docs_tables_have_every_row_of_the_code(table: str) -> None:
    assert "\n".join(TABLES[table]) in PAGE


def test_bedrock_docs_every_way_to_break_a_stream_is_explained() -> None:
    found = dict(re.findall(r"^\| `([a-z-]+)` \| (.*?) \|", PAGE, re.MULTILINE))
    assert found == BREAKS


def test_bedrock_docs_python_blocks_do_what_the_page_describes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    names: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, "bedrock-standin.md", "exec"), names)
    assert names["said"] == "Hello |there."
    script = names["script"]
    assert callable(script)
    assert script(Prompt("m", "hi", 1, None)).first_pause == 800
    assert [type(block) for block in script(Prompt("m", "the weather?", 1, None)).blocks] == [
        ReplyReasoning,
        ReplyText,
        ReplyToolCall,
    ]
    assert script(Prompt("m", "be flaky", 2, None)).fault == Fault("modelStreamErrorException", 2)
    with pytest.raises(ValueError, match="too long"):
        script(Prompt("m", "hi", 1001, None))


def test_bedrock_docs_commands_run(tmp_path: Path) -> None:
    commands = [shlex.split(line) for block in blocks("sh") for line in block.splitlines()]
    assert [command[:3] for command in commands] == [["streaming-api", "local", "--bedrock"]] * 2
    aws, ollama = (command[2:] for command in commands)
    with gateway_process(tmp_path, CONTENT, *aws) as gateway, Client(gateway.url) as client:
        assert client.send("GET", "/prod/nothing").status == 403
    with OpenAiServer() as server:
        options = [server.url if option == "http://127.0.0.1:11434/v1" else option for option in ollama]
        with gateway_process(tmp_path, CONTENT, *options) as gateway, Client(gateway.url) as client:
            server.text("Hel")
            assert next_text(chat(client, "hi")) == "Hel"
            server.finish()
            assert server.asked.get()["model"] == "llama3.2"


EXAMPLES: dict[str, list[tuple[type[object], str]]] = {
    '[[tool=weather {"city": "Bonn"}]]': [(ReplyToolCall, '{"city": "Bonn"}')],
    '[[say=Wait.]] [[tool=weather {"city": "Bonn"}]] [[tool=time]]': [
        (ReplyText, "Wait."),
        (ReplyToolCall, '{"city": "Bonn"}'),
        (ReplyToolCall, ""),
    ],
    '[[tool=weather {"city": "Bo]]': [(ReplyToolCall, '{"city": "Bo')],
    "[[reasoning=Hm.]] [[redacted]] [[say=Yes.]]": [
        (ReplyReasoning, "Hm."),
        (ReplyRedacted, REDACTED),
        (ReplyText, "Yes."),
    ],
    "[[say=a b]] [[tool=time {}]] [[interleaved]]": [(ReplyText, "a b"), (ReplyToolCall, "{}")],
}


def test_bedrock_standin_docs_block_examples_match_replies() -> None:
    _, _, section = PAGE.partition("## Tools, reasoning and JSON")
    rows = re.findall(r"^\| `(\[\[.*\]\])` \|", section.partition("\n## ")[0], re.MULTILINE)
    assert rows == list(EXAMPLES)
    for prompt, blocks in EXAMPLES.items():
        reply = default_script(Prompt("m", prompt, 1, None))
        assert [(type(block), "".join(block.tokens)) for block in reply.content] == blocks


def test_bedrock_standin_docs_vendor_paths_match_routes() -> None:
    server = BedrockStandin(pace=at_once)
    assert re.findall(r"^\| `(/(?:anthropic|openai)/.*?)` \|", PAGE, re.MULTILINE) == list(server.endpoints)


def test_bedrock_docs_paced_reply_example_has_the_described_pauses() -> None:
    (example,) = re.findall(r"`(\[\[say=Well\.\]\].*?)`", PAGE)
    reply = default_script(Prompt("m", example, 1, None))
    assert len(reply.tokens) == 100
    assert [reply.pause(index) for index in (0, 1, 99)] == [2000, 20, 20]
