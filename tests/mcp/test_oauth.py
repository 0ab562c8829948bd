"""The clients' own sign-in through the local gateway, from 401 to the tools, with a provider on loopback."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streaming_api_tools.local.gateway.authorizers.iam import Access
from tests.support.gateway import Client, Serving
from tests.support.mcp.authorized import DOMAIN, SCOPE, authorized
from tests.support.mcp.domain import Domain
from tests.support.mcp.environments import FOLDER, JAVASCRIPT, NODE, is_installed
from tests.support.mcp.identity_provider import CLIENT_ID, REDIRECT_URI, IdentityProvider
from tests.support.mcp.run import DRIVERS, run

#: name -> environment, driver, its first argument
CLIENTS: dict[str, tuple[str, str, list[str]]] = {
    "python-1": ("mcp-1", "oauth_1.py", []),
    "python-2": ("mcp", "oauth.py", []),
    "typescript-1": (JAVASCRIPT, "oauth.mjs", ["sdk"]),
    "typescript-2": (JAVASCRIPT, "oauth.mjs", ["client"]),
}
SIGNED_IN = {"error": None, "tools": ["count"], "signed_in": 1}
KNOWN = {"error": None, "tools": ["count"], "signed_in": 0}
#: Lets a client list the tools at a URL, with a token if it has one, and returns what it has seen.
Ask = Callable[..., dict[str, Any]]


def told(client: tuple[str, str, list[str]], scratch: Path, url: str, token: str) -> dict[str, Any]:
    environment, driver, arguments = client
    if not is_installed(environment):
        pytest.skip(f"{environment} is not installed; run python -m tests.mcp.install")
    command = [sys.executable, str(DRIVERS / driver)]
    if environment == JAVASCRIPT:  # Node looks for packages beside the script
        shutil.copy(DRIVERS / driver, scratch)
        (scratch / "node_modules").symlink_to(FOLDER / JAVASCRIPT / "node_modules")
        command = [str(NODE), str(scratch / driver)]
    output = run([*command, *arguments, url, CLIENT_ID, REDIRECT_URI, token], environment)
    seen: dict[str, Any] = json.loads(output.splitlines()[-1])
    return seen


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as running:
        yield running


@pytest.fixture(autouse=True)
def _new_day(provider: IdentityProvider) -> None:
    provider.requests.clear()
    provider.changes.clear()


def begun(provider: IdentityProvider, scratch: Path, *, with_domain: bool) -> Iterator[Serving]:
    """Yield the server when its functions have started: clients give up on a server that takes long."""
    application = authorized(scratch, provider.url, with_domain=with_domain)
    with Serving(application, access=Access(), environment={"JWKS_ON_LOOPBACK": "1"}) as running:
        resource = f"{DOMAIN}/mcp" if with_domain else f"{running.url}/prod/mcp"
        headers = {
            "Accept": "application/json, text/event-stream",
            "Authorization": f"Bearer {provider.token(resource, SCOPE)}",
            "Content-Type": "application/json",
        }
        message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}})
        with Client(running.url) as client:
            assert client.send("POST", "/prod/mcp", message, headers).status == 200
        yield running


@pytest.fixture(scope="module")
def serving(provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The server at the URL of its stage; its authorizer reads its keys from loopback."""
    yield from begun(provider, tmp_path_factory.mktemp("oauth"), with_domain=False)


@pytest.fixture(scope="module")
def behind(provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The server with a domain name."""
    yield from begun(provider, tmp_path_factory.mktemp("domain"), with_domain=True)


@pytest.fixture(params=CLIENTS)
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Ask:
    return lambda url, token="": told(CLIENTS[request.param], tmp_path, url, token)


def test_oauth_client_signs_in_and_lists_the_tools(
    ask: Ask, serving: Serving, provider: IdentityProvider
) -> None:
    resource = f"{serving.url}/prod/mcp"
    assert ask(resource) == SIGNED_IN
    sign_in = [given for path, given in provider.requests if path == "GET /authorize"]
    assert [(it["resource"], it["scope"], it["code_challenge_method"]) for it in sign_in] == [
        (resource, SCOPE, "S256")
    ]
    assert [path for path in provider.paths() if path != "GET /keys"] == ["GET /authorize", "POST /token"]


def test_oauth_fastmcp_client_signs_in_and_listens_for_its_code(serving: Serving, tmp_path: Path) -> None:
    """It brings a page of its own to which people return."""
    client: tuple[str, str, list[str]] = ("fastmcp", "oauth_fastmcp.py", [])
    assert told(client, tmp_path, f"{serving.url}/prod/mcp", "") == SIGNED_IN


@pytest.mark.parametrize("without", ["", "www-authenticate"])
def test_oauth_client_signs_in_at_a_domain_name(
    ask: Ask, behind: Serving, provider: IdentityProvider, without: str
) -> None:
    """At the root of a host the documents are where clients look for them by themselves."""
    provider.changes["aud"] = f"{DOMAIN}/mcp"  # the domain is an address here, whose URL the client asks for
    with Domain(DOMAIN, f"{behind.url}/prod", without) as domain:
        assert ask(f"{domain.url}/mcp") == SIGNED_IN
    assert ("GET /.well-known/oauth-protected-resource/mcp", 200) in domain.paths
    assert ("GET /.well-known/oauth-authorization-server", 200) in domain.paths


def test_oauth_client_with_a_good_token_does_not_sign_in(
    ask: Ask, serving: Serving, provider: IdentityProvider
) -> None:
    resource = f"{serving.url}/prod/mcp"
    assert ask(resource, provider.token(resource, SCOPE)) == KNOWN


@pytest.mark.parametrize(
    "change", [{"exp": 1}, {"aud": "https://other.example/mcp"}, {"iss": "https://other.example"}]
)
def test_oauth_client_with_another_token_signs_in_again(
    ask: Ask, serving: Serving, provider: IdentityProvider, change: dict[str, object]
) -> None:
    resource = f"{serving.url}/prod/mcp"
    assert ask(resource, provider.token(resource, SCOPE, **change)) == SIGNED_IN


def test_oauth_client_without_an_audience_in_its_token_is_known_by_its_id(
    ask: Ask, serving: Serving, provider: IdentityProvider
) -> None:
    """Cognito's tokens have no aud, unless the pool binds them to a resource."""
    assert ask(f"{serving.url}/prod/mcp", provider.token("", SCOPE, aud=...)) == KNOWN


def test_oauth_client_whose_scope_does_not_suffice_is_told(
    ask: Ask, serving: Serving, provider: IdentityProvider
) -> None:
    """A client may ask for more; here the person may not have it, and the client gives up."""
    provider.changes["scope"] = "tools/list"
    resource = f"{serving.url}/prod/mcp"
    seen = ask(resource, provider.token(resource, "tools/list"))
    assert seen["tools"] == []
    assert seen["error"]
    assert seen["signed_in"] >= 1
    serving.logged("403: the token lacks the scope tools/call")
