"""Routes behind a Cognito user pool: tokens are verified here, with the keys that the gateway was given."""

from __future__ import annotations

import base64
import json

import pytest

from streaming_api_tools.local.gateway.authorizers.iam import Access
from streaming_api_tools.local.gateway.authorizers.jwt import TokenError, read_key_set, verified_claims
from tests.local.conftest import Serve
from tests.local.test_streaming import Connect
from tests.support.user_pool import UserPool

POOL = UserPool()
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Pool"
ID = {"iss": ISSUER, "token_use": "id", "sub": "me", "aud": "client", "email_verified": True}
ACCESS: dict[str, object] = {
    "iss": ISSUER,
    "token_use": "access",
    "sub": "me",
    "scope": "chat/read chat/write",
}
RESOURCES = {
    "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {}},
    "Authorizer": {
        "Type": "AWS::ApiGateway::Authorizer",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "Type": "COGNITO_USER_POOLS",
            "IdentitySource": "method.request.header.Authorization",
            "ProviderARNs": [{"Fn::GetAtt": ["Pool", "Arn"]}],
        },
    },
}
METHOD = {"AuthorizationType": "COGNITO_USER_POOLS", "AuthorizerId": {"Ref": "Authorizer"}}
ROUTES = {
    "GET /id": {"handler": "handlers.echo", "mode": "BUFFERED", "method": METHOD},
    "GET /scoped": {
        "handler": "handlers.echo",
        "mode": "BUFFERED",
        "method": {**METHOD, "AuthorizationScopes": ["chat/write", "chat/admin"]},
    },
}
KEYS = read_key_set(POOL.key_set())


@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_cognito_claims_of_a_valid_token_reach_function_and_access_log(
    prefix: str, serve: Serve, connect: Connect
) -> None:
    stage = {"AccessLogSetting": {"Format": "$context.authorizer.claims.sub"}}
    serving = serve(ROUTES, access=Access(jwks=KEYS), stage=stage, **RESOURCES)
    response = connect(serving).send("GET", "/prod/id", headers={"Authorization": prefix + POOL.token(ID)})
    claims = json.loads(response.read())["event"]["requestContext"]["authorizer"]["claims"]
    assert (claims["sub"], claims["email_verified"]) == ("me", "true")
    assert serving.access_logged() == "me"
    assert ISSUER in serving.logged("tokens of arn:aws:cognito-idp:us-east-1:000000000000:userpool/")


#: JSON that is nested as deeply as a header can be long.
NESTED = base64.urlsafe_b64encode(b"[" * 2700).decode()


@pytest.mark.parametrize(
    ("path", "token", "message", "logged"),
    [
        ("id", "", "Unauthorized", "the token is missing"),
        ("id", "nonsense", "Unauthorized", "the token is no JSON web token"),
        ("id", f"{NESTED}.{NESTED}.x", "Unauthorized", "the token is no JSON web token"),
        ("id", UserPool().token(ID), "Unauthorized", "the signature of the token is wrong"),
        ("id", POOL.token({**ID, "exp": 1}), "The incoming token has expired", "expired"),
        ("id", POOL.token({**ID, "iss": "https://other"}), "Unauthorized", "must be issued by " + ISSUER),
        ("id", POOL.token(ACCESS), "Unauthorized", "token_use must be id"),
        ("scoped", POOL.token(ID), "Unauthorized", "token_use must be access"),
        (
            "scoped",
            POOL.token({**ACCESS, "scope": "chat/read"}),
            "Unauthorized",
            "one of the scopes",
        ),
    ],
)
def test_cognito_other_token_is_a_401_with_the_reason_in_the_log(
    path: str, token: str, message: str, logged: str, serve: Serve, connect: Connect
) -> None:
    serving = serve(ROUTES, access=Access(jwks=KEYS), **RESOURCES)
    response = connect(serving).send(
        "GET", f"/prod/{path}", headers={"Authorization": token} if token else {}
    )
    assert (response.status, json.loads(response.read())) == (401, {"message": message})
    serving.logged(logged)


def test_cognito_access_token_with_one_of_the_scopes_is_accepted(serve: Serve, connect: Connect) -> None:
    serving = serve(ROUTES, access=Access(jwks=KEYS), **RESOURCES)
    response = connect(serving).send("GET", "/prod/scoped", headers={"Authorization": POOL.token(ACCESS)})
    assert response.status == 200


def test_cognito_without_jwks_denies_all_and_the_start_names_the_option(
    serve: Serve, connect: Connect
) -> None:
    serving = serve(ROUTES, access=Access(), **RESOURCES)
    assert "start with --jwks or --no-auth" in serving.logged("warning: no token of")
    assert connect(serving).send("GET", "/prod/id", headers={"Authorization": POOL.token(ID)}).status == 500


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (POOL.token(ID, alg="none"), "must be signed with RS256, got none"),
        (POOL.token(ID, alg="HS256"), "must be signed with RS256, got HS256"),
        (POOL.token(ID, kid="k2"), "no key k2"),
        (POOL.token(ID).rpartition(".")[0] + ".AAAA", "the signature of the token is wrong"),
        (POOL.token(ID)[:-4] + "!!!!", "no base64url"),
        ("e30.W10.e30", "must be objects"),
        ("a.b", "no JSON web token"),
    ],
)
def test_jwt_tampered_token_is_refused(token: str, reason: str) -> None:
    with pytest.raises(TokenError, match=reason):
        verified_claims(token, KEYS)


@pytest.mark.parametrize("text", ["{}", '{"keys": [{"kty": "EC"}]}', "no json"])
def test_jwt_key_set_without_keys_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"key set|Expecting"):
        read_key_set(text)
