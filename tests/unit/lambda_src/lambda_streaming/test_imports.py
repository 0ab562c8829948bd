"""Hold the modules that a cold start imports: each of them costs time before the first event."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from inspect import signature
from pathlib import Path

import lambda_streaming
import pytest
from lambda_streaming._sse import MEDIA_TYPE

LAYER = Path(__file__).resolve().parents[4] / "lambda_src" / "layer" / "python"
PACKAGE = LAYER / "lambda_streaming"
#: What the first event of a generator needs.
EAGER = {
    "_answer",
    "_awslambdaric",
    "_deadline",
    "_head",
    "_response_stream",
    "_runtime_api",
    "_sse",
    "_stream",
}
#: What ends a response that breaks: there from the first byte on, and earlier only if it is used.
AFTER_FIRST_BYTE = {"_errors", "_failure"}
#: Of Python: what is below `signal` and `socket`, which themselves would take longer than the library.
STANDARD = {"_socket"}
#: What a store adds: HTTP, TLS and the table load in its thread, after the first byte.
OF_A_STORE = {"batches", "current", "errors", "kept", "owner", "recorder", "recording", "rows"}
ON_USE = {
    "_applications.asgi": "lambda_streaming.asgi",
    "_applications.wsgi": "lambda_streaming.wsgi",
    "_event": "lambda_streaming.Event",
    "_errors": "lambda_streaming.HTTPError",
    "_forms.response": "lambda_streaming.Response",
    "_forms.writer": "lambda_streaming.ResponseWriter",
    "_test_response": "lambda_streaming.CollectedResponse",
}
# The Runtime API need not be there: nothing is sent at import.
COLD_START = """
import re, sys
import awslambdaric.bootstrap, awslambdaric.lambda_runtime_client
before = set(sys.modules)
re.compile = re._compile = None  # which nothing calls
import lambda_streaming
@lambda_streaming.stream
def handler(event, context):
    yield {"n": 1}
"""


def imported(code: str, **variables: str) -> set[str]:
    """Return the modules that the library, and what a handler says of it, adds to AWS's runtime loop."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(LAYER),
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1",
        **variables,
    }
    said = f"{COLD_START}\n{code}\nprint(*sorted(set(sys.modules) - before))"
    run = subprocess.run(
        [sys.executable, "-c", said], env=environment, capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def own(modules: set[str]) -> set[str]:
    """Return the modules of the library, without its name."""
    return {
        name.removeprefix("lambda_streaming.") for name in modules if name.startswith("lambda_streaming.")
    }


def test_lambda_streaming_cold_start_imports_what_the_first_event_needs_and_compiles_no_regex() -> None:
    modules = imported("")
    assert own(modules) == EAGER
    assert {name for name in modules if not name.startswith("lambda_streaming")} <= STANDARD


def test_lambda_streaming_default_media_type_is_that_of_events() -> None:
    # the decorator does not load the module that has it
    assert signature(lambda_streaming.stream).parameters["media_type"].default == MEDIA_TYPE


def test_lambda_streaming_cold_start_with_a_store_imports_what_the_first_event_needs() -> None:
    store = "lambda_streaming_store."
    more = imported("", STREAM_STORE_TABLE="streams") - imported("")
    assert {name.removeprefix(store) for name in more if name.startswith(store)} == OF_A_STORE
    assert {name for name in more if not name.startswith(store)} <= {"lambda_streaming_store", "binascii"}


@pytest.mark.parametrize("module", ON_USE)
def test_lambda_streaming_name_is_imported_on_use(module: str) -> None:
    assert module in own(imported(f"import re, importlib; importlib.reload(re); {ON_USE[module]}"))


def test_lambda_streaming_has_no_name_that_nobody_knows() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'strem'"):
        lambda_streaming.strem  # noqa: B018


def test_lambda_streaming_lists_every_name_that_is_imported_on_use() -> None:
    eager = {"at_end", "cancelled", "keep_now", "stream", "stream_id"}
    assert set(lambda_streaming.__all__) == {*lambda_streaming._MODULES, *eager}
    assert all(getattr(lambda_streaming, name) for name in lambda_streaming.__all__)


def test_lambda_streaming_wsgi_imports_no_event_loop() -> None:
    code = "import sys, lambda_streaming; lambda_streaming.wsgi; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(LAYER)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(run.stdout.split())
    assert "lambda_streaming._applications.wsgi" in loaded
    assert loaded.isdisjoint({"asyncio", "logging", "lambda_streaming._applications.asgi"})


def test_lambda_streaming_modules_import_down_on_at_most_seven_floors() -> None:
    imports = {path.stem: set(own_imports(path)) for path in PACKAGE.glob("*.py") if path.stem != "__init__"}
    imports["_forms"] = {"_response_stream"}  # test_boundaries has its arrows

    def floor(name: str, above: tuple[str, ...] = ()) -> int:
        assert name not in above, f"circle: {above} imports {name}"
        return 1 + max((floor(each, (*above, name)) for each in imports[name]), default=0)

    assert max(map(floor, imports)) <= 7


def own_imports(path: Path) -> list[str]:
    """Return the modules of the package that one imports, also lazily or for types only."""
    nodes = [
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)
    ]
    return [
        name.partition(".")[0]
        for node in nodes
        if node.level == 1
        for name in ([node.module] if node.module else [alias.name for alias in node.names])
    ]
