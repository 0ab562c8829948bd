"""What a cold start pays for: the format of its first request and no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
PATHS = [str(ROOT), str(ROOT / "lambda_src"), str(ROOT / "lambda_src" / "layer" / "python")]
BODIES: dict[str, dict[str, object]] = {
    "/chat": {"prompt": "Hi"},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "Hi"}]},
    "/v1/responses": {"input": "Hi"},
}
ASK = """
import json, sys
from tests.unit.lambda_src.chat.handling import handle
assert handle(json.loads(sys.argv[1])).status == 200
assert {"chat.limits.caller_fields", "chat.limits.token_limit"}.isdisjoint(sys.modules)
assert {"chat.formats.responses.state", "lambda_streaming_store.current"}.isdisjoint(sys.modules)
print(*sorted({name.split(".")[2] for name in sys.modules if name.startswith("chat.formats.")}))
"""
#: What only a request of another kind or a failure needs.
ON_USE = {
    "lambda_streaming._errors",
    "chat.bedrock.error_response",
    "chat.bedrock.retry",
    "chat.bedrock.sdk",
    "chat.errors",
}
#: Of ours, with the native format and what it needs: each has to be found, read and compiled.
MOST_MODULES = 38
#: What the records of usage have loaded when the last byte is sent, and what when the request is over.
USED = """
import json, sys
from lambda_streaming import CollectedResponse
from tests.unit.lambda_src.chat.handling import handle
def used():
    wanted = ("chat.usage", "lambda_streaming_store", "opentelemetry")
    print(*sorted(name for name in sys.modules if name.startswith(wanted)))
CollectedResponse.close = lambda _: used()
handle({"path": "/chat", "body": '{"prompt":"Hi"}'})
used()
"""
# without site, which loads what environments have for themselves
START = """
import sys
import chat.handler, chat.formats.native
print(*sys.modules)
"""


@pytest.mark.parametrize(
    ("path", "loaded"),
    [
        ("/chat", {"native"}),
        ("/v1/chat/completions", {"fitting", "members", "openai", "openai_words"}),
        ("/v1/responses", {"fitting", "members", "openai_words", "responses"}),
    ],
)
def test_chat_imports_only_the_format_that_is_asked(path: str, loaded: set[str]) -> None:
    event = json.dumps({"path": path, "body": json.dumps(BODIES[path])})
    done = subprocess.run(
        [sys.executable, "-c", ASK, event],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": ":".join(PATHS)},
    )
    # the record of the request comes before it
    assert set(done.stdout.splitlines()[-1].split()) == loaded


def test_chat_cold_start_imports_nothing_that_only_a_failure_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", START],
        capture_output=True,
        text=True,
        check=True,
        env={
            "PYTHONPATH": ":".join(PATHS),
            "BEDROCK_MODEL_ID": "amazon.nova-lite-v1:0",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
        },
    )
    modules = set(done.stdout.split())
    assert modules.isdisjoint(ON_USE)
    # nothing of a budget either, without one
    assert not {name for name in modules if name.startswith(("chat.budget", "lambda_streaming_store.table"))}
    assert not [name for name in modules if name.startswith("chat.usage")]
    # nor what only SnapStart and pages need, and of the standard library no parser of mails and of URLs
    assert modules.isdisjoint({"lambda_streaming_aws.container_credentials", "lambda_streaming_cors"})
    assert modules.isdisjoint({"email", "http", "urllib", "random", "datetime", "ipaddress"})
    assert len({name for name in modules if name.startswith(("chat", "lambda_streaming"))}) <= MOST_MODULES
    assert {"chat.bedrock.client", "lambda_streaming._stream"} <= modules


def test_chat_with_snapstart_loads_the_fetching_of_credentials_before_the_first_request() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", START],
        capture_output=True,
        text=True,
        check=True,
        env={
            "PYTHONPATH": ":".join(PATHS),
            "BEDROCK_MODEL_ID": "amazon.nova-lite-v1:0",
            "AWS_REGION": "us-east-1",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9001/credentials",
        },
    )
    assert "lambda_streaming_aws.container_credentials" in done.stdout.split()


def test_chat_loads_nothing_of_usage_before_the_client_has_its_answer() -> None:
    done = subprocess.run(
        [sys.executable, "-c", USED],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": ":".join(PATHS)},
    )
    at_last_byte, record, afterwards = done.stdout.split("\n")[:3]
    assert at_last_byte == ""
    assert json.loads(record)["event"] == "usage"
    # a stream that did not break is not estimated, and nobody traces
    assert set(afterwards.split()) == {
        *("chat.usage", "chat.usage.counts", "chat.usage.edge", "chat.usage.ends", "chat.usage.prices"),
        *("chat.usage.record", "chat.usage.report", "lambda_streaming_store", "lambda_streaming_store.owner"),
    }
