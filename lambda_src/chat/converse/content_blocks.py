"""Read ConverseStream's events as content blocks that start, grow and stop.

Bedrock announces a tool use and nothing else: text and reasoning start with their first delta. Blocks for
which the other formats have no form, such as tool uses of the service itself, are left out, and the rest is
numbered without gaps.
"""

from __future__ import annotations

from binascii import b2a_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from .stream import ConverseEvent


class BlockStart:
    """The start of a content block.

    :param index: number of the block in the message
    """

    __slots__ = ("index",)
    __match_args__: tuple[str, ...] = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class TextStart(BlockStart):
    """The start of a text."""

    __slots__ = ()


class ReasoningStart(BlockStart):
    """The start of a reasoning that can be read."""

    __slots__ = ()


class RedactedStart(BlockStart):
    """The start of a reasoning that the provider encrypted."""

    __slots__ = ()


class ToolStart(BlockStart):
    """The start of a tool use.

    :param index: number of the block in the message
    :param tool_use_id: Bedrock's id of the use
    :param name: name of the tool
    """

    __slots__ = ("name", "tool_use_id")
    __match_args__ = ("index", "tool_use_id", "name")

    def __init__(self, index: int, tool_use_id: str, name: str) -> None:
        super().__init__(index)
        self.tool_use_id = tool_use_id
        self.name = name


class BlockDelta:
    """A piece of a content block.

    :param index: number of the block in the message
    :param text: the piece
    """

    __slots__ = ("index", "text")
    __match_args__ = ("index", "text")

    def __init__(self, index: int, text: str) -> None:
        self.index = index
        self.text = text


class TextDelta(BlockDelta):
    """A piece of text."""

    __slots__ = ()


class ReasoningDelta(BlockDelta):
    """A piece of reasoning."""

    __slots__ = ()


class SignatureDelta(BlockDelta):
    """The signature of a reasoning."""

    __slots__ = ()


class RedactedDelta(BlockDelta):
    """Encrypted reasoning in Base64."""

    __slots__ = ()


class ToolDelta(BlockDelta):
    """A piece of the JSON that is a tool's input."""

    __slots__ = ()


class Citation:
    """A source of the text of a block.

    :param index: number of the block in the message
    :param members: Bedrock's ``citation``
    """

    __slots__ = ("index", "members")
    __match_args__ = ("index", "members")

    def __init__(self, index: int, members: Mapping[str, Any]) -> None:
        self.index = index
        self.members = members


class BlockStop:
    """The end of a content block.

    :param start: the start of the block
    """

    __slots__ = ("start",)
    __match_args__ = ("start",)

    def __init__(self, start: BlockStart) -> None:
        self.start = start


class MessageStop:
    """The end of the message.

    :param reason: Bedrock's stop reason
    :param fields: the fields of the model's own response that were asked for
    """

    __slots__ = ("fields", "reason")
    __match_args__ = ("reason", "fields")

    def __init__(self, reason: str, fields: Mapping[str, Any]) -> None:
        self.reason = reason
        self.fields = fields


class Metadata:
    """Usage and metrics, which come after the end of the message.

    :param usage: Bedrock's ``usage``
    :param latency: in milliseconds; None when Bedrock tells none
    """

    __slots__ = ("latency", "usage")
    __match_args__ = ("usage", "latency")

    def __init__(self, usage: Mapping[str, Any], latency: int | None) -> None:
        self.usage = usage
        self.latency = latency


if TYPE_CHECKING:
    Part: TypeAlias = BlockStart | BlockDelta | Citation | BlockStop | MessageStop | Metadata

_STARTS: dict[type[BlockDelta], type[BlockStart]] = {
    TextDelta: TextStart,
    ReasoningDelta: ReasoningStart,
    SignatureDelta: ReasoningStart,
    RedactedDelta: RedactedStart,
}


