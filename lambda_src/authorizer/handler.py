"""Entry point of the bundled authorizer: the only module that knows the environment, the clock and the SDK.

Environment: KEYS_SECRET_ARN names a secret of AWS Secrets Manager, a JSON object of client names to keys.
KEYS_TTL_SECONDS is how long the function keeps what it read.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping

import boto3
from botocore.config import Config

from .decision import allow, client_of, credentials
from .keys import CachedKeys, parse

logger = logging.getLogger(__name__)

# API Gateway waits for an authorizer for 29 seconds
SECRETS = boto3.client(
    "secretsmanager", config=Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
)


def _read() -> Mapping[str, str]:
    return parse(SECRETS.get_secret_value(SecretId=os.environ["KEYS_SECRET_ARN"])["SecretString"])


def _report(error: Exception) -> None:
    logger.warning("the keys were not read again, the old ones stay: %s", type(error).__name__)


KEYS = CachedKeys(_read, float(os.environ["KEYS_TTL_SECONDS"]), time.monotonic, _report)


def handler(event: Mapping[str, object], context: object) -> dict[str, object]:
    """Answer API Gateway's REQUEST authorizer: who calls, and whether the method may be invoked."""
    known = client_of(credentials(event), KEYS.current())
    if known is None:
        # exactly this text is what API Gateway answers with 401
        raise Exception("Unauthorized")
    return allow(known, str(event["methodArn"]))
