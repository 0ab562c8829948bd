"""Ask two verifications about the same tokens: the local gateway's and the bundled authorizer's.

They are written apart, since they run in different places. PyJWT's verdict is what both are held against.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

import jwt as pyjwt
import pytest
from jwt import api_jwt

from tests.support.user_pool import UserPool, encoded

#: One whose modulus is not near 2 ** 2048, so that there is room for numbers beyond it.
POOL = next(pool for pool in iter(UserPool, None) if pool.modulus >> 2044 <= 11)
NOW = 1_800_000_000
CLAIMS: dict[str, object] = {"iss": "https://issuer", "sub": "me", "client_id": "app", "exp": NOW + 3600}
NAN, INFINITY = float("nan"), float("inf")

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
    "kid_list": {"kid": ["k1"]},
    "kid_object": {"kid": {"k1": 1}},
    "kid_path": {"kid": "../../dev/null"},
    "kid_url": {"kid": "https://evil.example/keys#k1"},
    "kid_sql": {"kid": "x' UNION SELECT 'k1"},
    "kid_nul": {"kid": "k1\0"},
    "kid_upper": {"kid": "K1"},
    "kid_of_a_key_for_another_algorithm": {"kid": "other"},
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


def hs256(secret: bytes) -> str:
    """Return a token whose signature is a hash with what everybody can read as its key."""
    header = {"alg": "HS256", "kid": "k1"}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, CLAIMS))
    return f"{signed}.{encoded(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def beyond_the_modulus() -> str:
    """Return a token whose signature is good, but for the modulus that is added to it."""
    for number in itertools.count():
        token = POOL.signed({**CLAIMS, "number": number})
        signature = int.from_bytes(base64.urlsafe_b64decode(token.split(".")[2] + "=="), "big") + POOL.modulus
        if signature < 1 << 2048:
            break
    return f"{token.rpartition('.')[0]}.{encoded(signature.to_bytes(256, 'big'))}"


GOOD = POOL.token(CLAIMS)
HEADER = json.dumps({"alg": "RS256", "kid": "k1"})
TEXT = json.dumps(CLAIMS)
RAW_CASES: dict[str, str] = {
    "header_utf16": POOL.signed_bytes(HEADER.encode("utf-16"), TEXT.encode()),
    "claims_utf16": POOL.signed_bytes(HEADER.encode(), TEXT.encode("utf-16")),
    "claims_byte_order_mark": POOL.signed_bytes(HEADER.encode(), TEXT.encode("utf-8-sig")),
    "claims_latin1": POOL.signed_bytes(HEADER.encode(), TEXT.replace("me", "m\u00e9").encode("latin-1")),
    "claims_exp_beyond_floats": POOL.signed_bytes(HEADER.encode(), b'{"exp": 1e400, "sub": "me"}'),
    "claims_exp_twice": POOL.signed_bytes(
        HEADER.encode(), TEXT.replace("{", f'{{"exp": {NOW + 10}, ').replace(str(NOW + 3600), "1").encode()
    ),
    "alg_twice": POOL.signed_bytes(HEADER.replace("{", '{"alg": "none", ').encode(), TEXT.encode()),
    "hs256_with_the_public_key": hs256(POOL.pem()),
    "hs256_with_the_key_set": hs256(POOL.key_set().encode()),
    "empty": "",
    "one_part": GOOD.split(".")[0],
    "two_parts": GOOD.rpartition(".")[0],
    "four_parts": f"{GOOD}.x",
    "no_signature": part(GOOD, 2, lambda _: ""),
    "signature_of_another_pool": part(GOOD, 2, lambda _: UserPool().token(CLAIMS).split(".")[2]),
    "signature_cut": part(GOOD, 2, lambda text: text[:-4]),
    "signature_longer": part(GOOD, 2, lambda text: encoded(bytes(1)) + text),
    "signature_after_a_zero": part(
        GOOD, 2, lambda text: encoded(b"\0" + base64.urlsafe_b64decode(text + "=="))
    ),
    "signature_beyond_the_modulus": beyond_the_modulus(),
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
ALL_CASES = [*CLAIM_CASES, *HEADER_CASES, *RAW_CASES]
#: name -> why the answer is not PyJWT's
STRICTER = {
    "crit_b64": "the extension of RFC 7797 is not understood here",
    "signature_padded": "RFC 7515, section 2: base64url without padding",
    "header_utf16": "RFC 7519, section 7.2: JSON in UTF-8",
    "claims_utf16": "as above",
    "claims_byte_order_mark": "RFC 8259, section 8.1: JSON between systems has none",
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


def pyjwts(token: str) -> bool:
    """Tell whether a token is good for PyJWT, asked for what API Gateway asks for."""
    keys = {key.key_id: key for key in pyjwt.PyJWKSet.from_json(POOL.key_set()).keys}
    try:
        key = keys[pyjwt.get_unverified_header(token)["kid"]]
        pyjwt.decode(token, key, algorithms=["RS256"], options={"require": ["exp"], "verify_aud": False})
    except (pyjwt.PyJWTError, KeyError):
        return False
    return True


def stop_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be :data:`NOW` for PyJWT."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: timezone | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(NOW, tz)

    monkeypatch.setattr(api_jwt, "datetime", Clock)


def check_verdict(name: str, ours: Callable[[str], bool], also: Mapping[str, str] | None = None) -> None:
    """Compare a verdict with PyJWT's, but where it has a reason not to be the same.

    :param also: further cases in which ours is stricter, with the reasons
    """
    stricter = {**STRICTER, **(also or {})}
    token = token_of(name)
    expected = pyjwts(token)
    if name in stricter:
        assert (ours(token), expected) == (False, True), stricter[name]
    elif name in LAXER:
        assert (ours(token), expected) == (True, False), LAXER[name]
    else:
        assert ours(token) is expected
