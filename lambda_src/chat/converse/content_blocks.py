"""ConverseStream's events to blocks of one kind that begin, grow and end.

Bedrock announces a tool use and nothing else: a text or some reasoning begins with its first delta. Blocks
for which the other formats have no form, such as what a tool of the service itself does, are left out, and
the rest is numbered without gaps.
"""

from __future__ import annotations

from binascii import b2a_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from .stream import ConverseEvent

TEXT, REASONING, SIGNATURE, REDACTED, TOOL = "text", "reasoning", "signature", "redacted", "tool"
BEGIN, DELTA, END, STOP, METADATA = "begin", "delta", "end", "stop", "metadata"
# The block that a delta belongs to, if it is not of its own kind.
_WITHIN = {SIGNATURE: REASONING}


class Step:
    """One thing that happened in the stream.

    :param what: BEGIN, DELTA or END of a block, STOP of the message, or METADATA
    :param kind: TEXT, REASONING, REDACTED or TOOL; of a delta also SIGNATURE
    :param index: number of the block
    :param data: of DELTA the string; of BEGIN of a TOOL, of STOP and of METADATA Bedrock's members
    """

    __slots__ = ("data", "index", "kind", "what")

    def __init__(self, what: str, kind: str = "", index: int = -1, data: Any = "") -> None:  # noqa: ANN401
        self.what = what
        self.kind = kind
        self.index = index
        self.data = data


def steps(events: Iterable[ConverseEvent]) -> Iterator[Step]:
    """Yield what happens in a stream, each block's begin and end included."""
    open_kind, open_index, count = "", -1, 0
    for event in events:
        (name, members), *_ = event.items()
        if name == "messageStop":
            if open_kind:
                yield Step(END, open_kind, count - 1)
                open_kind = ""
            yield Step(STOP, data=members)
        elif name == "metadata":
            yield Step(METADATA, data=members)
        elif name == "contentBlockStop" and open_kind and members["contentBlockIndex"] == open_index:
            yield Step(END, open_kind, count - 1)
            open_kind = ""
        elif name in ("contentBlockStart", "contentBlockDelta"):
            kind, data = _announced(members) if name == "contentBlockStart" else _delta(members)
            block = _WITHIN.get(kind, kind)
            index = members["contentBlockIndex"]
            begins = name == "contentBlockStart" or block != open_kind or index != open_index
            if not kind or (kind == TOOL and name == "contentBlockDelta" and begins):
                continue
            if begins:
                if open_kind:
                    yield Step(END, open_kind, count - 1)
                open_kind, open_index, count = block, index, count + 1
                yield Step(BEGIN, block, count - 1, data if kind == TOOL else "")
            if name == "contentBlockDelta":
                yield Step(DELTA, kind, count - 1, data)


def _announced(members: Mapping[str, Any]) -> tuple[str, Any]:
    tool = members.get("start", {}).get("toolUse")
    # what the service runs itself is not for the client to run
    return (TOOL, tool) if tool and tool.get("type") != "server_tool_use" else ("", "")


def _delta(members: Mapping[str, Any]) -> tuple[str, str]:
    delta = members.get("delta", {})
    if "text" in delta:
        return TEXT, delta["text"]
    if "toolUse" in delta:
        return TOOL, delta["toolUse"].get("input", "")
    reasoning = delta.get("reasoningContent", {})
    if "text" in reasoning:
        return REASONING, reasoning["text"]
    if "signature" in reasoning:
        return SIGNATURE, reasoning["signature"]
    if "redactedContent" in reasoning:
        return REDACTED, b2a_base64(reasoning["redactedContent"], newline=False).decode()
    return "", ""
