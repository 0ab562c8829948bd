"""Entry point of the bundled JWT authorizer: the only module that knows the environment, clock and network.

Environment: ISSUER is what the tokens must name as theirs, JWKS_URL where its keys are. AUDIENCE, CLIENT_IDS
and SCOPES are lists, separated by blanks, of what tokens must name. JWKS_ON_LOOPBACK=1 takes keys from a
server of the same machine without TLS, for tests; nothing that is deployed sets it.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping

from .claims import Expected, ScopeError, check_claims
from .decision import answer, bearer_token
from .key_set_url import check_url, read_url
from .keys import CachedKeys
from .signature import RsaKey, TokenError, read_key_set, verified_claims

logger = logging.getLogger(__name__)


def _list(name: str) -> tuple[str, ...]:
    return tuple(os.environ.get(name, "").split())


JWKS_URL = check_url(os.environ["JWKS_URL"], loopback=os.environ.get("JWKS_ON_LOOPBACK") == "1")
EXPECTED = Expected(os.environ["ISSUER"], _list("AUDIENCE"), _list("CLIENT_IDS"), _list("SCOPES"))


def _read() -> Mapping[str, RsaKey]:
    return read_key_set(read_url(JWKS_URL))


def _report(error: Exception) -> None:
    logger.warning("the key set was not read again, the keys of before stay: %s", error)


KEYS = CachedKeys(_read, clock=time.time, report=_report)


def handler(event: Mapping[str, object], context: object) -> dict[str, object]:
    """Answer API Gateway's TOKEN authorizer: name the caller, and allow the method or refuse it."""
    method = str(event["methodArn"])
    token = bearer_token(event)
    try:
        if token is None:
            raise TokenError("the request has no bearer token")
        caller = check_claims(verified_claims(token, KEYS.find), EXPECTED, time.time())
    except TokenError as error:
        logger.warning("401: %s", error)
        # exactly this text is what API Gateway answers with 401
        raise Exception("Unauthorized") from None
    except ScopeError as error:
        logger.warning("403: %s", error)
        return answer(error.caller, method, "Deny")
    return answer(caller, method, "Allow")
