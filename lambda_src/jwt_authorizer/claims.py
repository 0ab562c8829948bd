"""Check what the claims of an access token say: who issued it, for how long, for whom, and for what.

https://www.rfc-editor.org/rfc/rfc9068#section-4 has the order of the checks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .signature import TokenError

#: Claims that are text where they are there (RFC 7519, section 4.1); Cognito's documentation has token_use.
_TEXTS = ("iss", "sub", "jti", "token_use")
#: Claims that are a time where they are there (RFC 7519, section 4.1).
_TIMES = ("exp", "nbf", "iat")
#: Where issuers name the client: RFC 9068, section 2.2; OpenID Connect Core, section 2; Okta's API reference.
_CLIENTS = ("client_id", "azp", "cid")
#: Where issuers name the scopes: RFC 9068, section 2.2.3; Microsoft's and Okta's documentation of tokens.
_SCOPES = ("scope", "scp")


class Expected(NamedTuple):
    """The tokens that an API takes.

    :param issuer: what ``iss`` must be, to the letter
    :param audience: of which ``aud`` must name one; a token without ``aud`` needs ``client_ids``
    :param client_ids: of which the token's client must be one; none takes every client
    :param scopes: that the token must have, all of them
    """

    issuer: str
    audience: tuple[str, ...] = ()
    client_ids: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


class Caller(NamedTuple):
    """A caller as an accepted token names it."""

    subject: str
    client_id: str
    scopes: tuple[str, ...]


class ScopeError(Exception):
    """Raised when a good token lacks a scope; the message is the reason for the log.

    :param caller: who calls
    :param missing: the scopes that the token lacks
    """

    def __init__(self, caller: Caller, missing: Sequence[str]) -> None:
        super().__init__(f"the token lacks the scope {' '.join(missing)}")
        self.caller = caller


def check_claims(claims: Mapping[str, object], expected: Expected, now: float) -> Caller:
    """Return who calls.

    :param claims: of a token whose signature is good
    :param now: seconds since the epoch
    :raises TokenError: when the token is not for this API, not good now, or a claim has the wrong type
    :raises ScopeError: when it lacks nothing but a scope
    """
    for name in _TEXTS:
        if not isinstance(claims.get(name, ""), str):
            raise TokenError(f"the claim {name} must be text")
    if claims.get("iss") != expected.issuer:
        raise TokenError(f"the token is of another issuer, {claims.get('iss')!a:.200}")
    _check_times(claims, now)
    if claims.get("token_use", "access") != "access":
        raise TokenError(f"the token must be an access token, got token_use {claims['token_use']!a:.40}")
    client_id = _client_of(claims)
    if expected.client_ids and client_id not in expected.client_ids:
        raise TokenError(f"the token is of another client, {client_id!a:.200}")
    _check_audience(claims, expected)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise TokenError("the token has no sub")
    caller = Caller(subject, client_id, _scopes_of(claims))
    missing = [scope for scope in expected.scopes if scope not in caller.scopes]
    if missing:
        raise ScopeError(caller, missing)
    return caller


def _check_times(claims: Mapping[str, object], now: float) -> None:
    times = {name: _time(name, claims[name]) for name in _TIMES if name in claims}
    if "exp" not in times:
        raise TokenError("the token has no exp, so it would never expire")
    if times.get("nbf", now) > now:
        raise TokenError(f"the token is not good before {times['nbf']:.0f}, now it is {now:.0f}")
    if times["exp"] <= now:
        raise TokenError(f"the token expired at {times['exp']:.0f}, now it is {now:.0f}")


def _time(name: str, value: object) -> float:
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    except OverflowError:
        pass
    raise TokenError(f"the claim {name} must be a number of seconds")


def _check_audience(claims: Mapping[str, object], expected: Expected) -> None:
    if "aud" not in claims:
        if not expected.client_ids:
            raise TokenError("the token has no aud, and no client is named whose tokens need none")
        return
    audience = claims["aud"]
    named = audience if isinstance(audience, list) else [audience]
    if not all(isinstance(each, str) for each in named):
        raise TokenError("the claim aud must be text or a list of texts")
    if not any(each in expected.audience for each in named):
        raise TokenError(f"the token is for another audience, {audience!a:.200}")


def _client_of(claims: Mapping[str, object]) -> str:
    found = next((claims[name] for name in _CLIENTS if name in claims), "")
    if not isinstance(found, str):
        raise TokenError("the client of the token must be text")
    return found


def _scopes_of(claims: Mapping[str, object]) -> tuple[str, ...]:
    found = next((claims[name] for name in _SCOPES if name in claims), "")
    scopes = found.split(" ") if isinstance(found, str) else found
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise TokenError("the scopes of the token must be text")
    return tuple(scope for scope in scopes if scope)
