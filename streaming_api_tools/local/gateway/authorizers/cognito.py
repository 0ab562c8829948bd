"""Verify the tokens of Cognito user pools, without asking Cognito.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence

from ...application import CognitoAuthorizer
from ..request.errors import GatewayError
from .jwt import ExpiredError, RsaKey, TokenError, check_claims, verified_claims

POOL_ARN = re.compile(r"arn:[^:]+:cognito-idp:(?P<region>[^:]+):\d+:userpool/(?P<pool>.+)")


def issuer(pool_arn: str) -> str | None:
    """Return the issuer that the tokens of a user pool name.

    >>> issuer("arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Ab1")
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1'
    """
    found = POOL_ARN.fullmatch(pool_arn)
    return f"https://cognito-idp.{found['region']}.amazonaws.com/{found['pool']}" if found else None


def authorize(
    authorizer: CognitoAuthorizer,
    token: str | None,
    scopes: Sequence[str],
    keys: Mapping[str, RsaKey],
    now: Callable[[], float] = time.time,
) -> dict[str, object]:
    """Return ``requestContext.authorizer`` for a token.

    :param scopes: one of which an access token must have; without any, an ID token is wanted
    :param now: seconds since the epoch
    :raises GatewayError: when the token is missing or not good for the method
    """
    if not token:
        raise GatewayError("UNAUTHORIZED", detail=f"authorizer {authorizer.name}: the token is missing")
    token = token.removeprefix("Bearer ")
    try:
        claims = verified_claims(token, keys)
        _check(authorizer, claims, scopes)
        check_claims(claims, now())
    except TokenError as error:
        message = str(error) if isinstance(error, ExpiredError) else None
        raise GatewayError(
            "UNAUTHORIZED", message, detail=f"authorizer {authorizer.name}: {error}"
        ) from error
    expression = authorizer.validation_expression
    if expression and not re.fullmatch(expression, str(claims.get("aud"))):
        raise GatewayError("UNAUTHORIZED", detail=f"authorizer {authorizer.name}: aud does not match")
    return {"claims": {name: _text(value) for name, value in claims.items()}}


def _check(authorizer: CognitoAuthorizer, claims: Mapping[str, object], scopes: Sequence[str]) -> None:
    issuers = [issuer(pool) for pool in authorizer.pools]
    if claims.get("iss") not in issuers:
        raise TokenError(f"the token must be issued by {' or '.join(map(str, issuers))}")
    use = "access" if scopes else "id"
    if claims.get("token_use") != use:
        why = "the method has authorization scopes" if scopes else "the method has no authorization scopes"
        raise TokenError(f"token_use must be {use} because {why}, got {claims.get('token_use')}")
    if scopes and not set(scopes) & set(str(claims.get("scope")).split()):
        raise TokenError(f"the token must have one of the scopes {', '.join(scopes)}")


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
