"""The WSGI applications of these tests as a2wsgi serves them: an attribute for each module of one."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(module: str) -> Any:  # noqa: ANN401
    if not module.endswith("_app"):
        raise AttributeError(module)
    from a2wsgi import WSGIMiddleware

    return WSGIMiddleware(import_module(f"tests.runtime.functions.frameworks.{module}").application)
