"""The pages about the tools: every command runs and prints what is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from streaming_api_tools.measure.verdicts import Verdict
from tests.smoke.doc_blocks import DOCS, PAGES, blocks, likeness, world
from tests.support.command_line import CommandLine
from tests.support.stretched import until_told

#: Blocks that end with another exit code than 0, by how they begin.
CODES = {
    "streaming-api smoke https://collected": (1,),
    'streaming-api explain "the answer': (1,),
    "streaming-api doctor": (1,),
    # what a busy machine measures is invalid
    "streaming-api load": (0, 2),
}


#: Verdicts that no busy machine is an excuse for.
DECIDED = "|".join(set(Verdict.__members__) - {"INCONCLUSIVE"})


def decided(printed: str) -> set[str]:
    """Return the verdicts in an output."""
    return set(re.findall(rf"\b(?:{DECIDED})\b", printed))


@dataclass(frozen=True)
class Shown:
    """A block of a page, and what running it may end with."""

    block: re.Match[str]

    @property
    def codes(self) -> tuple[int, ...]:
        """Exit codes that it may have."""
        command = self.block["command"]
        return next((codes for begin, codes in CODES.items() if command.startswith(begin)), (0,))

    def agrees(self, done: tuple[int, str]) -> bool:
        """Tell whether it ended as the page shows."""
        code, printed = done
        shown = self.block["printed"]
        return code in self.codes and (shown is None or likeness(printed) == likeness(shown))

    def is_over(self, done: tuple[int, str]) -> bool:
        """Tell whether another run would tell nothing else.

        A busy machine leaves a verdict open, and makes no other one of it.
        """
        shown = self.block["printed"]
        if shown is None:
            shown = "BUFFERED" if self.codes == (1,) else "STREAMING"
        return self.agrees(done) or not decided(done[1]) <= decided(shown)


@pytest.mark.parametrize("page", PAGES)
def test_smoke_docs_every_command_prints_what_the_page_shows(
    environ: dict[str, str], commands: CommandLine, tmp_path: Path, page: str
) -> None:
    shown = [Shown(block) for block in blocks(page)]
    assert len(shown) >= 3
    with world(page, environ, tmp_path, commands) as there:
        for each in shown:
            code, printed = done = until_told(partial(there.run, each.block), each.is_over)
            assert "Traceback" not in printed
            assert each.agrees(done), (code, printed)


def test_smoke_docs_every_block_is_commands_or_their_output() -> None:
    for page in PAGES:
        text = (DOCS / f"{page}.md").read_text("utf-8")
        kinds = re.findall(r"^```(\w+)$", text, re.MULTILINE)
        assert kinds.count("sh") == len(list(blocks(page)))
        assert kinds.count("text") == sum(block["printed"] is not None for block in blocks(page))
        assert set(kinds) <= {"sh", "text"}
