"""pytest plugin: the fixtures ``streaming_gateway`` and ``bedrock``, and no tests from ``cdk.out``.

pytest imports this module whenever the package is installed; the rest is imported when a fixture is used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import Bedrock, StreamingGateway
    from .testing.local import Local


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what ``cdk synth`` wrote: its assets have packages with tests of their own."""
    assembly = all((collection_path / name).is_file() for name in ("manifest.json", "cdk.out"))
    return assembly or None


@pytest.fixture(scope="session")
def _streaming_api_local(pytestconfig: pytest.Config) -> Iterator[Local]:
    from .testing.local import Local

    cache = os.environ.get("STREAMING_API_CACHE") or pytestconfig.rootpath / ".cache" / "streaming-api"
    local = Local(Path(cache))
    yield local
    local.close()


@pytest.fixture(scope="session")
def streaming_gateway(_streaming_api_local: Local) -> StreamingGateway:
    """Serve a CDK stack, a ``cdk.out`` or a template as API Gateway would: ``streaming_gateway(stack)``.

    What it returns has ``url``, ``request``, ``get``, ``post``, ``log`` and ``access_log``; it signs requests
    to routes with IAM authorization. Each source is served once in a session.
    """
    return _streaming_api_local.gateways


@pytest.fixture
def bedrock(_streaming_api_local: Local) -> Iterator[Bedrock]:
    """Script the replies of Amazon Bedrock to functions in this test: ``reply``, ``fail``, ``hold``."""
    yield _streaming_api_local.bedrock
    _streaming_api_local.bedrock.reset()
