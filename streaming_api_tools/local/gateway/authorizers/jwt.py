"""Verify JSON web tokens that are signed with RS256, by the keys of a JSON web key set.

By hand, because a verification of RS256 is one power and a comparison; a library would bring
``cryptography``, compiled and 16 MB, to every user of the tools. The tests hold the answers against PyJWT's.
RFC 7519, RFC 7515 (section 5.2) and RFC 7517; the signature is RSASSA-PKCS1-v1_5 of RFC 8017, section 8.2.2.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

#: Base64url as RFC 7515, section 2, has it: without padding, line breaks or any other character.
BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
#: Claims that are text, and those that are a time, when they are there (RFC 7519, section 4.1).
TEXTS = ("iss", "sub", "jti")
TIMES = ("exp", "nbf", "iat")
#: DER of the DigestInfo before a SHA-256 hash (RFC 8017, section 9.2, note 1).
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


class TokenError(ValueError):
    """Raised when a token cannot be trusted, with the reason for the developer."""


class ExpiredError(TokenError):
    """Raised when a token is good but for its age."""


@dataclass(frozen=True)
class RsaKey:
    """A public key."""

    modulus: int
    exponent: int


def read_key_set(text: str) -> dict[str, RsaKey]:
    """Return the RSA keys of a JSON web key set by their ids.

    :raises ValueError: when it is no key set, or has no such key
    """
    content = json.loads(text)
    entries = content.get("keys") if isinstance(content, dict) else None
    keys = {
        entry.get("kid", ""): RsaKey(_number(str(entry["n"])), _number(str(entry["e"])))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and _verifies(entry)
    }
    if not keys:
        raise ValueError("expected a JSON web key set with RSA keys")
    return keys


def _verifies(entry: Mapping[str, object]) -> bool:
    """Tell whether an entry of a key set is a key for signatures with RS256."""
    right = {"kty": "RSA", "use": "sig", "alg": "RS256"}
    known = all(entry.get(name, value) == value for name, value in right.items())
    return known and {"kty", "n", "e"} <= entry.keys() and isinstance(entry.get("kid", ""), str)


def verified_claims(token: str, keys: Mapping[str, RsaKey]) -> dict[str, object]:
    """Return the claims of a token whose signature is good; :func:`check_claims` looks at what they say.

    :raises TokenError: when it is not signed by one of the keys
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenError("the token is no JSON web token")
    try:
        header, claims = (_json(_decode(part)) for part in parts[:2])
        signature = _decode(parts[2])
    except ValueError as error:
        raise TokenError(f"the token is no JSON web token: {error}") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise TokenError("header and claims of the token must be objects")
    if header.get("alg") != "RS256":
        raise TokenError(f"the token must be signed with RS256, got {header.get('alg')}")
    if "crit" in header:
        # RFC 7515, section 4.1.11: an extension that is not understood must not be ignored
        raise TokenError(f"the token has critical extensions, which are not understood: {header['crit']}")
    kid = header.get("kid", "")
    if not isinstance(kid, str):
        raise TokenError(f"the id of a key must be text, got {kid}")
    key = keys.get(kid)
    if key is None:
        raise TokenError(f"no key {kid} in the key set")
    if not _is_signature(signature, f"{parts[0]}.{parts[1]}".encode(), key):
        raise TokenError("the signature of the token is wrong")
    return claims


def check_claims(claims: Mapping[str, object], now: float) -> None:
    """Check the types of the registered claims, and the times between which a token is good.

    :param now: seconds since the epoch
    :raises TokenError: when it is not good yet, has no end, or a claim has the wrong type
    :raises ExpiredError: when it is not good any more
    """
    for name in TEXTS:
        if not isinstance(claims.get(name, ""), str):
            raise TokenError(f"the claim {name} must be text, got {claims[name]}")
    times = {name: _time(name, claims[name]) for name in TIMES if name in claims}
    if "exp" not in times:
        raise TokenError("the token has no exp, so it would never expire")
    if times.get("nbf", now) > now:
        raise TokenError(f"the token is not good before {times['nbf']:g}, now it is {now:.0f}")
    if times["exp"] <= now:
        raise ExpiredError("The incoming token has expired")


def _time(name: str, value: object) -> float:
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    except OverflowError:
        pass
    raise TokenError(f"the claim {name} must be a number of seconds, got {str(value)[:40]}")


def _is_signature(signature: bytes, message: bytes, key: RsaKey) -> bool:
    size = (key.modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= key.modulus:
        return False
    digest = SHA256_PREFIX + hashlib.sha256(message).digest()
    expected = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
    return hmac.compare_digest(pow(number, key.exponent, key.modulus).to_bytes(size, "big"), expected)


def _number(text: str) -> int:
    return int.from_bytes(_decode(text), "big")


def _decode(text: str) -> bytes:
    """Return bytes of base64url, which has one form for them.

    :raises ValueError: for any other
    """
    if not BASE64URL.fullmatch(text):
        raise ValueError("no base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(f"no base64url: {error}") from error
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("no base64url: bits are left")
    return data


def _json(text: bytes) -> object:
    """Return a JSON value in UTF-8; ``NaN`` and ``Infinity``, which Python reads, are not JSON.

    :raises ValueError: when it is none
    """
    try:
        value: object = json.loads(text.decode(), parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
