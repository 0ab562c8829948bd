"""Tell who made a request, as API Gateway authenticated them.

"Amazon API Gateway Developer Guide", set-up-lambda-proxy-integrations, section "Input format of a Lambda
function for proxy integration", and API Gateway's ``$context.identity`` and ``$context.authorizer``.
"""

from __future__ import annotations

from collections.abc import Mapping

#: The owner of a stream whose request nobody authenticated: whoever has the id has the stream.
ANYBODY = ""


#: Kinds of callers, by how they were authenticated.
COGNITO, AUTHORIZER, IAM, API_KEY, ANONYMOUS = "cognito", "authorizer", "iam", "api_key", "anonymous"
# Said by this package's own authorizer beside ``principalId``, which is the client's name then.
_CLIENT = "client"


class Caller:
    """Whoever made a request, by the strongest identity.

    A Cognito user is the subject of its pool, a principal of IAM the role or the user without the name of its
    session, a caller of a Lambda authorizer its ``principalId``, and an API key its id.

    :param kind: how the caller was authenticated
    :param owner: who owns the caller's streams
    :param id: of the caller; None where nothing tells it but a secret
    :param name: of the caller; None where there is none
    """

    __slots__ = ("id", "kind", "name", "owner")

    def __init__(self, kind: str, owner: str, id: str | None = None, name: str | None = None) -> None:
        self.kind = kind
        self.owner = owner
        self.id = id
        self.name = name


def caller_of(event: object) -> Caller:
    """Return who made a request; the key itself, which is in the event as well, is no part of it."""
    context = _mapping(_mapping(event).get("requestContext"))
    authorizer, identity = _mapping(context.get("authorizer")), _mapping(context.get("identity"))
    claims = _mapping(authorizer.get("claims") or _mapping(authorizer.get("jwt")).get("claims"))
    key_id = _text(identity.get("apiKeyId"))
    if claims.get("sub"):
        return Caller(COGNITO, f"cognito {claims.get('iss', '')} {claims['sub']}", str(claims["sub"]))
    if authorizer.get("principalId"):
        principal = str(authorizer["principalId"])
        if authorizer.get(_CLIENT) == principal:
            return Caller(API_KEY, f"authorizer {principal}", key_id, principal)
        return Caller(AUTHORIZER, f"authorizer {principal}", principal)
    # function URLs and HTTP APIs have the second
    arn = identity.get("userArn") or _mapping(authorizer.get("iam")).get("userArn")
    if arn:
        principal = _without_session(str(arn))
        return Caller(IAM, f"iam {principal}", principal, principal.rpartition("/")[2])
    key = key_id or identity.get("apiKey")
    return Caller(API_KEY, f"key {key}", key_id) if key else Caller(ANONYMOUS, ANYBODY)


def owner_of(event: object) -> str:
    """Return the name of the caller that owns a stream; the strongest identity counts."""
    return caller_of(event).owner


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


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
