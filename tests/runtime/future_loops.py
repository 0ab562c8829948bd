"""Start awslambdaric as a later version may be: ``python future_loops.py CHANGE HANDLER``.

Its source is changed before it is imported. A replacement that finds nothing ends the process, so that a new
awslambdaric with other sources is noticed.
"""

from __future__ import annotations

import importlib.util
import runpy
import sys
from types import ModuleType

CLIENT, BOOTSTRAP = "awslambdaric.lambda_runtime_client", "awslambdaric.bootstrap"
#: The functions of the C module under other names.
RENAMED = {
    "runtime_client.next": "runtime_client.fetch",
    "runtime_client.post_invocation_result": "runtime_client.send_result",
    "runtime_client.post_error": "runtime_client.send_error",
}
BIND = """
class _Renamed:
    initialize_client = runtime_client.initialize_client
    fetch, send_result = runtime_client.next, runtime_client.post_invocation_result
    send_error = runtime_client.post_error
"""
#: The loop takes what a handler yields, and sends it by a method of its own.
STREAMS = """        response = request_handler(event, lambda_context)
        if hasattr(response, "__next__"):
            chunks = b"".join(response)
            lambda_runtime_client.post_streaming_result(invoke_id, chunks)
            return
"""
METHOD = """
def post_streaming_result(self, invoke_id, chunks):
    self.post_invocation_result(invoke_id, b"streamed by the loop: " + chunks, "text/plain")
BaseLambdaRuntimeClient.post_streaming_result = post_streaming_result
"""


def changed(name: str, replacements: dict[str, str], more: str = "") -> None:
    """Import a module of awslambdaric with another source."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    with open(spec.origin, encoding="utf-8") as file:
        source = file.read()
    for old, new in replacements.items():
        if old not in source:
            sys.exit(f"{name} has no {old!r}")
        source = source.replace(old, new)
    module = ModuleType(name)
    module.__spec__, module.__file__, module.__package__ = spec, spec.origin, "awslambdaric"
    sys.modules[name] = module
    exec(compile(source + more, spec.origin, "exec"), vars(module))
    setattr(sys.modules["awslambdaric"], name.rpartition(".")[2], module)


def renamed() -> None:
    """Rename the three functions that the library replaces."""
    changed(CLIENT, RENAMED, BIND + "runtime_client = _Renamed()\n")


def streaming() -> None:
    """Give the loop a way to stream what a handler yields; the three functions stay."""
    changed(CLIENT, {}, METHOD)
    changed(BOOTSTRAP, {"        response = request_handler(event, lambda_context)\n": STREAMS})


def bypassed() -> None:
    """Leave the three functions where they are, and fetch invocations by another one."""
    changed(CLIENT, {"runtime_client.next": "_fetch"}, "\n_fetch = runtime_client.next\n")


if __name__ == "__main__":
    change = sys.argv.pop(1)
    {"renamed": renamed, "streaming": streaming, "bypassed": bypassed}[change]()
    runpy.run_module("awslambdaric", run_name="__main__")
