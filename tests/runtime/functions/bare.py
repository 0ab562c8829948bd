"""Handlers of each form that say which modules of the library are loaded; they import nothing else of it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

from lambda_streaming import stream

PACKAGE = "lambda_streaming."


def loaded() -> dict[str, object]:
    names = (name for name in sys.modules if name.startswith(PACKAGE))
    return {"loaded": sorted(name.removeprefix(PACKAGE) for name in names)}


@stream
def generator(event: object, context: object) -> Iterator[dict[str, object]]:
    yield loaded()
    yield loaded()


@stream
async def asynchronous(event: object, context: object) -> AsyncIterator[dict[str, object]]:
    yield loaded()
    yield loaded()


@stream
def writer(event: object, context: object, response: Any) -> None:  # noqa: ANN401
    response.write(loaded())
    response.write(loaded())
