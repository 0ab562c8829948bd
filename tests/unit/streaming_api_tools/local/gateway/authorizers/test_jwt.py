"""Hold the verification of tokens against PyJWT's answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import jwt as pyjwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_api_tools.local.gateway.authorizers.jwt import (
    ExpiredError,
    TokenError,
    check_claims,
    read_key_set,
    verified_claims,
)
from tests.local.user_pool import UserPool, encoded

POOL = UserPool()
KEYS = read_key_set(POOL.key_set())
NOW = 1_800_000_000
CLAIMS: dict[str, object] = {"iss": "https://issuer", "sub": "me", "exp": NOW + 3600}
NAN, INFINITY = float("nan"), float("inf")


def ours(token: str) -> bool:
    """Tell whether a token is good here."""
    try:
        check_claims(verified_claims(token, KEYS), time.time())
    except TokenError:
        return False
    return True


def pyjwts(token: str) -> bool:
    """Tell whether a token is good for PyJWT, asked for what API Gateway asks for."""
    keys = {key.key_id: key for key in pyjwt.PyJWKSet.from_json(POOL.key_set()).keys}
    try:
        key = keys[pyjwt.get_unverified_header(token)["kid"]]
        pyjwt.decode(token, key, algorithms=["RS256"], options={"require": ["exp"], "verify_aud": False})
    except (pyjwt.PyJWTError, KeyError):
        return False
    return True


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be the same time for both."""
    from datetime import datetime, timezone

    from jwt import api_jwt

    class Clock(datetime):
        @classmethod
        def now(cls, tz: timezone | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(NOW, tz)

    monkeypatch.setattr(api_jwt, "datetime", Clock)
    monkeypatch.setattr(time, "time", lambda: float(NOW))


#: name -> a value for a time
TIMES: dict[str, object] = {
    "null": None,
    "text": "soon",
    "digits": str(NOW + 10),
    "list": [NOW],
    "object": {},
    "true": True,
    "nan": NAN,
    "infinity": INFINITY,
    "minus_infinity": -INFINITY,
    "huge": 10**400,
    "negative": -1,
    "zero": 0,
    "before": NOW - 1,
    "now": NOW,
    "after": NOW + 1,
    "fraction_before": NOW - 1.5,
    "fraction_after": NOW + 1.5,
}
TEXTS: dict[str, object] = {"null": None, "number": 7, "list": ["me"], "object": {}, "empty": ""}
#: name -> claims in place of the usual ones; ``...`` takes one out
CLAIM_CASES: dict[str, dict[str, object]] = {
    "usual": {},
    **{f"no_{name}": {name: ...} for name in ("exp", "iss", "sub")},
    **{f"{name}_{kind}": {name: value} for name in ("exp", "nbf", "iat") for kind, value in TIMES.items()},
    **{f"{name}_{kind}": {name: value} for name in ("sub", "jti", "aud") for kind, value in TEXTS.items()},
}
#: name -> header in place of the usual one
HEADER_CASES: dict[str, dict[str, object]] = {
    "alg_none": {"alg": "none"},
    "alg_None": {"alg": "None"},
    "alg_hs256": {"alg": "HS256"},
    "alg_rs512": {"alg": "RS512"},
    "alg_ps256": {"alg": "PS256"},
    "alg_lower": {"alg": "rs256"},
    "alg_list": {"alg": ["RS256"]},
    "alg_null": {"alg": None},
    "kid_other": {"kid": "k2"},
    "kid_null": {"kid": None},
    "kid_number": {"kid": 1},
    "kid_empty": {"kid": ""},
    "typ_other": {"typ": "at+jwt"},
    "jwk_inside": {"jwk": json.loads(UserPool().key_set())["keys"][1]},
    "jku_elsewhere": {"jku": "https://evil.example/keys"},
    "x5u_elsewhere": {"x5u": "https://evil.example/cert"},
    "crit_unknown": {"crit": ["http://example.com/UNDEFINED"], "http://example.com/UNDEFINED": True},
    "crit_exp": {"crit": ["exp"], "exp": NOW + 10},
    "crit_b64": {"crit": ["b64"], "b64": True},
    "crit_empty": {"crit": []},
    "crit_text": {"crit": "exp"},
    "crit_null": {"crit": None},
}


def part(token: str, number: int, change: Callable[[str], str]) -> str:
    """Return a token with one of its parts changed."""
    parts = token.split(".")
    parts[number] = change(parts[number])
    return ".".join(parts)


def last_bits(text: str) -> str:
    """Return another text that means the same bytes to a reader that does not look at left bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]


GOOD = POOL.token(CLAIMS)
RAW_CASES: dict[str, str] = {
    "empty": "",
    "one_part": GOOD.split(".")[0],
    "two_parts": GOOD.rpartition(".")[0],
    "four_parts": f"{GOOD}.x",
    "no_signature": part(GOOD, 2, lambda _: ""),
    "signature_of_another_pool": part(GOOD, 2, lambda _: UserPool().token(CLAIMS).split(".")[2]),
    "signature_cut": part(GOOD, 2, lambda text: text[:-4]),
    "signature_longer": part(GOOD, 2, lambda text: encoded(bytes(1)) + text),
    "signature_zero": part(GOOD, 2, lambda _: encoded(bytes(256))),
    "signature_all_ones": part(GOOD, 2, lambda _: encoded(b"\xff" * 256)),
    "claims_of_another_token": part(GOOD, 1, lambda _: POOL.token({**CLAIMS, "sub": "x"}).split(".")[1]),
    "signature_padded": part(GOOD, 2, lambda text: text + "=="),
    "signature_with_left_bits": part(GOOD, 2, last_bits),
    "signature_with_line_break": part(GOOD, 2, lambda text: text[:8] + "\n" + text[8:]),
    "signature_with_stranger": part(GOOD, 2, lambda text: text[:8] + "!" + text[8:]),
    "not_ascii": part(GOOD, 1, lambda _: "\u00e9"),
    "space_before": f" {GOOD}",
    "space_after": f"{GOOD} ",
}
#: name -> why the answer is not PyJWT's
STRICTER = {
    "crit_b64": "the extension of RFC 7797 is not understood here",
    "signature_padded": "RFC 7515, section 2: base64url without padding",
    "exp_digits": "RFC 7519, section 2: a NumericDate is a number",
    "nbf_true": "as exp",
    "iat_true": "as exp",
    "exp_huge": "no time that a clock can have",
}
LAXER = {
    "iat_after": "RFC 7519, section 4.1.6, refuses nothing by it; the clock of a workstation may be behind",
    "iat_fraction_after": "as above",
}


def token_of(name: str) -> str:
    """Return the token of a case."""
    if name in RAW_CASES:
        return RAW_CASES[name]
    if name in HEADER_CASES:
        return POOL.signed(CLAIMS, **HEADER_CASES[name])
    claims = {**CLAIMS, **CLAIM_CASES[name]}
    return POOL.signed({name: value for name, value in claims.items() if value is not ...})


@pytest.mark.parametrize("name", [*CLAIM_CASES, *HEADER_CASES, *RAW_CASES])
def test_jwt_verdict_equals_pyjwt(name: str) -> None:
    token = token_of(name)
    expected = pyjwts(token)
    if name in STRICTER:
        assert (ours(token), expected) == (False, True), STRICTER[name]
    elif name in LAXER:
        assert (ours(token), expected) == (True, False), LAXER[name]
    else:
        assert ours(token) is expected


def test_jwt_common_token_is_accepted() -> None:
    assert ours(GOOD)
    assert pyjwts(GOOD)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
TIME = st.integers(NOW - 5, NOW + 5) | st.floats(NOW - 5, NOW + 5) | JSON


@given(exp=TIME, nbf=TIME, sub=JSON)
def test_jwt_accepted_token_is_accepted_by_pyjwt(exp: object, nbf: object, sub: object) -> None:
    token = POOL.signed({"exp": exp, "nbf": nbf, "sub": sub})
    assert not ours(token) or pyjwts(token)


def test_jwt_expired_token_is_distinguished_from_invalid() -> None:
    with pytest.raises(ExpiredError):
        check_claims({"exp": 10}, 10)
    with pytest.raises(TokenError, match="not good before 20") as raised:
        check_claims({"exp": 30, "nbf": 20}, 10)
    assert not isinstance(raised.value, ExpiredError)


@pytest.mark.parametrize("change", [{"use": "enc"}, {"alg": "RS512"}, {"kid": 7}, {"kty": "EC"}])
def test_jwt_key_for_another_use_verifies_nothing(change: dict[str, object]) -> None:
    entry = {**json.loads(POOL.key_set())["keys"][1], **change}
    with pytest.raises(ValueError, match="key set with RSA keys"):
        read_key_set(json.dumps({"keys": [entry]}))


def test_jwt_key_without_optional_members_is_read() -> None:
    entry = json.loads(POOL.key_set())["keys"][1]
    least = {name: entry[name] for name in ("kty", "n", "e")}
    assert read_key_set(json.dumps({"keys": [least]}))
    for missing in least:
        with pytest.raises(ValueError, match="key set with RSA keys"):
            read_key_set(json.dumps({"keys": [{name: least[name] for name in least if name != missing}]}))
