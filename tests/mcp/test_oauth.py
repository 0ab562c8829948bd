"""The clients' own sign-in through the local gateway, from 401 to the tools, with a provider on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streaming_api_tools.local.gateway.authorizers.iam import Access
from tests.local.serving import Serving
from tests.support.mcp.authorized import SCOPE, authorized
from tests.support.mcp.environments import FOLDER, JAVASCRIPT, NODE, is_installed
from tests.support.mcp.identity_provider import CLIENT_ID, REDIRECT_URI, IdentityProvider

DRIVERS = Path(__file__).resolve().parents[1] / "support" / "mcp" / "drivers"
#: name -> environment, command
CLIENTS: dict[str, tuple[str, list[str]]] = {
    "Python SDK 1": ("mcp-1", [sys.executable, str(DRIVERS / "oauth_1.py")]),
    "Python SDK 2": ("mcp", [sys.executable, str(DRIVERS / "oauth.py")]),
    "TypeScript SDK 1": (JAVASCRIPT, [str(NODE), str(DRIVERS / "oauth.mjs"), "sdk"]),
    "TypeScript client 2": (JAVASCRIPT, [str(NODE), str(DRIVERS / "oauth.mjs"), "client"]),
}
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as running:
        yield running


@pytest.fixture(scope="module")
def serving(provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The server, whose authorizer reads its keys from loopback."""
    application = authorized(tmp_path_factory.mktemp("oauth"), provider.url)
    with Serving(application, access=Access(), environment={"JWKS_ON_LOOPBACK": "1"}) as running:
        yield running


def run(command: list[str], packages: Path, serving: Serving, token: str = "") -> dict[str, Any]:
    """Return what a driver has seen."""
    done = subprocess.run(
        [*command, f"{serving.url}/prod/mcp", CLIENT_ID, REDIRECT_URI, token],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(packages), "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


@pytest.fixture(params=CLIENTS)
def ask(
    request: pytest.FixtureRequest, serving: Serving, provider: IdentityProvider, tmp_path: Path
) -> Iterator[Ask]:
    """Return what lets a client sign in with the token that it has, if any, and list the tools."""
    environment, command = CLIENTS[request.param]
    if not is_installed(environment):
        pytest.skip(f"{environment} is not installed; run python -m tests.mcp.install")
    provider.requests.clear()

    def ask(token: str = "") -> dict[str, Any]:
        packages = FOLDER / environment
        called = [*command]
        if environment == JAVASCRIPT:  # Node finds packages beside and above the module
            (tmp_path / "node_modules").symlink_to(packages / "node_modules")
            module = tmp_path / "oauth.mjs"
            module.write_text(Path(command[1]).read_text("utf-8"), "utf-8")
            called[1] = str(module)
        return run(called, packages, serving, token)

    yield ask
    provider.changes.clear()


def test_oauth_client_signs_in_and_lists_the_tools(
    ask: Ask, serving: Serving, provider: IdentityProvider
) -> None:
    assert ask() == {"error": None, "tools": ["count"], "signed_in": 1}
    sign_in = [given for path, given in provider.requests if path == "GET /authorize"]
    resource = f"{serving.url}/prod/mcp"
    assert [(it["resource"], it["scope"], it["code_challenge_method"]) for it in sign_in] == [
        (resource, SCOPE, "S256")
    ]
    assert [path for path in provider.paths() if path != "GET /keys"] == ["GET /authorize", "POST /token"]


def test_oauth_fastmcp_client_signs_in_and_listens_for_its_code(
    serving: Serving, provider: IdentityProvider
) -> None:
    """It brings a page of its own to which people return; the token it had is that of the memory."""
    if not is_installed("fastmcp"):
        pytest.skip("fastmcp is not installed; run python -m tests.mcp.install")
    seen = run([sys.executable, str(DRIVERS / "oauth_fastmcp.py")], FOLDER / "fastmcp", serving)
    assert seen == {"error": None, "tools": ["count"], "signed_in": 1}


def test_oauth_client_with_a_good_token_does_not_sign_in(
    ask: Ask, serving: Serving, provider: IdentityProvider
) -> None:
    token = provider.token(f"{serving.url}/prod/mcp", SCOPE)
    assert ask(token) == {"error": None, "tools": ["count"], "signed_in": 0}


@pytest.mark.parametrize(
    "change", [{"exp": 1}, {"aud": "https://other.example/mcp"}, {"iss": "https://other.example"}]
)
def test_oauth_client_with_another_token_signs_in_again(
    ask: Ask, serving: Serving, provider: IdentityProvider, change: dict[str, object]
) -> None:
    token = provider.token(f"{serving.url}/prod/mcp", SCOPE, **change)
    assert ask(token) == {"error": None, "tools": ["count"], "signed_in": 1}


def test_oauth_client_without_an_audience_in_its_token_is_known_by_its_id(
    ask: Ask, serving: Serving, provider: IdentityProvider
) -> None:
    """Cognito's tokens have no aud, unless the pool binds them to a resource."""
    token = provider.token("", SCOPE, aud=...)
    assert ask(token) == {"error": None, "tools": ["count"], "signed_in": 0}


def test_oauth_client_whose_scope_does_not_suffice_is_told(
    ask: Ask, serving: Serving, provider: IdentityProvider
) -> None:
    """A client may ask for more; here the person may not have it, and the client gives up."""
    provider.changes["scope"] = "tools/list"
    seen = ask(provider.token(f"{serving.url}/prod/mcp", "tools/list"))
    assert seen["tools"] == []
    assert seen["error"]
    assert seen["signed_in"] >= 1
    serving.logged("403: the token lacks the scope tools/call")
