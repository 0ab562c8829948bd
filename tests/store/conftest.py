"""A DynamoDB for the tests of this folder, with an empty table for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lambda_streaming_store.table import Table

from tests.store.streams import serving
from tests.support import stored_responses
from tests.support.bedrock.queued import Bedrock
from tests.support.gateway import Gate, Serving
from tests.support.ministack import Ministack


@pytest.fixture(scope="session")
def ministack() -> Iterator[Ministack]:
    """Yield a DynamoDB."""
    with Ministack() as running:
        yield running


@pytest.fixture(scope="module")
def table_name(ministack: Ministack) -> str:
    """Return the name of a table."""
    return ministack.table()


@pytest.fixture(scope="module")
def table(ministack: Ministack, table_name: str) -> Iterator[Table]:
    """Yield a table."""
    table = Table(ministack.environment, table_name)
    yield table
    table.close()


@pytest.fixture(scope="module", name="patient_table")
def _patient_table(ministack: Ministack, table_name: str) -> Iterator[Table]:
    """Yield a table that is waited for when many use it at once: what faults there are, the test makes."""
    table = Table(ministack.environment, table_name, timeout=60)
    yield table
    table.close()


@pytest.fixture(scope="module", name="gate")
def _gate() -> Iterator[Gate]:
    """Yield the gate at which handlers wait."""
    gate = Gate()
    yield gate
    gate.close()


@pytest.fixture(scope="module", name="gateway")
def _gateway(
    table_name: str, ministack: Ministack, gate: Gate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    """Serve the handlers, whose streams are kept."""
    with serving(table_name, ministack, tmp_path_factory.mktemp("gateway"), gate) as running:
        yield running


@pytest.fixture(scope="module", name="model")
def _model() -> Iterator[Bedrock]:
    """Yield the Bedrock that stored responses are of."""
    with Bedrock() as running:
        yield running


@pytest.fixture(scope="module", name="api")
def _api(
    table_name: str, ministack: Ministack, model: Bedrock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    """Serve the Responses API with a store."""
    scratch = tmp_path_factory.mktemp("responses")
    with stored_responses.serving(table_name, ministack, model.url, scratch) as running:
        yield running
