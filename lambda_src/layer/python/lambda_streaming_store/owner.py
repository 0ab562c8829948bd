"""Tell who made a request, as API Gateway authenticated them.

"Amazon API Gateway Developer Guide", set-up-lambda-proxy-integrations, section "Input format of a Lambda
function for proxy integration", and API Gateway's ``$context.identity`` and ``$context.authorizer``.
"""

from __future__ import annotations

from collections.abc import Mapping

#: The owner of a stream whose request nobody authenticated: whoever has the id has the stream.
ANYBODY = ""


def owner_of(event: object) -> str:
    """Return the name of the caller that owns a stream; the strongest identity counts.

    A Cognito user is the subject of its pool, a principal of IAM the role or the user without the name of its
    session, a caller of a Lambda authorizer its ``principalId``, and an API key its id.
    """
    context = _mapping(_mapping(event).get("requestContext"))
    authorizer, identity = _mapping(context.get("authorizer")), _mapping(context.get("identity"))
    claims = _mapping(authorizer.get("claims") or _mapping(authorizer.get("jwt")).get("claims"))
    if claims.get("sub"):
        return f"cognito {claims.get('iss', '')} {claims['sub']}"
    if authorizer.get("principalId"):
        return f"authorizer {authorizer['principalId']}"
    # function URLs and HTTP APIs have the second
    arn = identity.get("userArn") or _mapping(authorizer.get("iam")).get("userArn")
    if arn:
        return f"iam {_without_session(str(arn))}"
    key = identity.get("apiKeyId") or identity.get("apiKey")
    return f"key {key}" if key else ANYBODY


def _without_session(arn: str) -> str:
    """Return the ARN of a role in place of the ARN of one of its sessions.

    "IAM identifiers", AWS Identity and Access Management User Guide:
    ``arn:aws:sts::111122223333:assumed-role/name/session``.
    """
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[5].startswith("assumed-role/"):
        return ":".join([*parts[:5], "/".join(parts[5].split("/")[:2])])
    return arn


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
