"""One API with a store for the suite, whose model waits for the test, and a browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.bedrock.shipped import standin
from tests.support.browsers import launching
from tests.support.cutting_proxy import CuttingProxy
from tests.support.gateway import PATIENCE, Gate, Serving
from tests.support.kept_api import kept_api


class Tokens:
    """Holds every answer of the model at the same token, which the test sets."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._number = 0
        #: How many answers were begun.
        self.asked = 0

    async def __call__(self, index: int) -> None:
        """Wait until the test lets a token go; after a test that failed, not for ever."""
        self.asked += index == 0
        await asyncio.to_thread(self._wait, index)

    def allow(self, number: int) -> None:
        """Let so many tokens of an answer go, and hold the next."""
        with self._changed:
            self._number = number
            self._changed.notify_all()

    def _wait(self, index: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: index < self._number, PATIENCE)


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    """The tokens of the model, in the hands of the test."""
    return Tokens()


@pytest.fixture(scope="session")
def gate() -> Iterator[Gate]:
    """The gate at which the handler waits."""
    gate = Gate()
    yield gate
    gate.close()


@pytest.fixture(scope="session")
def kept(tokens: Tokens, gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The API."""
    with standin(tokens) as bedrock:
        environment = {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock, "GATE": gate.address}
        with kept_api(tmp_path_factory.mktemp("kept"), environment) as serving:
            yield serving


@pytest.fixture
def proxy(kept: Serving) -> Iterator[CuttingProxy]:
    """What is between a page and the API."""
    with CuttingProxy(f"{kept.url}/prod") as proxy:
        yield proxy


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium for this module: others have event loops of their own."""
    with launching() as launch:
        yield launch()
