"""Tell whether a function runs an ASGI or WSGI application with ``lambda_streaming``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...template.lenient_json import Json, mapping, text
from .resources import Resource

_IMPORTED = re.compile(r"^\s*(from|import)\s+lambda_streaming\b", re.MULTILINE)
_CALLED = re.compile(r"\b(asgi|wsgi)\s*\(")
#: Larger modules are not read.
_LARGEST = 1_000_000


def application_of(function: Resource) -> str:
    """Return ``asgi`` or ``wsgi`` for the call in the module of the handler; empty where it is not known.

    The module stands in the template, or in an asset of the assembly that is a folder.
    """
    properties = function.properties
    code = mapping(properties.get("Code"))
    source = text(code.get("ZipFile")) or _module(function, text(properties.get("Handler")), code)
    called = _CALLED.search(source) if _IMPORTED.search(source) else None
    return called[1] if called else ""


def _module(function: Resource, handler: str, code: Mapping[str, Json]) -> str:
    folder = function.template.assets.get(text(code.get("S3Key")))
    module = handler.rpartition(".")[0].replace(".", "/")
    if folder is None or not module:
        return ""
    file = folder / f"{module}.py"
    try:
        inside = file.resolve().is_relative_to(folder.resolve())
        return file.read_text("utf-8") if inside and file.stat().st_size <= _LARGEST else ""
    except (OSError, ValueError):
        return ""
