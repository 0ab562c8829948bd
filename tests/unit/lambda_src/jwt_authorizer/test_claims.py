"""The claims: each missing, of the wrong type, at its bound; issuer and audience held against PyJWT."""

from __future__ import annotations

from collections.abc import Mapping

import jwt as pyjwt
import pytest
from jwt_authorizer.claims import Caller, Expected, ScopeError, check_claims
from jwt_authorizer.signature import TokenError

from tests.support.token_cases import NOW, POOL, stop_clock

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1"
RESOURCE = "https://api.example.com/mcp"
GOOD: dict[str, object] = {
    "iss": ISSUER,
    "sub": "me",
    "aud": RESOURCE,
    "client_id": "app",
    "scope": "mcp/call mcp/list",
    "token_use": "access",
    "exp": NOW + 60,
}
#: values of the claims, of which PyJWT judges every pair
ISSUERS = [..., ISSUER, ISSUER + "/", "", None, 7]
AUDIENCES = [..., RESOURCE, [RESOURCE], ["x", RESOURCE], "x", [], [7], None, "", RESOURCE + "/"]
PAIRS = len(ISSUERS) * len(AUDIENCES)
BY_AUDIENCE = Expected(ISSUER, (RESOURCE, "other"), scopes=("mcp/call",))
BY_CLIENT = Expected(ISSUER, client_ids=("app", "second"), scopes=("mcp/call",))
BY_BOTH = Expected(ISSUER, (RESOURCE,), ("app",))


def changed(change: Mapping[str, object]) -> dict[str, object]:
    """Return the good claims with others; ``...`` takes one out."""
    return {name: value for name, value in {**GOOD, **change}.items() if value is not ...}


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        (BY_AUDIENCE, {}),
        (BY_AUDIENCE, {"aud": ["x", "other"]}),
        (BY_AUDIENCE, {"client_id": ...}),
        (BY_AUDIENCE, {"token_use": ...}),
        (BY_AUDIENCE, {"nbf": NOW, "exp": NOW + 0.5}),
        (BY_AUDIENCE, {"scope": ..., "scp": ["mcp/call"]}),
        (BY_AUDIENCE, {"scope": ..., "scp": "a mcp/call"}),
        (BY_CLIENT, {"aud": ...}),
        (BY_CLIENT, {"aud": ..., "client_id": ..., "azp": "second"}),
        (BY_CLIENT, {"aud": ..., "client_id": ..., "cid": "app"}),
        (BY_BOTH, {"aud": ..., "scope": ...}),
        (BY_BOTH, {}),
    ],
)
def test_claims_of_a_token_for_this_api_are_accepted(expected: Expected, change: dict[str, object]) -> None:
    assert check_claims(changed(change), expected, NOW).subject == "me"


