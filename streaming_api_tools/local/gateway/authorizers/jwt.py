"""Verify JSON web tokens that are signed with RS256, by the keys of a JSON web key set.

By hand, because a verification of RS256 is one power and a comparison, and a library would bring
``cryptography``, the only compiled dependency that the tools do not have already.
RFC 7519, RFC 7515 (section 5.2) and RFC 7517; the signature is RSASSA-PKCS1-v1_5 of RFC 8017, section 8.2.2,
which needs no more than a power.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from ....json_text import parse_json

#: DER of the DigestInfo before a SHA-256 hash (RFC 8017, section 9.2, note 1).
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


class TokenError(ValueError):
    """Raised when a token cannot be trusted, with the reason for the developer."""


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
        str(entry.get("kid")): RsaKey(_number(str(entry["n"])), _number(str(entry["e"])))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and entry.get("kty") == "RSA" and "n" in entry and "e" in entry
    }
    if not keys:
        raise ValueError("expected a JSON web key set with RSA keys")
    return keys


def verified_claims(token: str, keys: Mapping[str, RsaKey]) -> dict[str, object]:
    """Return the claims of a token whose signature is good; what they say is not looked at.

    :raises TokenError: when it is not signed by one of the keys
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenError("the token is no JSON web token")
    try:
        header, claims = (parse_json(_decode(part)) for part in parts[:2])
        signature = _decode(parts[2])
    except ValueError as error:
        raise TokenError(f"the token is no JSON web token: {error}") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise TokenError("header and claims of the token must be objects")
    if header.get("alg") != "RS256":
        raise TokenError(f"the token must be signed with RS256, got {header.get('alg')}")
    key = keys.get(str(header.get("kid")))
    if key is None:
        raise TokenError(f"no key {header.get('kid')} in the key set")
    if not _is_signature(signature, f"{parts[0]}.{parts[1]}".encode(), key):
        raise TokenError("the signature of the token is wrong")
    return claims


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
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(f"no base64url: {error}") from error
