"""A user pool that the test itself signs tokens for, with the library that everybody uses."""

from __future__ import annotations

import base64
import json
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class UserPool:
    """Issues tokens."""

    def __init__(self, kid: str = "k1", size: int = 2048) -> None:
        self._kid = kid
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=size)
        self.modulus = self._key.public_key().public_numbers().n

    def key_set(self) -> str:
        """Return the public keys as ``/.well-known/jwks.json`` has them."""
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "kid": self._kid, "alg": "RS256", "n": number(numbers.n), "e": number(numbers.e)}
        return json.dumps({"keys": [{"kty": "EC", "kid": "other"}, key]})

    def pem(self) -> bytes:
        """Return the public key as PEM."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def token(self, claims: dict[str, object], **header: object) -> str:
        """Return a token that is good for an hour."""
        return self.signed({"exp": int(time.time()) + 3600, **claims}, **header)

    def signed(self, claims: dict[str, object], **header: object) -> str:
        """Return a token with these claims and no others."""
        head = {"alg": "RS256", "kid": self._kid, **header}
        return self.signed_bytes(json.dumps(head).encode(), json.dumps(claims).encode())

    def signed_bytes(self, header: bytes, claims: bytes) -> str:
        """Return a token whose first two parts are these bytes, whatever they are."""
        parts = [encoded(header), encoded(claims)]
        signature = self._key.sign(".".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
        return ".".join([*parts, encoded(signature)])


def number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
