"""Verify the SigV4 signature of a request, for IAM authorization.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
The messages are those that API Gateway answers with.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from streaming_api_templates.template.partitions import partition_of

from ..request.errors import GatewayError
from ..request.headers import SIGNATURE as ALGORITHM
from ..request.routed_request import HttpRequest, Identity
from .jwt import RsaKey

SERVICE = "execute-api"
TIMESTAMP = "%Y%m%dT%H%M%SZ"
#: How far the clock of a client may be off.
TOLERANCE = timedelta(minutes=5)
#: Seconds that a signature in a query string may be good for: a week, says the page above.
MAX_EXPIRES = 604800
PARAMETER = re.compile(r"(?:^|[,\s])\s*(Credential|SignedHeaders|Signature)=([^,\s]*)")
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class Keys:
    """The credentials that requests must be signed with."""

    access_key: str
    secret_key: str
    token: str | None = None


@dataclass(frozen=True)
class _Signature:
    """The signature that a request has.

    :param signed_headers: as they are written, which must be in lower case, says the page above
    :param query: the query string without the signature itself
    """

    credential: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    token: str | None
    query: str
    valid_for: timedelta


@dataclass(frozen=True)
class Access:
    """The credentials and keys that requests are authorized with.

    :param keys: what requests to IAM-authorized routes must be signed with
    :param enforced: False turns every authorizer off
    :param jwks: the keys that the tokens of user pools must be signed with, by their ids
    """

    keys: Keys | None = None
    enforced: bool = True
    jwks: Mapping[str, RsaKey] = field(default_factory=dict)


def verify(
    request: HttpRequest,
    keys: Keys,
    region: str,
    account: str,
    now: datetime,
    service: str = SERVICE,
) -> Identity:
    """Return who signed the request.

    :param now: the time, to tell whether the signature has expired
    :param service: the service that the request is for
    :raises GatewayError: when the request is not signed, or not by these keys for this region
    """
    signed = _read(request)
    access_key, date, scope_region, scope_service, terminator = _scope(signed.credential)
    time = _time(signed.timestamp)
    problems = _scope_problems(
        scope_region, scope_service, terminator, date, signed.timestamp, region, service
    )
    if problems:
        raise _invalid(" ".join(problems))
    if not _equal(access_key, keys.access_key) or not _equal(signed.token or "", keys.token or ""):
        message = "The security token included in the request is invalid."
        raise GatewayError("INVALID_SIGNATURE", message, exception="UnrecognizedClientException")
    _check_time(time, signed.valid_for, now)
    if "host" not in signed.signed_headers:
        raise _invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    canonical, expected = _expected(request, signed, keys, region, service)
    if not _equal(expected, signed.signature) or not _body_matches(request):
        raise GatewayError("INVALID_SIGNATURE", MISMATCH, detail=f"canonical request: {canonical!r}")
    return Identity(access_key, account, access_key, f"arn:{partition_of(region)}:iam::{account}:user/local")


def _read(request: HttpRequest) -> _Signature:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    header = request.header("Authorization")
    if header is not None:
        return _from_header(request, header)
    if "X-Amz-Signature" in query:
        return _from_query(request, query)
    raise GatewayError("MISSING_AUTHENTICATION_TOKEN")


def _from_header(request: HttpRequest, header: str) -> _Signature:
    found = dict(PARAMETER.findall(header.removeprefix(ALGORITHM)))
    timestamp = request.header("X-Amz-Date") or request.header("Date") or ""
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not found.get(name)
    ]
    if not timestamp:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing or not header.startswith(ALGORITHM):
        raise GatewayError("INVALID_SIGNATURE", " ".join(missing), exception="IncompleteSignatureException")
    return _Signature(
        credential=found["Credential"],
        signed_headers=tuple(found["SignedHeaders"].split(";")),
        signature=found["Signature"],
        timestamp=timestamp,
        token=request.header("X-Amz-Security-Token"),
        query=request.query,
        valid_for=TOLERANCE,
    )


def _from_query(request: HttpRequest, query: Mapping[str, str]) -> _Signature:
    rest = [part for part in request.query.split("&") if not part.startswith("X-Amz-Signature=")]
    expires = query.get("X-Amz-Expires", "")
    if not re.fullmatch("[1-9][0-9]{0,5}", expires) or int(expires) > MAX_EXPIRES:
        message = f"X-Amz-Expires must be a number from 1 to {MAX_EXPIRES}."
        raise GatewayError("INVALID_SIGNATURE", message, exception="IncompleteSignatureException")
    return _Signature(
        credential=query.get("X-Amz-Credential", ""),
        signed_headers=tuple(query.get("X-Amz-SignedHeaders", "").split(";")),
        signature=query["X-Amz-Signature"],
        timestamp=query.get("X-Amz-Date", ""),
        token=query.get("X-Amz-Security-Token"),
        query="&".join(rest),
        valid_for=timedelta(seconds=int(expires)),
    )


def _scope(credential: str) -> list[str]:
    parts = credential.rsplit("/", 4)
    if len(parts) != 5:
        message = f"Credential must have exactly 5 slash-delimited elements, got '{credential}'."
        raise GatewayError("INVALID_SIGNATURE", message, exception="IncompleteSignatureException")
    return parts


def _scope_problems(
    region: str,
    service: str,
    terminator: str,
    date: str,
    timestamp: str,
    expected_region: str,
    expected_service: str,
) -> list[str]:
    problems = []
    if region != expected_region:
        problems.append(f"Credential should be scoped to a valid region, not '{region}'.")
    if service != expected_service:
        problems.append(f"Credential should be scoped to correct service: '{expected_service}'.")
    if terminator != "aws4_request":
        problems.append(
            f"Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'."
        )
    if date != timestamp[:8]:
        problems.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{date}' != '{timestamp[:8]}', from '{timestamp}'."
        )
    return problems


def _time(timestamp: str) -> datetime:
    try:
        return datetime.strptime(timestamp, TIMESTAMP).replace(tzinfo=timezone.utc)
    except ValueError:
        message = f"Date must be in ISO-8601 'basic format'. Got '{timestamp}'."
        raise GatewayError("INVALID_SIGNATURE", message, exception="IncompleteSignatureException") from None


def _check_time(time: datetime, valid_for: timedelta, now: datetime) -> None:
    if time < now - valid_for:
        earliest = (now - valid_for).strftime(TIMESTAMP)
        raise _invalid(
            f"Signature expired: {time.strftime(TIMESTAMP)} is now earlier than {earliest} "
            f"({now.strftime(TIMESTAMP)} - {valid_for.total_seconds() / 60:g} min.)"
        )
    if time > now + TOLERANCE:
        latest = (now + TOLERANCE).strftime(TIMESTAMP)
        raise _invalid(
            f"Signature not yet current: {time.strftime(TIMESTAMP)} is still later than {latest} "
            f"({now.strftime(TIMESTAMP)} + 5 min.)"
        )


def _expected(
    request: HttpRequest, signed: _Signature, keys: Keys, region: str, service: str
) -> tuple[str, str]:
    """Return the canonical request and the signature that the client should have sent."""
    host = request.header("Host") or ""
    url = f"http://{host}{request.prefix}{request.path}" + (f"?{signed.query}" if signed.query else "")
    aws_request = AWSRequest(method=request.method, url=url, data=request.body)
    for name, value in request.headers:
        if name.lower() in signed.signed_headers:
            aws_request.headers[name.lower()] = value
    aws_request.context["timestamp"] = signed.timestamp
    signer = SigV4Auth(Credentials(keys.access_key, keys.secret_key, keys.token), service, region)
    # botocore never signs some headers, such as User-Agent; other clients do
    signer.headers_to_sign = lambda aws_request: aws_request.headers
    canonical = signer.canonical_request(aws_request)
    return canonical, signer.signature(signer.string_to_sign(aws_request, canonical), aws_request)


def _body_matches(request: HttpRequest) -> bool:
    """Tell whether the body has the hash that the client declared, when it declared one."""
    declared = request.header("X-Amz-Content-SHA256")
    return declared is None or _equal(declared, hashlib.sha256(request.body).hexdigest())


def _equal(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


def _invalid(message: str) -> GatewayError:
    return GatewayError("INVALID_SIGNATURE", message)
