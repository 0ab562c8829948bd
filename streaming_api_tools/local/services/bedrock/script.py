"""Describe the replies of the stand-in: their content blocks, their pace, and how they fail.

A script decides the reply to a prompt. That of :mod:`.directives` reads it in the prompt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from .prompt import Prompt as Prompt

#: What breaks a stream, and how.
BREAKS = {
    "cut": "the connection is closed in the middle of the response",
    "silent-end": "the response ends properly, but without `messageStop` or the model's equivalent",
    "stall": "no more data arrives, and the connection stays open",
    "bad-crc": "the checksum of the next message is wrong",
}
#: Members of the usage that count what is not in ``inputTokens``:
#: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
CACHES = ("cacheReadInputTokens", "cacheWriteInputTokens")
#: A piece of a tool's input, which comes in pieces of JSON that break anywhere.
PIECE = re.compile(r".{1,8}", re.DOTALL)
#: Base64, as signatures and redacted thoughts are.
SIGNATURE, REDACTED = "c3RhbmRpbi1zaWduYXR1cmU=", "c3RhbmRpbi1yZWRhY3RlZA=="


@dataclass(frozen=True)
class Fault:
    """A failure.

    :param after: the number of tokens before it
    :param message: what the exception says. Default: - that it was asked for
    """

    name: str
    after: int = 0
    message: str | None = None


@dataclass(frozen=True)
class ReplyText:
    """A block of text.

    :param tokens: the texts of its deltas
    """

    tokens: tuple[str, ...]


@dataclass(frozen=True)
class ReplyToolCall:
    """A call of a tool.

    :param input: its input; a text is sent as it is, whether it is JSON or not. Default: - none
    :param id: its id. Default: - one that no other call of the conversation has
    """

    name: str
    input: Mapping[str, object] | str = ""
    id: str | None = None

    @property
    def tokens(self) -> tuple[str, ...]:
        """The pieces in which its input is sent; none for an empty one."""
        text = self.input if isinstance(self.input, str) else json.dumps(self.input) if self.input else ""
        return tuple(PIECE.findall(text))


@dataclass(frozen=True)
class ReplyReasoning:
    """A block of reasoning.

    :param tokens: the texts of its deltas
    :param signature: sent after them; None for none
    """

    tokens: tuple[str, ...]
    signature: str | None = SIGNATURE


@dataclass(frozen=True)
class ReplyRedacted:
    """A block of reasoning that only the model can read.

    :param data: Base64
    """

    data: str = REDACTED

    @property
    def tokens(self) -> tuple[str, ...]:
        """Its one piece."""
        return (self.data,)


@dataclass(frozen=True)
class ReplyEvent:
    """An event of the script's own, such as one that no SDK knows yet; it is no token.

    :param payload: its members
    """

    name: str
    payload: Mapping[str, object]

    @property
    def tokens(self) -> tuple[str, ...]:
        """Nothing, since it is no token."""
        return ()


ReplyBlock: TypeAlias = "ReplyText | ReplyToolCall | ReplyReasoning | ReplyRedacted | ReplyEvent"


@dataclass(frozen=True)
class Reply:
    """The reply to one request.

    :param tokens: the texts of the deltas, where the reply is one block of text
    :param fault: how it fails. Default: - it does not
    :param pauses: milliseconds before each token; the last is repeated. Default: - as the stand-in paces
    :param first_pause: milliseconds before the first token. Default: - as the others
    :param blocks: its content blocks. Default: - ``tokens`` as text
    :param interleaved: whether the deltas of its blocks alternate. Default: - one block after the other
    :param empty_deltas: whether an empty delta comes before each. Default: False
    :param stop_sequence: the stop sequence that it met. Default: - none
    :param usage: members of the usage, such as ``cacheReadInputTokens``. Default: - words are counted
    """

    tokens: tuple[str, ...] = ()
    stop_reason: str = "end_turn"
    fault: Fault | None = None
    pauses: tuple[int, ...] = ()
    first_pause: int | None = None
    blocks: tuple[ReplyBlock, ...] = ()
    interleaved: bool = False
    empty_deltas: bool = False
    stop_sequence: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict)

    @property
    def content(self) -> tuple[ReplyBlock, ...]:
        """Its content blocks."""
        return self.blocks or (ReplyText(self.tokens),)

    def pause(self, index: int) -> int | None:
        """Return the milliseconds before a token, None where the stand-in decides."""
        if index == 0 and self.first_pause is not None:
            return self.first_pause
        return self.pauses[min(index, len(self.pauses) - 1)] if self.pauses else None

    def cut(self, limit: int) -> Reply:
        """Return the reply with the first tokens only, wherever that is, as a model stops at its limit."""
        if not self.blocks:
            whole = limit >= len(self.tokens)
            return self if whole else replace(self, tokens=self.tokens[:limit], stop_reason="max_tokens")
        kept: list[ReplyBlock] = []
        for block in self.blocks:
            if limit < len(block.tokens):
                # the last block of a stream is begun before its first token
                return replace(self, blocks=(*kept, _cut(block, limit)), stop_reason="max_tokens")
            kept.append(block)
            limit -= len(block.tokens)
        return self


#: Decides the reply to a prompt; a ValueError becomes a ValidationException with its message.
Script = Callable[[Prompt], Reply]


def _cut(block: ReplyBlock, limit: int) -> ReplyBlock:
    if isinstance(block, ReplyToolCall):
        return replace(block, input="".join(block.tokens[:limit]))
    if isinstance(block, ReplyReasoning):
        return replace(block, tokens=block.tokens[:limit], signature=None)
    return ReplyText(block.tokens[:limit]) if isinstance(block, ReplyText) else ReplyText(())
