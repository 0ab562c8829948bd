"""The pages about the tools: every command runs and prints what is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.smoke.doc_blocks import DOCS, PAGES, blocks, likeness, world
from tests.support.command_line import CommandLine

#: Blocks that end with another exit code than 0, by how they begin.
CODES = {
    "streaming-api smoke https://collected": (1,),
    'streaming-api explain "the answer': (1,),
    "streaming-api doctor": (1,),
    # what a busy machine measures is invalid
    "streaming-api load": (0, 2),
}


#: Runs of a command whose output is another one than the page shows.
AGAIN = 4


@pytest.mark.parametrize("page", PAGES)
def test_smoke_docs_every_command_prints_what_the_page_shows(
    environ: dict[str, str], commands: CommandLine, tmp_path: Path, page: str
) -> None:
    shown = list(blocks(page))
    assert len(shown) >= 3
    with world(page, environ, tmp_path, commands) as there:
        for block in shown:
            expected = next(
                (codes for begin, codes in CODES.items() if block["command"].startswith(begin)), (0,)
            )
            for _ in range(AGAIN):
                code, printed = there.run(block)
                same = block["printed"] is None or likeness(printed) == likeness(block["printed"])
                if code in expected and same:
                    break
                # a busy machine stretches a schedule; a page that is wrong is wrong in every run
            assert code in expected, printed
            assert "Traceback" not in printed
            assert same, printed


def test_smoke_docs_every_block_is_commands_or_their_output() -> None:
    for page in PAGES:
        text = (DOCS / f"{page}.md").read_text("utf-8")
        kinds = re.findall(r"^```(\w+)$", text, re.MULTILINE)
        assert kinds.count("sh") == len(list(blocks(page)))
        assert kinds.count("text") == sum(block["printed"] is not None for block in blocks(page))
        assert set(kinds) <= {"sh", "text"}