def content_blocks(
    events: Iterable[ConverseEvent], tool_names: Mapping[str, str] | None = None
) -> Iterator[Part]:
    """Yield the parts of a stream, the start and the end of each content block included.

    :param tool_names: name of a tool in the request -> the caller's. Default: - they are the same
    """
    blocks = _Blocks(tool_names or {})
    for event in events:
        # nearly every event is a delta, and matching a mapping is slow
        if members := event.get("contentBlockDelta"):
            grown = blocks.open.get(members["contentBlockIndex"])
            delta = members.get("delta", {})
            # a piece of a text that has begun, without the calls for all others
            if type(grown) is TextStart and len(delta) == 1 and "text" in delta:
                yield TextDelta(grown.index, delta["text"])
            else:
                yield from blocks.grow(members)
        elif members := event.get("contentBlockStart"):
            yield from blocks.start(members)
        elif members := event.get("contentBlockStop"):
            yield from blocks.stop(members["contentBlockIndex"])
        elif members := event.get("messageStop"):
            yield from blocks.close()
            fields = members.get("additionalModelResponseFields")
            yield MessageStop(members["stopReason"], fields if isinstance(fields, dict) else {})
        elif "metadata" in event:
            members = event["metadata"]
            yield Metadata(members.get("usage", {}), members.get("metrics", {}).get("latencyMs"))


class _Blocks:
    """Numbers the blocks, which may grow in turns, and stops those that Bedrock leaves open."""

    def __init__(self, tool_names: Mapping[str, str]) -> None:
        self._tool_names = tool_names
        #: by Bedrock's index
        self.open: dict[int, BlockStart] = {}
        self._count = 0

    def start(self, members: Mapping[str, Any]) -> Iterator[Part]:
        match members.get("start"):
            case {"toolUse": {"type": "server_tool_use"}}:
                pass  # what the service runs itself is not for the client to run
            case {"toolUse": tool}:
                name = self._tool_names.get(tool["name"], tool["name"])
                start = ToolStart(self._count, tool["toolUseId"], name)
                yield from self._begin(start, members["contentBlockIndex"])

    def grow(self, members: Mapping[str, Any]) -> Iterable[Part]:
        delta, index = members.get("delta", {}), members["contentBlockIndex"]
        if citation := delta.get("citation"):
            return self._cite(index, citation)
        found = _delta(delta)
        if found is None:
            return ()
        kind, text = found
        start, grown = _STARTS.get(kind), self.open.get(index)
        if type(grown) is (start or ToolStart):
            return (kind(grown.index, text),)
        # a tool use is announced
        return self._first_delta(start, index, kind, text) if start else ()

    def _first_delta(
        self, start: type[BlockStart], index: int, kind: type[BlockDelta], text: str
    ) -> Iterator[Part]:
        yield from self._begin(start(self._count), index)
        yield kind(self.open[index].index, text)

    def stop(self, index: int) -> Iterator[Part]:
        if start := self.open.pop(index, None):
            yield BlockStop(start)

    def close(self) -> Iterator[Part]:
        for index in list(self.open):
            yield from self.stop(index)

    def _cite(self, index: int, citation: Mapping[str, Any]) -> Iterator[Part]:
        if type(self.open.get(index)) is not TextStart:
            yield from self._begin(TextStart(self._count), index)
        yield Citation(self.open[index].index, citation)

    def _begin(self, start: BlockStart, index: int) -> Iterator[Part]:
        yield from self.stop(index)
        self.open[index] = start
        self._count += 1
        yield start


def _delta(delta: Mapping[str, Any]) -> tuple[type[BlockDelta], str] | None:
    """Return the kind and the text of a delta; None for one that clients have no form for."""
    if "text" in delta:
        return TextDelta, delta["text"]
    match delta:
        case {"toolUse": tool}:
            return ToolDelta, tool.get("input", "")
        case {"reasoningContent": {"text": text}}:
            return ReasoningDelta, text
        case {"reasoningContent": {"signature": signature}}:
            return SignatureDelta, signature
        case {"reasoningContent": {"redactedContent": data}}:
            return RedactedDelta, b2a_base64(data, newline=False).decode()
    return None
