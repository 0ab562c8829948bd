"""Entry point of the bundled authorizer: the only module that knows the environment, the clock and the SDK.

Environment: KEYS_SECRET_ARN names a secret of AWS Secrets Manager, a JSON object of client names to keys.
KEYS_TTL_SECONDS is how long the function keeps what it read; KEYS_MAX_STALE_SECONDS the age up to which keys
bridge an outage of Secrets Manager, 3600 unless it is set. ATTRIBUTES_SECRET_ARN, when it is set, names a
secret with the attributes of clients, which are kept as long as the keys.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from .attributes import NONE, ClientAttributes, parse_attributes
from .decision import allow, client_of, credentials
from .keys import CachedKeys, parse

logger = logging.getLogger(__name__)

# API Gateway waits for an authorizer for 29 seconds
SECRETS = boto3.client(
    "secretsmanager", config=Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
)
# The error code of a request that would succeed later: "Common Errors", AWS Secrets Manager API Reference.
_THROTTLED = {"ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException"}


def is_outage(error: Exception) -> bool:
    """Return whether a failure comes from the way to Secrets Manager, and not from the secret."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or status == 429 or error.response["Error"].get("Code") in _THROTTLED
    return isinstance(error, (ConnectionError, HTTPClientError))


def _read() -> Mapping[str, str]:
    return parse(_secret("KEYS_SECRET_ARN"))


def _read_attributes() -> Mapping[str, ClientAttributes]:
    return parse_attributes(_secret("ATTRIBUTES_SECRET_ARN"))


def _secret(variable: str) -> str:
    text: str = SECRETS.get_secret_value(SecretId=os.environ[variable])["SecretString"]
    return text


def _report(error: Exception) -> None:
    logger.warning("the keys were not read again, the old ones stay: %s", type(error).__name__)


_Value = TypeVar("_Value")


def _cached(read: Callable[[], Mapping[str, _Value]]) -> CachedKeys[_Value]:
    return CachedKeys(
        read,
        ttl=float(os.environ["KEYS_TTL_SECONDS"]),
        max_stale=float(os.environ.get("KEYS_MAX_STALE_SECONDS", "3600")),
        clock=time.time,
        is_outage=is_outage,
        report=_report,
    )


KEYS = _cached(_read)
ATTRIBUTES = _cached(_read_attributes) if "ATTRIBUTES_SECRET_ARN" in os.environ else None


def handler(event: Mapping[str, object], context: object) -> dict[str, object]:
    """Answer API Gateway's REQUEST authorizer: name the caller, and allow the method or refuse it."""
    known = client_of(credentials(event), KEYS.current())
    attributes = ATTRIBUTES.current().get(known.name, NONE) if known and ATTRIBUTES else NONE
    if known is None or attributes.expired(time.time()):
        # exactly this text is what API Gateway answers with 401
        raise Exception("Unauthorized")
    return allow(known, str(event["methodArn"]), attributes.context)
