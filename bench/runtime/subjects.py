"""The functions under test: the rows of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from .install import Installed

FLOOR = "awslambdaric, buffered handler"
BARE = "lambda_streaming"
BARE_BYTECODE = "lambda_streaming, with bytecode"
CHAT = "chat handler"
CHAT_BYTECODE = "chat handler, with bytecode"
CHAT_BOTO3 = "chat handler through boto3"
WEB = "FastAPI + uvicorn + boto3"
NODE = "Node.js 22 + bundled SDK"
RELAY = "lambda_streaming, 10,000 events/s"
RELAY_NODE = "Node.js 22 responseStream, 10,000 events/s"
#: What is compared with another commit.
COMPARED = (BARE, BARE_BYTECODE, CHAT)


@dataclass(frozen=True)
class Subject:
    """A function and how it is started.

    :param streams: whether it answers with the events of the model, or not at all
    :param web: whether it is a web server behind an adapter; ``{port}`` in the command is then its port
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    streams: bool = True
    web: bool = False


def subjects(installed: Installed) -> list[Subject]:
    """Return every row, in the order of the table."""
    python = partial(_python, installed)
    chat = "chat.handler.handler"
    uvicorn = ("-m", "uvicorn", "app:app", "--port", "{port}", "--log-level", "warning")
    return [
        python(FLOOR, "plain.handler"),
        python(BARE, "bare.handler"),
        python(BARE_BYTECODE, "bare.handler", "bytecode"),
        python(CHAT, chat),
        python(CHAT_BYTECODE, chat, "bytecode"),
        # any exec wrapper makes the handler use boto3, and awslambdaric knows nothing of it
        python(CHAT_BOTO3, chat, AWS_LAMBDA_EXEC_WRAPPER="none"),
        Subject(
            WEB,
            (str(installed.python), *uvicorn),
            installed.tasks["source"],
            {"PYTHONDONTWRITEBYTECODE": "1"},
            web=True,
        ),
        _node(installed, NODE, "index.handler"),
    ]


def relays(installed: Installed) -> list[Subject]:
    """Return the functions that pass on small events."""
    return [
        _python(installed, RELAY, "relay.handler"),
        _node(installed, RELAY_NODE, "relay.handler"),
    ]


def _python(
    installed: Installed, name: str, handler: str, kind: str = "source", **environment: str
) -> Subject:
    environment = {
        "_HANDLER": handler,
        "PYTHONPATH": str(installed.layers[kind]),
        # /var/task and /opt cannot be written to
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment,
    }
    command = (str(installed.python), "-m", "awslambdaric", handler)
    return Subject(name, command, installed.tasks[kind], environment, streams=name != FLOOR)


def _node(installed: Installed, name: str, handler: str) -> Subject:
    preloaded = str(installed.tasks["source"] / "native_client.cjs")
    command = (str(installed.node), "--require", preloaded, str(installed.runtime_client), handler)
    environment = {"_HANDLER": handler, "NODE_EXTRA_CA_CERTS": str(installed.trusted)}
    return Subject(name, command, installed.bundle, environment)


def compared(installed: Installed, other: Installed, commit: str) -> list[Subject]:
    """Return the functions of this project, each beside its own of another commit, and what is below them.

    :param other: where those of the other commit are
    """
    ours = {subject.name: subject for subject in subjects(installed)}
    theirs = {subject.name: subject for subject in subjects(other)}
    pairs = [(ours[name], replace(theirs[name], name=at(name, commit))) for name in COMPARED]
    return [ours[FLOOR], *(subject for pair in pairs for subject in pair)]


def compared_relays(installed: Installed, other: Installed, commit: str) -> list[Subject]:
    """Return the function of this project that passes on small events, and the same of another commit."""
    ours, theirs = relays(installed)[0], relays(other)[0]
    return [ours, replace(theirs, name=at(RELAY, commit))]


def at(name: str, commit: str) -> str:
    """Return the name of a row of another commit."""
    return f"{name}, at {commit}"
