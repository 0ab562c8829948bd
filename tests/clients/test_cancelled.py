"""What the vendors' own clients make of a stream that somebody cancels: no whole answer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from node import node_binary

from tests.clients.install import CLIENTS, NPM
from tests.support.bedrock.shipped import Held, standin
from tests.support.gateway import Serving
from tests.support.kept_api import NOVA, kept_api

SCRIPTS = Path(__file__).with_name("scripts")
SAY = "[[say=One two three four.]]"
CANCELLED = "the stream was cancelled"
#: The last event of the Responses API, which has a status for it, and no error.
ENDED = ("Ended", "response.incomplete, cancelled")
#: kind, where its client is installed -> how the client ends: with what error, and what is in its text
ENDS = {
    ("chat", "openai-3"): ("APIError", CANCELLED),
    ("responses", "openai-3"): ENDED,
    ("responses_helper", "openai-3"): ("RuntimeError", "Didn't receive a `response.completed` event"),
    ("messages", "anthropic-2"): ("APIStatusError", CANCELLED),
    ("converse", ""): ("EventStreamError", CANCELLED),
    ("chat", "npm"): ("APIError", CANCELLED),
    ("responses", "npm"): ENDED,
    ("messages", "npm"): ("APIError", CANCELLED),
}

#: Of each API one client; `make test-slow` has the others.
QUICK = {("chat", "openai-3"), ("messages", "anthropic-2"), ("converse", "")}
ROWS = [each if each in QUICK else pytest.param(*each, marks=pytest.mark.slow) for each in ENDS]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Serve every format with a store, before a model that never says its third word."""
    tokens = Held()
    tokens.allow(2)
    with standin(tokens) as bedrock:
        environment = {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock}
        with kept_api(tmp_path_factory.mktemp("kept"), environment) as serving:
            yield serving


@pytest.mark.parametrize(("kind", "installed"), ROWS)
def test_client_of_a_vendor_takes_no_stream_that_is_cancelled_for_whole(
    api: Serving, kind: str, installed: str
) -> None:
    environment = {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
    if installed == "npm":
        # a module finds its packages from where it is
        shutil.copy(SCRIPTS / "cancelled.mjs", NPM)
        command = [str(node_binary()), str(NPM / "cancelled.mjs")]
    else:
        own = ["-S"] if installed else []
        command = [sys.executable, *own, str(SCRIPTS / "cancelled.py")]
        environment["PYTHONPATH"] = str(CLIENTS / installed) if installed else ""
    done = subprocess.run(
        [*command, kind, f"{api.url}/prod", NOVA, SAY],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["text"] == "One two "
    name, message = told["error"]
    expected, text = ENDS[kind, installed]
    assert name == expected
    assert text in message
