"""Two callers through the gateway, of every kind: what belongs to one does not exist for the other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import pytest

from streaming_api_tools.local.gateway import authorize
from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from streaming_api_tools.local.gateway.authorizers.jwt import read_key_set
from streaming_api_tools.local.gateway.request.routed_request import HttpRequest, Identity
from tests.store.streams import CODE, ROUTES
from tests.support.gateway import Client, Gate, Serving
from tests.support.ministack import Ministack
from tests.support.templates import ROOT, application, function, template
from tests.support.user_pool import UserPool

POOL = UserPool()
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Pool"
#: kind -> how the routes below it are guarded
METHODS: dict[str, dict[str, object]] = {
    "iam": {"AuthorizationType": "AWS_IAM"},
    "cognito": {"AuthorizationType": "COGNITO_USER_POOLS", "AuthorizerId": {"Ref": "Cognito"}},
    "authorizer": {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Named"}},
    "key": {"ApiKeyRequired": True},
}
KINDS = ["iam", *(pytest.param(each, marks=pytest.mark.slow) for each in METHODS if each != "iam")]
ROLE = "arn:aws:sts::111122223333:assumed-role"
#: name of a caller of IAM -> its ARN
ARNS = {
    "alice": f"{ROLE}/alice/monday",
    "alice again": f"{ROLE}/alice/tuesday",
    "bob": f"{ROLE}/bob/monday",
}
UNKNOWN = "0" * 32
TRIGGER = {"id": "chat-1", "trigger": "submit-message", "messages": []}


def token(name: str) -> str:
    """Return the token of a user of the pool."""
    claims: dict[str, object] = {"iss": ISSUER, "token_use": "id", "sub": name, "aud": "client", "jti": name}
    return POOL.token(claims)


def key(name: str) -> str:
    """Return the API key of a client."""
    return f"key-of-{name}-that-is-long-enough"


def headers(kind: str, name: str) -> dict[str, str]:
    """Return what says who a caller is; ``alice again`` is Alice, another time."""
    if kind == "iam":
        return {"x-who": name}
    same = name.removesuffix(" again")
    return {
        "cognito": {"Authorization": token(same)},
        "authorizer": {"Authorization": same},
        "key": {"x-api-key": key(same)},
    }[kind]


def _guards() -> dict[str, object]:
    """Return the resources of the authorizers and of the keys."""
    arn = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Asks.Arn}/invocations"
    usual = {"RestApiId": {"Ref": "Api"}, "IdentitySource": "method.request.header.Authorization"}
    cognito = {**usual, "Type": "COGNITO_USER_POOLS", "ProviderARNs": [{"Fn::GetAtt": ["Pool", "Arn"]}]}
    named = {**usual, "Type": "TOKEN", "AuthorizerUri": {"Fn::Sub": arn}, "AuthorizerResultTtlInSeconds": 0}
    stages = [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Stage"}}]
    found: dict[str, object] = {
        "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {}},
        "Cognito": {"Type": "AWS::ApiGateway::Authorizer", "Properties": cognito},
        "Named": {"Type": "AWS::ApiGateway::Authorizer", "Properties": named},
        "Asks": function({"handler": "handlers.authorizer", "code": str(CODE)}),
        "Plan": {"Type": "AWS::ApiGateway::UsagePlan", "Properties": {"ApiStages": stages}},
    }
    for name in ("alice", "bob"):
        properties = {"Value": key(name), "Enabled": True}
        found[f"Key{name}"] = {"Type": "AWS::ApiGateway::ApiKey", "Properties": properties}
        in_plan = {"KeyId": {"Ref": f"Key{name}"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": "Plan"}}
        found[f"InPlan{name}"] = {"Type": "AWS::ApiGateway::UsagePlanKey", "Properties": in_plan}
    return found


def _verify(request: HttpRequest, *more: object) -> Identity:
    """Return who a request says that it is: the gateway has the keys of one principal alone."""
    name = request.header("x-who") or ""
    return Identity(f"AKIA{name}", "111122223333", f"AROA:{name}", ARNS[name])


@pytest.fixture(scope="module")
def api(
    ministack: Ministack, table_name: str, gate: Gate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    """Serve a stream and the routes of the store, guarded in every way."""
    routes: dict[str, dict[str, object]] = {}
    for kind, method in METHODS.items():
        for route, (handler, code) in _handlers().items():
            verb, path = route.split(" ")
            store = {"STREAM_TABLE": table_name}
            if code == str(CODE):
                store = {"STREAM_STORE_TABLE": table_name, "STREAM_STORE_REPLAY": "true"}
            routes[f"{verb} /{kind}{path}"] = {
                **{"handler": handler, "code": code, "environment": store, "method": method}
            }
    content = template(routes, stage=None, **_guards())
    access = Access(keys=Keys("any", "any"), jwks=read_key_set(POOL.key_set()))
    environment = {**ministack.environment, "GATE": gate.address}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(authorize, "verify", _verify)
        given = application(content, tmp_path_factory.mktemp("owners"))
        with Serving(given, access=access, environment=environment) as serving:
            yield serving


def _handlers() -> dict[str, tuple[str, str]]:
    """Return the handler of each route, and where its code is."""
    mine = {f"POST /{name}": (f"handlers.{name}", str(CODE)) for name in ("blocked", "breaks")}
    source = str(ROOT / "lambda_src")
    return {**mine, **{route: (f"streams.{name}.handler", source) for route, name in ROUTES.items()}}


class Told:
    """An answer as a caller has it."""

    def __init__(self, status: int, fields: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.stream_id = fields.get("x-stream-id", "")
        # but for what is of the one request: its id and its date
        request_id = fields.get("x-request-id", "").encode()
        self.same = (
            status,
            sorted((name, value) for name, value in fields.items() if not _OF_ONE.search(name)),
            body.replace(request_id, b"") if request_id else body,
        )
        self.body = body


_OF_ONE = re.compile("(?i)^date$|request-?id|trace-id|amz-apigw-id")


def ask(
    api: Serving, kind: str, name: str, method: str, path: str, size: int | None = None, **more: str
) -> Told:
    """Send a request of a caller."""
    fields = {**headers(kind, name), **{key.replace("_", "-"): value for key, value in more.items()}}
    with Client(api.url) as client:
        body = json.dumps(TRIGGER) if method == "POST" else b""
        answer = client.send(method, f"/prod/{kind}{path}", body, fields)
        return Told(answer.status, dict(answer.headers), answer.read(size) if size else answer.read())


@pytest.mark.parametrize("kind", KINDS)
def test_stream_of_one_caller_does_not_exist_for_another(api: Serving, kind: str, gate: Gate) -> None:
    first = ask(api, kind, "alice", "POST", "/blocked", 5)
    function = gate.accept()
    path = f"/streams/{first.stream_id}"
    begun = ask(api, kind, "alice again", "GET", path, 5)
    assert (begun.status, begun.body) == (200, first.body)
    for method, below in (("GET", ""), ("POST", "/cancel"), ("DELETE", "")):
        foreign = ask(api, kind, "bob", method, f"{path}{below}")
        assert foreign.status == 404
        assert foreign.same == ask(api, kind, "bob", method, f"/streams/{UNKNOWN}{below}").same
        assert b"stream_not_found" in foreign.body
    # nothing came of what Bob asked for
    function.let_go()
    whole = ask(api, kind, "alice again", "GET", path)
    assert b'"n":2' in whole.body
    assert b"stream_cancelled" not in whole.body
    # a repeated request of Bob begins a stream of his
    last = whole.body.partition(b"id: ")[2].partition(b"\n")[0].decode()
    own = ask(api, kind, "bob", "POST", "/breaks", Last_Event_ID=last)
    assert own.stream_id not in ("", first.stream_id)
    assert ask(api, kind, "alice", "POST", "/breaks", Last_Event_ID=last).stream_id == first.stream_id
    assert ask(api, kind, "alice again", "POST", f"{path}/cancel").status == 204
    assert ask(api, kind, "alice again", "DELETE", path).status == 204
    assert ask(api, kind, "alice", "GET", path).same == ask(api, kind, "bob", "GET", path).same


@pytest.mark.parametrize("kind", KINDS)
def test_chat_of_one_caller_is_not_that_of_another_with_the_same_id(
    api: Serving, kind: str, gate: Gate
) -> None:
    path = "/ui/chat/chat-1/stream"
    alice = ask(api, kind, "alice", "POST", "/blocked", 5)
    first = gate.accept()
    # what the table has when a reader of the stream has its first bytes
    ask(api, kind, "alice", "GET", f"/streams/{alice.stream_id}", 5)
    nothing = ask(api, kind, "bob", "GET", path)
    assert nothing.status == 204
    assert nothing.same == ask(api, kind, "bob", "GET", "/ui/chat/none/stream").same
    bob = ask(api, kind, "bob", "POST", "/blocked", 5)
    second = gate.accept()
    ask(api, kind, "bob", "GET", f"/streams/{bob.stream_id}", 5)
    assert ask(api, kind, "alice again", "GET", path, 5).stream_id == alice.stream_id
    assert ask(api, kind, "bob", "GET", path, 5).stream_id == bob.stream_id
    first.let_go()
    second.let_go()
    for name, told in (("alice", alice), ("bob", bob)):
        assert b'"n":2' in ask(api, kind, name, "GET", f"/streams/{told.stream_id}").body
