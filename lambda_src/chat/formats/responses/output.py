"""Write the content blocks of an answer as output items, each with the events of its life."""

from __future__ import annotations

import json

from ...converse.content_blocks import (
    BlockDelta,
    BlockStart,
    BlockStop,
    ReasoningDelta,
    ReasoningStart,
    RedactedDelta,
    RedactedStart,
    SignatureDelta,
    TextStart,
    ToolStart,
)
from ...errors import MALFORMED, UpstreamError
from .reasoning import sealed
from .tools import CUSTOM, custom_input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeAlias

    from ...converse.content_blocks import Part
    from .tools import ClientTool, ClientTools

    #: Type and members of an event.
    Told: TypeAlias = "tuple[str, dict[str, Any]]"

COMPLETED, INCOMPLETE = "completed", "incomplete"


class OutputItem:
    """An item of the output, which begins, grows and ends.

    :param name: what its id begins with
    :param index: number of the item in the output
    :param request_id: makes the id one of its own

    ``done`` is the whole item once it has ended.
    """

    def __init__(self, name: str, index: int, request_id: str) -> None:
        self.place = {"item_id": f"{name}_{request_id}_{index}", "output_index": index}
        self.done: dict[str, Any] | None = None
        self._pieces: list[str] = []

    @property
    def ends_with_its_block(self) -> bool:
        """True when the end of its content block is the end of the item."""
        return True

    def begin(self) -> Iterator[Told]:
        """Yield the events of the beginning."""
        raise NotImplementedError

    def grow(self, part: BlockDelta) -> Iterator[Told]:
        """Yield the events of a piece."""
        raise NotImplementedError

    def end(self, status: str) -> Iterator[Told]:
        """Yield the events of the end.

        :param status: COMPLETED or INCOMPLETE
        """
        raise NotImplementedError

    def _added(self, **members: object) -> Told:
        item = {"id": self.place["item_id"], **members}
        return "response.output_item.added", {"output_index": self.place["output_index"], "item": item}

    def _ended(self, **members: object) -> Told:
        self.done = {"id": self.place["item_id"], **members}
        return "response.output_item.done", {"output_index": self.place["output_index"], "item": self.done}


class MessageItem(OutputItem):
    """A message, which has one text: agents read the last part of a message alone."""

    def __init__(self, index: int, request_id: str) -> None:
        super().__init__("msg", index, request_id)
        self.place["content_index"] = 0

    @property
    def ends_with_its_block(self) -> bool:
        """False, since the next block may go on with the text."""
        return False

    def begin(self) -> Iterator[Told]:
        """Yield the events of an empty message."""
        yield self._added(type="message", role="assistant", status="in_progress", content=[])
        yield "response.content_part.added", {**self.place, "part": _text_part("")}

    def grow(self, part: BlockDelta) -> Iterator[Told]:
        """Yield the event of a piece of text."""
        self._pieces.append(part.text)
        yield "response.output_text.delta", {**self.place, "delta": part.text, "logprobs": []}

    def end(self, status: str) -> Iterator[Told]:
        """Yield the events of the whole message."""
        text = "".join(self._pieces)
        yield "response.output_text.done", {**self.place, "text": text, "logprobs": []}
        yield "response.content_part.done", {**self.place, "part": _text_part(text)}
        yield self._ended(type="message", role="assistant", status=status, content=[_text_part(text)])


class ReasoningItem(OutputItem):
    """Reasoning, which clients show as a summary and send back encrypted."""

    def __init__(self, index: int, request_id: str) -> None:
        super().__init__("rs", index, request_id)
        self._summary = {**self.place, "summary_index": 0}
        self._signature = ""
        self._redacted = ""

    def begin(self) -> Iterator[Told]:
        """Yield the event of an item without a summary yet."""
        yield self._added(type="reasoning", summary=[])

    def grow(self, part: BlockDelta) -> Iterator[Told]:
        """Yield the events of a piece of text; a signature has none."""
        match part:
            case SignatureDelta(text=text):
                self._signature += text
            case RedactedDelta(text=text):
                self._redacted += text
            case ReasoningDelta(text=text):
                if not self._pieces:
                    empty = {"type": "summary_text", "text": ""}
                    yield "response.reasoning_summary_part.added", {**self._summary, "part": empty}
                self._pieces.append(text)
                yield "response.reasoning_summary_text.delta", {**self._summary, "delta": text}

    def end(self, status: str) -> Iterator[Told]:
        """Yield the events of the whole summary, and of the item with what a model takes back."""
        text, summary = "".join(self._pieces), []
        if self._pieces:
            summary = [{"type": "summary_text", "text": text}]
            yield "response.reasoning_summary_text.done", {**self._summary, "text": text}
            yield "response.reasoning_summary_part.done", {**self._summary, "part": summary[0]}
        block = (
            {"redacted": self._redacted} if self._redacted else {"text": text, "signature": self._signature}
        )
        yield self._ended(type="reasoning", summary=summary, encrypted_content=sealed(block))


