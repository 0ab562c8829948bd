"""Decide the reply that a prompt asks for, with directives in double square brackets anywhere in its text.

``[[ThrottlingException]]`` fails before the stream, ``[[modelStreamErrorException@2]]`` or ``[[cut@2]]``
within it; ``[[say=Hello.]]``, ``[[tool=weather {"city": "Bonn"}]]``. docs/bedrock-standin.md has all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .json_example import example_of
from .operations import HTTP_EXCEPTIONS, STREAM_EXCEPTIONS
from .prompt import Prompt
from .script import (
    BREAKS,
    CACHES,
    Fault,
    Reply,
    ReplyBlock,
    ReplyEvent,
    ReplyReasoning,
    ReplyRedacted,
    ReplyText,
    ReplyToolCall,
)

#: Directives with a value, and what it is.
SETTINGS = {
    "say": "the text of the reply",
    "tokens": "the number of tokens in the reply; text is repeated or cut, a tool call is cut",
    "stop": "the stop reason, as ConverseStream spells it",
    "pace": "milliseconds before each token; of several values, separated by commas, the last is repeated",
    "slow-first-token": "milliseconds before the first token",
    "tool": "a tool to call: its name, a space and its input as JSON; several directives make parallel calls",
    "reasoning": "reasoning before the text, with a signature",
    "cached": "tokens of the prompt that were read from a cache and, after a comma, written into one",
    "unknown-stop": "a stop reason that no SDK knows",
    "unknown-event": "the name of an event that no SDK knows; it is sent before the first block",
}
#: Directives without a value, and what they do.
FLAGS = {
    "redacted": "adds encrypted reasoning, which only the model can read, before the text",
    "interleaved": "alternates the deltas of the blocks",
    "empty-deltas": "sends an empty delta before each delta",
}
#: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html
STOP_REASONS = frozenset(
    {
        "content_filtered",
        "end_turn",
        "guardrail_intervened",
        "malformed_model_output",
        "malformed_tool_use",
        "max_tokens",
        "model_context_window_exceeded",
        "stop_sequence",
        "tool_use",
    }
)
#: What a reply may be told to have; more than any model gives, and little enough for the memory.
MAX_TOKENS = 1_000_000
BEGIN = re.compile(r"\[\[(?P<name>[A-Za-z-]+)(?:@(?P<after>\d{1,9}))?(?P<next>=|\]\])")
NUMBERS = re.compile(r"\d{1,9}(,\d{1,9})*")
TOKEN = re.compile(r"\S+\s*")
FAULTS = frozenset({*HTTP_EXCEPTIONS, *STREAM_EXCEPTIONS, *BREAKS})

REPLY = (
    "This answer comes from the local stand-in for Amazon Bedrock, not from a model. You asked: {prompt} "
    "It arrives word by word, so that you see each token at the moment it is sent, as you would with a model."
)
TOOL_REPLY = "The tools answered: {prompt}"


@dataclass
class Directives:
    """The directives of a text.

    :param text: the text without them
    """

    text: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    tools: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    fault: Fault | None = None


def default_script(prompt: Prompt) -> Reply:
    """Return a reply that repeats the prompt, or what the directives of the prompt ask for.

    A schema that the request asks for is kept to, and a tool that it forces is called.

    >>> default_script(Prompt("m", "[[say=Hello there.]] [[cut@1]]", 2, None))
    Reply(tokens=('Hello ', 'there.'), stop_reason='end_turn', fault=Fault(name='cut', after=1, ...), ...)

    :raises ValueError: when there is no such directive, or its value is not one
    """
    asked = read_directives(prompt.text)
    settings = asked.settings
    calls = _calls(prompt, asked)
    reply = Reply(
        _tokens(prompt, asked, bool(calls)),
        settings.get("unknown-stop", settings.get("stop", "tool_use" if calls else "end_turn")),
        asked.fault,
        _numbers("pace", settings),
        next(iter(_numbers("slow-first-token", settings)), None),
        interleaved="interleaved" in asked.flags,
        empty_deltas="empty-deltas" in asked.flags,
        usage=dict(zip(CACHES, _numbers("cached", settings), strict=False)),
    )
    if "unknown-stop" not in settings and reply.stop_reason not in STOP_REASONS:
        raise ValueError(
            f"[[stop={reply.stop_reason}]]: the stop reasons are {', '.join(sorted(STOP_REASONS))}"
        )
    reply = _stopped(prompt, reply)
    before = _before(asked)
    if before or calls:
        text = (ReplyText(reply.tokens),) if reply.tokens else ()
        reply = replace(reply, tokens=(), blocks=(*before, *text, *calls))
    if calls and "tokens" in settings:
        reply = reply.cut(_count(settings))
    return reply if prompt.max_tokens is None else reply.cut(prompt.max_tokens)


def read_directives(text: str) -> Directives:
    """Return the directives of a text.

    :raises ValueError: when there is no such directive
    """
    found, position = Directives(), 0
    while begin := BEGIN.search(text, position):
        name, end = begin["name"], begin.end()
        value = None
        if begin["next"] == "=":
            end = _end_of_value(text, end, name)
            if end < 0:
                break
            value = text[begin.end() : end - 2]
        whole = text[begin.start() : end]
        if value is not None and name in SETTINGS and begin["after"] is None:
            if name == "tool":
                found.tools.append(value)
            else:
                found.settings[name] = value
            text, position = text[: begin.start()] + text[end:], begin.start()
            continue
        position = end
        if value is None and name in FLAGS and begin["after"] is None:
            found.flags.add(name)
            text, position = text[: begin.start()] + text[end:], begin.start()
        elif value is None and name in FAULTS:
            found.fault = Fault(name, int(begin["after"] or 0))
        else:
            raise ValueError(f"the stand-in has no directive {whole}")
    found.text = text.strip()
    return found


def _end_of_value(text: str, start: int, name: str) -> int:
    """Return the position after a value and its brackets; -1 without an end.

    The JSON of a tool may have such brackets as well.
    """
    brace = text.find("{", start)
    if name == "tool" and brace >= 0 and "]]" not in text[start:brace]:
        try:
            _, end = json.JSONDecoder().raw_decode(text, brace)
        except ValueError:
            end = start
        if text.startswith("]]", end):
            return end + 2
    end = text.find("]]", start)
    return end + 2 if end >= 0 else -1


def _before(asked: Directives) -> list[ReplyBlock]:
    """Return what comes before the text."""
    before: list[ReplyBlock] = []
    if name := asked.settings.get("unknown-event"):
        before.append(ReplyEvent(name, {"text": "of the future"}))
    if thought := asked.settings.get("reasoning"):
        before.append(ReplyReasoning(tuple(TOKEN.findall(thought))))
    if "redacted" in asked.flags:
        before.append(ReplyRedacted())
    return before


def _tokens(prompt: Prompt, asked: Directives, calls: bool) -> tuple[str, ...]:
    """Return the tokens of the text; there is none beside calls unless it is asked for."""
    settings = asked.settings
    schema = _output_schema(prompt.request)
    if "say" in settings:
        said = settings["say"]
    elif calls:
        return ()
    elif schema is not None:
        said = json.dumps(example_of(schema))
    else:
        said = (TOOL_REPLY if prompt.answers_tools else REPLY).format(prompt=asked.text)
    tokens = tuple(TOKEN.findall(said))
    if "tokens" in settings and not calls:
        count = _count(settings)
        tokens = (tokens * (count // max(len(tokens), 1) + 1))[:count]
    return tokens


def _stopped(prompt: Prompt, reply: Reply) -> Reply:
    """Return a reply that ends where its text has a stop sequence of the request."""
    config = prompt.request.get("inferenceConfig")
    sequences = config.get("stopSequences") if isinstance(config, dict) else None
    text = "".join(reply.tokens)
    met = [(text.index(it), it) for it in sequences or [] if isinstance(it, str) and it and it in text]
    if not met:
        return reply
    end, sequence = min(met)
    tokens = tuple(TOKEN.findall(text[:end]))
    return replace(reply, tokens=tokens, stop_reason="stop_sequence", stop_sequence=sequence)


def _calls(prompt: Prompt, asked: Directives) -> list[ReplyToolCall]:
    """Return the calls of tools: those of the directives, or that which the request forces."""
    calls = [ReplyToolCall(*_name_and_input(value)) for value in asked.tools]
    if not calls and "say" not in asked.settings and (forced := _forced_tool(prompt.request)):
        calls = [forced]
    return [replace(call, id=f"tooluse_{prompt.turn}_{number}") for number, call in enumerate(calls, start=1)]


def _name_and_input(value: str) -> tuple[str, Mapping[str, object] | str]:
    name, _, text = value.strip().partition(" ")
    return name, text.strip()


def _forced_tool(request: Mapping[str, object]) -> ReplyToolCall | None:
    """Return a call of the tool that ``toolChoice`` forces, with an input that its schema takes."""
    config = request.get("toolConfig")
    choice = config.get("toolChoice") if isinstance(config, dict) else None
    if not isinstance(config, dict) or not isinstance(choice, dict) or "auto" in choice:
        return None
    specs = [tool["toolSpec"] for tool in config.get("tools") or [] if tool.get("toolSpec")]
    name = (choice.get("tool") or {}).get("name")
    spec = next((spec for spec in specs if name in (None, spec["name"])), None)
    if spec is None:
        return None
    example = example_of(spec["inputSchema"]["json"])
    return ReplyToolCall(spec["name"], example if isinstance(example, dict) else "")


def _output_schema(request: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the schema that the text is to keep to."""
    config = request.get("outputConfig")
    form = config.get("textFormat") if isinstance(config, dict) else None
    structure = form.get("structure") if isinstance(form, dict) else None
    given = (structure.get("jsonSchema") or {}).get("schema") if isinstance(structure, dict) else None
    schema = json.loads(given) if isinstance(given, str) else _own_schema(request)
    return schema if isinstance(schema, dict) else None


def _own_schema(request: Mapping[str, object]) -> object:
    """Return the schema in the words of Anthropic's models, which Converse passes on."""
    value: object = request.get("additionalModelRequestFields")
    for name in ("output_config", "format", "schema"):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _count(settings: Mapping[str, str]) -> int:
    count = _numbers("tokens", settings)[0]
    if count > MAX_TOKENS:
        raise ValueError(f"[[tokens={count}]]: a reply has at most {MAX_TOKENS} tokens")
    return count


def _numbers(name: str, settings: Mapping[str, str]) -> tuple[int, ...]:
    value = settings.get(name)
    if value is None:
        return ()
    if not NUMBERS.fullmatch(value):
        raise ValueError(f"[[{name}={value}]]: expected a number, or for pace and cached several with commas")
    return tuple(map(int, value.split(",")))
