"""Hold the modules that a cold start imports: each of them costs time before the first event."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

LAYER = Path(__file__).resolve().parents[4] / "lambda_src" / "layer" / "python"
PACKAGE = LAYER / "lambda_streaming"
LAZY = {
    "_test_response",
    "_bandwidth",
    "_event_loop",
    "_function_url",
    "_own_runtime_loop",
    "_proxy_response",
    "_threads",
}
# The Runtime API need not be there: nothing is sent at import.
COLD_START = """
import sys
import awslambdaric.bootstrap, awslambdaric.lambda_runtime_client
before = set(sys.modules)
import lambda_streaming
print(*sorted(set(sys.modules) - before))
"""


def imported_at_cold_start() -> set[str]:
    """Return the modules that the library adds to those of AWS's runtime loop."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(LAYER),
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1",
    }
    run = subprocess.run(
        [sys.executable, "-c", COLD_START], env=environment, capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_lambda_streaming_cold_start_imports_no_lazy_and_no_large_module() -> None:
    modules = imported_at_cold_start()
    own = {name.partition(".")[2] for name in modules if name.startswith("lambda_streaming.")}
    assert own == {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"} - LAZY
    assert modules.isdisjoint({"asyncio", "typing", "dataclasses", "http.client", "socket", "ssl"})


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
        name
        for node in nodes
        if node.level == 1
        for name in ([node.module] if node.module else [alias.name for alias in node.names])
    ]
