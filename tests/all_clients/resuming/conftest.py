"""One API with a store for the suite, whose model waits for the test, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.bedrock.shipped import Held, standin
from tests.support.browsers import launching
from tests.support.cutting_proxy import CuttingProxy
from tests.support.gateway import Gate, Serving
from tests.support.kept_api import kept_api


@pytest.fixture(scope="session")
def tokens() -> Held:
    """The tokens of the model, in the hands of the test."""
    return Held()


@pytest.fixture(scope="session")
def gate() -> Iterator[Gate]:
    """The gate at which the handler waits."""
    gate = Gate()
    yield gate
    gate.close()


@pytest.fixture(scope="session")
def kept(tokens: Held, gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
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
