"""Hold back the web pages of others, which can send requests to loopback through the user's browser."""

from __future__ import annotations

import json

import pytest

from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from tests.local.conftest import Serve
from tests.local.serving import Serving
from tests.local.test_admission import METERED, plan
from tests.local.test_gateway import CORS, signed
from tests.local.test_streaming import Connect

EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}
ECHO = {"POST /echo": {"handler": "handlers.echo", "mode": "BUFFERED"}}
INVOKE = "/2015-03-31/functions/Function0/invocations"
INVOKE_STREAM = "/2021-11-15/functions/Function0/response-streaming-invocations"
KEYS = Keys("test", "test")
#: Headers of requests that a page elsewhere makes without the user's doing.
CROSS_SITE = {
    "fetch": EVIL,
    "older_browser": {"Origin": "https://evil.example"},
    "sandboxed_frame": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "link_or_image": {"Sec-Fetch-Site": "cross-site"},
    "other_name_of_loopback": {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "cross-site"},
}


def ran(serving: Serving) -> bool:
    """Tell whether a function ran."""
    return any("START RequestId" in line for line in serving.log)


@pytest.mark.parametrize("name", CROSS_SITE)
def test_open_route_refuses_pages_of_other_sites(name: str, serve: Serve, connect: Connect) -> None:
    serving = serve(ECHO)
    response = connect(serving).send("POST", "/prod/echo", "{}", CROSS_SITE[name])
    assert response.status == 403
    assert "may not send this" in json.loads(response.read())["message"]
    serving.logged("may not send this")
    assert not ran(serving)


@pytest.mark.parametrize("access", [Access(enforced=False), Access(KEYS)])
def test_route_without_authorization_refuses_pages_with_and_without_no_auth(
    access: Access, serve: Serve, connect: Connect
) -> None:
    serving = serve(ECHO, access=access)
    assert connect(serving).send("POST", "/prod/echo", "{}", EVIL).status == 403
    assert not ran(serving)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://127.0.0.1:5173", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_open_route_answers_programs_and_pages_of_the_same_host(
    headers: dict[str, str], serve: Serve, connect: Connect
) -> None:
    assert connect(serve(ECHO)).send("POST", "/prod/echo", "{}", headers).status == 200


@pytest.mark.parametrize("allowed", ["https://evil.example", "*"])
def test_open_route_answers_pages_of_an_allowed_origin(allowed: str, serve: Serve, connect: Connect) -> None:
    serving = serve(ECHO, allow_origins=(allowed,))
    assert connect(serving).send("POST", "/prod/echo", "{}", EVIL).status == 200
    # no origin to allow
    assert connect(serving).send("POST", "/prod/echo", "{}", CROSS_SITE["link_or_image"]).status == 403


def test_allowed_origin_admits_no_other_origin(serve: Serve, connect: Connect) -> None:
    serving = serve(ECHO, allow_origins=("https://good.example",))
    assert connect(serving).send("POST", "/prod/echo", "{}", EVIL).status == 403


def test_preflight_is_judged_by_its_route(serve: Serve, connect: Connect) -> None:
    routes = {
        "POST /open": ECHO["POST /echo"],
        "POST /closed": {**ECHO["POST /echo"], "authorization": "AWS_IAM"},
        "OPTIONS /open": {"integration": CORS},
        "OPTIONS /closed": {"integration": CORS},
    }
    client = connect(serve(routes, access=Access(KEYS)))
    preflight = {**EVIL, "Access-Control-Request-Method": "POST"}
    for path, status in (("open", 403), ("closed", 204)):
        response = client.send("OPTIONS", f"/prod/{path}", headers=preflight)
        response.read()
        assert (path, response.status) == (path, status)


def test_no_auth_gateway_does_not_honour_cors_of_the_api(serve: Serve, connect: Connect) -> None:
    """The reference stack allows every origin because IAM signs every call; without that, pages may not."""
    routes = {
        "POST /chat": {**ECHO["POST /echo"], "authorization": "AWS_IAM"},
        "OPTIONS /chat": {"integration": CORS},
    }
    serving = serve(routes, access=Access(enforced=False))
    preflight = {**EVIL, "Access-Control-Request-Method": "POST"}
    assert connect(serving).send("OPTIONS", "/prod/chat", headers=preflight).status == 403
    assert connect(serving).send("POST", "/prod/chat", "{}", EVIL).status == 403
    assert not ran(serving)


def test_page_request_with_authorization_is_answered(serve: Serve, connect: Connect) -> None:
    serving = serve({"POST /echo": {**ECHO["POST /echo"], "authorization": "AWS_IAM"}}, access=Access(KEYS))
    headers = {**signed(f"{serving.url}/prod/echo", b"{}", KEYS), **EVIL}
    assert connect(serving).send("POST", "/prod/echo", "{}", headers).status == 200


def test_page_request_with_api_key_is_answered(serve: Serve, connect: Connect) -> None:
    key = "key-of-me-that-is-long-enough"
    serving = serve(METERED, access=Access(), **plan(key))
    assert connect(serving).send("GET", "/prod/echo", headers={**EVIL, "x-api-key": key}).status == 200


@pytest.mark.parametrize("operation", [INVOKE, INVOKE_STREAM])
@pytest.mark.parametrize(
    "headers", [*CROSS_SITE.values(), {"Origin": "http://127.0.0.1:5173"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_lambda_api_refuses_every_page(
    operation: str, headers: dict[str, str], serve: Serve, connect: Connect
) -> None:
    serving = serve(ECHO, allow_origins=("*",))
    response = connect(serving).send("POST", operation, "{}", headers)
    assert (response.status, response.headers["x-amzn-ErrorType"]) == (403, "ForbiddenException")
    assert not ran(serving)


@pytest.mark.parametrize("path", ["/prod/echo", INVOKE, "/"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:3000", "a.execute-api.evil.example"])
def test_foreign_host_is_refused_before_any_invocation(
    path: str, host: str, serve: Serve, connect: Connect
) -> None:
    serving = serve(ECHO)
    response = connect(serving).send("POST", path, "{}", {"Host": host})
    assert response.status == 403
    assert "--allow-host" in json.loads(response.read())["message"]
    assert not ran(serving)


def test_allowed_host_is_answered(serve: Serve, connect: Connect) -> None:
    client = connect(serve(ECHO, allow_hosts=("dev.example",)))
    assert client.send("POST", "/prod/echo", "{}", {"Host": "dev.example:3000"}).status == 200
