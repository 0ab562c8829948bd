"""Verify the signature of JSON web tokens: RS256, by the keys of a JSON web key set.

RFC 7519, RFC 7515 (section 5.2) and RFC 7517; the signature is RSASSA-PKCS1-v1_5 of RFC 8017, section 8.2.2.
Nothing in a token chooses what it is verified with: ``alg`` must be RS256, and ``kid`` is looked up among the
keys of one issuer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn

#: Base64url as RFC 7515, section 2, has it: without padding, line breaks or any other character.
_BASE64URL = re.compile("[A-Za-z0-9_-]*")
#: DER of the DigestInfo before a SHA-256 hash (RFC 8017, section 9.2, note 1).
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
#: Bits of a modulus: "a key of size 2048 bits or larger MUST be used" (RFC 7518, section 3.3), and no more
#: than what a function can raise to a power in a moment.
_SMALLEST, _LARGEST = 2048, 8192
#: Bits of an exponent; nearly all keys have 65537.
_LARGEST_EXPONENT = 64


class TokenError(ValueError):
    """Raised when a token cannot be trusted, with the reason for the log; no reason has the token in it."""


class RsaKey(NamedTuple):
    """A public key."""

    modulus: int
    exponent: int


def read_key_set(text: bytes) -> dict[str, RsaKey]:
    """Return the keys for RS256 of a JSON web key set by their ids; one without an id has an empty one.

    :param text: the document
    :raises ValueError: when it is no key set, or has no such key
    """
    try:
        content = json.loads(text)
    except RecursionError:
        content = None
    entries = content.get("keys") if isinstance(content, dict) else None
    keys: dict[str, RsaKey] = {}
    for entry in entries if isinstance(entries, list) else []:
        key = _read_key(entry) if isinstance(entry, dict) else None
        if key:
            keys[entry.get("kid", "")] = key
    if not keys:
        raise ValueError("expected a JSON web key set with RSA keys of 2048 bits or more")
    return keys


def _read_key(entry: Mapping[str, object]) -> RsaKey | None:
    """Return the key of an entry, or None where it is for something else or too weak."""
    right = {"kty": "RSA", "use": "sig", "alg": "RS256"}
    operations = entry.get("key_ops", ["verify"])
    known = all(entry.get(name, value) == value for name, value in right.items())
    modulus, exponent = entry.get("n"), entry.get("e")
    if not known or "kty" not in entry or not isinstance(entry.get("kid", ""), str):
        return None
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    if not isinstance(modulus, str) or not isinstance(exponent, str):
        return None
    try:
        key = RsaKey(*(int.from_bytes(_decode(number), "big") for number in (modulus, exponent)))
    except ValueError:
        return None
    size_fits = _SMALLEST <= key.modulus.bit_length() <= _LARGEST
    return key if size_fits and _is_exponent(key.exponent) and key.modulus % 2 else None


def _is_exponent(number: int) -> bool:
    return number >= 3 and number % 2 == 1 and number.bit_length() <= _LARGEST_EXPONENT


def verified_claims(token: str, find: Callable[[str], RsaKey | None]) -> dict[str, object]:
    """Return the claims of a token whose signature is good; ``claims`` looks at what they say.

    :param token: what stands after ``Bearer``
    :param find: returns the key with an id; asked when the token says that it is signed with RS256
    :raises TokenError: when it is not signed by such a key
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenError("the token is no JSON web token")
    try:
        header, claims = (_read_json(_decode(part)) for part in parts[:2])
        signature = _decode(parts[2])
    except ValueError as error:
        raise TokenError("the token is no JSON web token") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise TokenError("header and claims of the token must be objects")
    if header.get("alg") != "RS256":
        raise TokenError(f"the token must be signed with RS256, got {header.get('alg')!a:.40}")
    if "crit" in header:
        # RFC 7515, section 4.1.11: an extension that is not understood must not be ignored
        raise TokenError("the token has critical extensions, which are not understood")
    kid = header.get("kid", "")
    if not isinstance(kid, str):
        raise TokenError("the id of the token's key must be text")
    key = find(kid)
    if key is None:
        raise TokenError(f"the key set has no key {kid!a:.80}")
    if not _is_signature(signature, f"{parts[0]}.{parts[1]}".encode(), key):
        raise TokenError("the signature of the token is wrong")
    return claims


def _is_signature(signature: bytes, message: bytes, key: RsaKey) -> bool:
    size = (key.modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= key.modulus:
        return False
    digest = _SHA256_PREFIX + hashlib.sha256(message).digest()
    # the whole encoded message is compared, so that nothing is left to parse
    expected = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
    return hmac.compare_digest(pow(number, key.exponent, key.modulus).to_bytes(size, "big"), expected)


def _decode(text: str) -> bytes:
    """Return bytes of base64url, which has one form for them.

    :raises ValueError: for any other
    """
    if not _BASE64URL.fullmatch(text):
        raise ValueError("no base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("no base64url: bits are left")
    return data


def _read_json(text: bytes) -> object:
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
