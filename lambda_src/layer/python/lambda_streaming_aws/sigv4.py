"""AWS Signature Version 4 for a POST without a query string.

"Create a signed AWS API request", AWS Identity and Access Management User Guide. As for every service but
Amazon S3, the path is encoded once more for the signature.
"""

from __future__ import annotations

import functools
import hmac
from hashlib import sha256

from .endpoint import percent_encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .credentials import AwsCredentials

ALGORITHM = "AWS4-HMAC-SHA256"


def sign(
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    credentials: AwsCredentials,
    region: str,
    service: str,
    timestamp: str,
) -> dict[str, str]:
    """Return the headers of a request together with those that sign it.

    :param path: of the URL, as it is sent: ``/model/a%3Ab/converse-stream``
    :param headers: what is signed, ``Host`` among it
    :param timestamp: ``YYYYMMDDTHHMMSSZ``
    """
    signed = {**headers, "X-Amz-Date": timestamp}
    if credentials.token:
        signed["X-Amz-Security-Token"] = credentials.token
    canonical = {name.lower(): " ".join(value.split()) for name, value in signed.items()}
    names = ";".join(sorted(canonical))
    request = "\n".join(
        [
            "POST",
            percent_encoded(path, "/"),
            "",
            *(f"{name}:{canonical[name]}" for name in sorted(canonical)),
            "",
            names,
            sha256(body).hexdigest(),
        ]
    )
    scope = f"{timestamp[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join([ALGORITHM, timestamp, scope, sha256(request.encode()).hexdigest()])
    key = _key(credentials.secret_key, scope)
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    who = f"{credentials.access_key}/{scope}"
    signed["Authorization"] = f"{ALGORITHM} Credential={who}, SignedHeaders={names}, Signature={signature}"
    return signed


@functools.lru_cache(maxsize=8)
def _key(secret_key: str, scope: str) -> bytes:
    """Return the key for all requests of a day to one service."""
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
