"""The bundles of examples/agents for Lambda: of its Python and processor, and within its limit."""

from __future__ import annotations

import pytest

from cdk_streaming_api._bundle.build import MOST_BYTES
from cdk_streaming_api._bundle.tidy import sizes
from tests.agents.environments import AGENTS, bundled

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", AGENTS)
def test_agent_bundle_fits_lambda_and_has_its_machine_code(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = bundled(name, "--runtime", "python3.14", kind="lambda")
    compiled = [path.name for path in folder.rglob("*.so")]
    assert compiled
    for each in compiled:
        assert "x86_64" not in each, each
        assert "aarch64" in each or "abi3" in each, each
    assert 30 * 2**20 < sum(sizes(folder).values()) < MOST_BYTES / 2
    capsys.readouterr()
    bundled(name, "--runtime", "python3.14", kind="lambda")
    assert "up to date" in capsys.readouterr().out