class CallItem(OutputItem):
    """A call of a function, whose arguments come in pieces."""

    def __init__(self, index: int, request_id: str, call_id: str, tool: ClientTool) -> None:
        super().__init__("ctc" if tool.kind == CUSTOM else "fc", index, request_id)
        self._call: dict[str, Any] = {"call_id": call_id, "name": tool.name}
        if tool.namespace:
            self._call["namespace"] = tool.namespace

    @property
    def ends_with_its_block(self) -> bool:
        """True when the arguments are whole; the stop reason tells why they are not."""
        return self._is_json()

    def begin(self) -> Iterator[Told]:
        """Yield the event of a call without arguments yet."""
        yield self._added(type="function_call", **self._call, arguments="", status="in_progress")

    def grow(self, part: BlockDelta) -> Iterator[Told]:
        """Yield the event of a piece of the arguments."""
        if part.text:
            self._pieces.append(part.text)
            yield "response.function_call_arguments.delta", {**self.place, "delta": part.text}

    def end(self, status: str) -> Iterator[Told]:
        """Yield the events of the whole call.

        :raises UpstreamError: for arguments that are no JSON, unless the answer was cut within them
        """
        if status == COMPLETED and not self._is_json():
            raise UpstreamError(MALFORMED)
        if not self._pieces:  # a tool without parameters has no input in Bedrock
            self._pieces.append("{}")
            yield "response.function_call_arguments.delta", {**self.place, "delta": "{}"}
        arguments = "".join(self._pieces)
        yield (
            "response.function_call_arguments.done",
            {
                **self.place,
                "name": self._call["name"],
                "arguments": arguments,
            },
        )
        yield self._ended(type="function_call", **self._call, arguments=arguments, status=status)

    def _is_json(self) -> bool:
        try:
            json.loads("".join(self._pieces) or "{}")
        except (ValueError, RecursionError):
            return False
        return True


class CustomCallItem(CallItem):
    """A call of a custom tool, whose text is inside of JSON, so that it comes as a whole."""

    def begin(self) -> Iterator[Told]:
        """Yield the event of a call without its text yet."""
        yield self._added(type="custom_tool_call", **self._call, input="")

    def grow(self, part: BlockDelta) -> Iterator[Told]:
        """Keep a piece of the JSON."""
        self._pieces.append(part.text)
        yield from ()

    def end(self, status: str) -> Iterator[Told]:
        """Yield the events of the whole call.

        :raises UpstreamError: for arguments that are no JSON, unless the answer was cut within them
        """
        whole = self._is_json()
        if status == COMPLETED and not whole:
            raise UpstreamError(MALFORMED)
        text = custom_input("".join(self._pieces) or "{}") if whole else ""
        yield "response.custom_tool_call_input.delta", {**self.place, "delta": text}
        yield "response.custom_tool_call_input.done", {**self.place, "input": text}
        yield self._ended(type="custom_tool_call", **self._call, input=text)


class Output:
    """The items of an answer; blocks of text in a row are one message.

    :param request_id: is in the ids of the items
    :param tools: of the request
    """

    def __init__(self, request_id: str, tools: ClientTools) -> None:
        self._request_id = request_id
        self._tools = tools
        self._items: list[OutputItem] = []
        self._by_block: dict[int, OutputItem] = {}  # of the blocks that are open

    @property
    def items(self) -> list[dict[str, Any]]:
        """The items that have ended."""
        return [item.done for item in self._items if item.done]

    def read(self, part: Part) -> Iterator[Told]:
        """Yield the events of a part of a content block."""
        match part:
            case TextStart(index) if self._items and type(self._items[-1]) is MessageItem:
                self._by_block[index] = self._items[-1]
            case BlockStart(index):
                item = self._item(part)
                for before in [each for each in self._items if not each.done]:
                    yield from self._end_if_over(before)
                self._items.append(item)
                self._by_block[index] = item
                yield from item.begin()
            case BlockDelta(index):
                yield from self._by_block[index].grow(part)
            case BlockStop(BlockStart(index)):
                item = self._by_block.pop(index)
                if item.ends_with_its_block or item is not self._items[-1]:
                    yield from self._end_if_over(item)

    def end(self, status: str) -> Iterator[Told]:
        """Yield the events that end every item which has not ended."""
        for item in self._items:
            if not item.done:
                yield from item.end(status)

    def _end_if_over(self, item: OutputItem) -> Iterator[Told]:
        over = item not in self._by_block.values()
        if over and (item.ends_with_its_block or type(item) is MessageItem):
            yield from item.end(COMPLETED)

    def _item(self, start: BlockStart) -> OutputItem:
        number = len(self._items)
        match start:
            case ToolStart(_, tool_use_id, name):
                tool = self._tools.called(name)
                kind = CustomCallItem if tool.kind == CUSTOM else CallItem
                return kind(number, self._request_id, tool_use_id, tool)
            case ReasoningStart() | RedactedStart():
                return ReasoningItem(number, self._request_id)
        return MessageItem(number, self._request_id)


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