@pytest.mark.parametrize(
    ("expected", "change", "reason"),
    [
        (BY_AUDIENCE, {"iss": ...}, "of another issuer"),
        (BY_AUDIENCE, {"iss": ISSUER + "/"}, "of another issuer"),
        (BY_AUDIENCE, {"iss": ISSUER.upper()}, "of another issuer"),
        (BY_AUDIENCE, {"iss": [ISSUER]}, "claim iss must be text"),
        (BY_AUDIENCE, {"exp": ...}, "has no exp"),
        (BY_AUDIENCE, {"exp": NOW}, "expired at"),
        (BY_AUDIENCE, {"exp": float("nan")}, "claim exp must be a number"),
        (BY_AUDIENCE, {"exp": float("inf")}, "claim exp must be a number"),
        (BY_AUDIENCE, {"exp": 10**400}, "claim exp must be a number"),
        (BY_AUDIENCE, {"exp": True}, "claim exp must be a number"),
        (BY_AUDIENCE, {"exp": str(NOW + 60)}, "claim exp must be a number"),
        (BY_AUDIENCE, {"nbf": NOW + 1}, "not good before"),
        (BY_AUDIENCE, {"nbf": None}, "claim nbf must be a number"),
        (BY_AUDIENCE, {"iat": "x"}, "claim iat must be a number"),
        (BY_AUDIENCE, {"token_use": "id"}, "must be an access token"),
        (BY_AUDIENCE, {"token_use": None}, "claim token_use must be text"),
        (BY_AUDIENCE, {"aud": ...}, "has no aud, and no client"),
        (BY_AUDIENCE, {"aud": RESOURCE + "/"}, "for another audience"),
        (BY_AUDIENCE, {"aud": []}, "for another audience"),
        (BY_AUDIENCE, {"aud": None}, "claim aud must be text"),
        (BY_AUDIENCE, {"aud": [RESOURCE, 7]}, "claim aud must be text"),
        (BY_AUDIENCE, {"aud": {RESOURCE: 1}}, "claim aud must be text"),
        (BY_AUDIENCE, {"sub": ...}, "has no sub"),
        (BY_AUDIENCE, {"sub": ""}, "has no sub"),
        (BY_AUDIENCE, {"sub": 7}, "claim sub must be text"),
        (BY_AUDIENCE, {"jti": 7}, "claim jti must be text"),
        (BY_AUDIENCE, {"client_id": 7}, "client of the token must be text"),
        (BY_AUDIENCE, {"scope": 7}, "scopes of the token must be text"),
        (BY_AUDIENCE, {"scope": ["mcp/call", 7]}, "scopes of the token must be text"),
        (BY_CLIENT, {}, "for another audience"),
        (BY_CLIENT, {"aud": ..., "client_id": "third"}, "of another client"),
        (BY_CLIENT, {"aud": ..., "client_id": ...}, "of another client"),
        (BY_CLIENT, {"aud": ..., "client_id": "third", "azp": "app"}, "of another client"),
        (BY_BOTH, {"aud": "x"}, "for another audience"),
        (BY_BOTH, {"client_id": "third"}, "of another client"),
    ],
)
def test_claims_of_another_token_are_refused_with_the_reason(
    expected: Expected, change: dict[str, object], reason: str
) -> None:
    with pytest.raises(TokenError, match=reason):
        check_claims(changed(change), expected, NOW)


@pytest.mark.parametrize("scope", [..., "", "mcp/list", "mcp/call/more xmcp/call", "MCP/CALL"])
def test_claims_without_the_scope_are_of_a_caller_who_may_not(scope: object) -> None:
    with pytest.raises(ScopeError, match="the token lacks the scope mcp/call") as raised:
        check_claims(changed({"scope": scope}), BY_AUDIENCE, NOW)
    assert raised.value.caller.subject == "me"


def test_claims_must_have_all_scopes() -> None:
    both = BY_AUDIENCE._replace(scopes=("mcp/call", "mcp/write"))
    with pytest.raises(ScopeError, match="lacks the scope mcp/write"):
        check_claims(GOOD, both, NOW)
    caller = check_claims(changed({"scope": "mcp/write  mcp/call"}), both, NOW)
    assert caller == Caller("me", "app", ("mcp/write", "mcp/call"))


def test_claims_wrong_audience_is_not_told_as_a_missing_scope() -> None:
    with pytest.raises(TokenError, match="another audience"):
        check_claims(changed({"aud": "x", "scope": ...}), BY_AUDIENCE, NOW)


@pytest.mark.parametrize("iss", ISSUERS)
@pytest.mark.parametrize("aud", AUDIENCES)
def test_claims_issuer_and_audience_verdict_equals_pyjwt(
    iss: object, aud: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_clock(monkeypatch)
    claims = changed({"iss": iss, "aud": aud})
    (key,) = (each for each in pyjwt.PyJWKSet.from_json(POOL.key_set()).keys if each.key_id == "k1")
    needed = ["exp", "iss", "aud", "sub"]
    token = POOL.signed(claims)
    try:
        pyjwt.decode(token, key, ["RS256"], {"require": needed}, audience=RESOURCE, issuer=ISSUER)
    except pyjwt.PyJWTError:
        with pytest.raises(TokenError):
            check_claims(claims, Expected(ISSUER, (RESOURCE,)), NOW)
    else:
        check_claims(claims, Expected(ISSUER, (RESOURCE,)), NOW)
