"""Lay a reply out as events of ConverseStream, one for each token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from .operations import Event
from .script import (
    Reply,
    ReplyBlock,
    ReplyEvent,
    ReplyReasoning,
    ReplyRedacted,
    ReplyToolCall,
)


@dataclass(frozen=True)
class ReplyStep:
    """An event of a reply.

    :param token: whether it is waited for, and counted, as a token
    """

    event: Event
    token: bool = False


def steps(reply: Reply) -> Iterator[ReplyStep]:
    """Yield the events between ``messageStart`` and ``messageStop``."""
    own = [block for block in reply.content if isinstance(block, ReplyEvent)]
    yield from (ReplyStep((event.name, dict(event.payload))) for event in own)
    blocks = [block for block in reply.content if not isinstance(block, ReplyEvent)]
    starts = [list(_start(index, block)) for index, block in enumerate(blocks)]
    deltas = [list(_deltas(index, block, reply.empty_deltas)) for index, block in enumerate(blocks)]
    stops = [ReplyStep(("contentBlockStop", {"contentBlockIndex": index})) for index in range(len(blocks))]
    if reply.interleaved:
        yield from (step for each in starts for step in each)
        yield from (step for turn in zip_longest(*deltas) for step in turn if step is not None)
        yield from stops
        return
    for start, delta, stop in zip(starts, deltas, stops, strict=True):
        yield from (*start, *delta, stop)


def _start(index: int, block: ReplyBlock) -> Iterator[ReplyStep]:
    """Yield how a block begins; text and reasoning have no event for it."""
    if isinstance(block, ReplyToolCall):
        tool = {"toolUseId": block.id or f"tooluse_{index}", "name": block.name}
        yield ReplyStep(("contentBlockStart", {"contentBlockIndex": index, "start": {"toolUse": tool}}))


def _deltas(index: int, block: ReplyBlock, empty: bool) -> Iterator[ReplyStep]:
    for token in block.tokens:
        if empty and not isinstance(block, ReplyRedacted):
            yield _delta(index, _payload(block, ""))
        yield _delta(index, _payload(block, token), token=True)
    if isinstance(block, ReplyReasoning) and block.signature is not None:
        yield _delta(index, {"reasoningContent": {"signature": block.signature}})


def _payload(block: ReplyBlock, token: str) -> dict[str, object]:
    if isinstance(block, ReplyToolCall):
        return {"toolUse": {"input": token}}
    if isinstance(block, ReplyReasoning):
        return {"reasoningContent": {"text": token}}
    if isinstance(block, ReplyRedacted):
        return {"reasoningContent": {"redactedContent": token}}
    return {"text": token}


def _delta(index: int, payload: dict[str, object], *, token: bool = False) -> ReplyStep:
    return ReplyStep(("contentBlockDelta", {"contentBlockIndex": index, "delta": payload}), token)
