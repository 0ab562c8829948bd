"""Sign requests for IAM authorization of API Gateway and of function URLs.

https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from ..aws import configured_region
from .http_fields import host_header
from .moments import Request

SERVICE, FUNCTION_URL = "execute-api", "lambda"
#: Of a distribution of CloudFront, as a service; it signs itself.
CLOUDFRONT = "cloudfront"
#: abc123.execute-api.eu-west-1.amazonaws.com, and with .amazonaws.com.cn or .vpce.amazonaws.com at the end
REGION_OF_API = r"(?:^|\.)execute-api\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\."
#: abc123.lambda-url.eu-west-1.on.aws
REGION_OF_URL = r"^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$"
REGION_IN_HOST = re.compile(f"{REGION_OF_API}|{REGION_OF_URL}")
#: Where the local gateway serves function URLs.
LOCAL_URL = "/_aws/lambda-url/"
CLOUDFRONT_HOST = re.compile(r"^[a-z0-9]+\.cloudfront\.(?:net|cn)$")


class NotSigned(Exception):
    """Raised when a signature is wanted, or possible, but something that it needs is missing."""


class Credentials(Protocol):
    """Credentials as botocore has them; refreshable ones hand out fresh keys each time."""

    def get_frozen_credentials(self) -> object:
        """Return the keys as they are now."""


class RequestSigner(Protocol):
    """Makes requests such that they are let in."""

    @property
    def region(self) -> str | None:
        """The Region that requests are signed for, None where they are not signed."""

    def sign(self, request: Request) -> Request:
        """Return the request with the headers that let it in."""


@dataclass(frozen=True)
class ContentHash:
    """Tells the hash of the body, which a distribution of CloudFront with origin access control signs.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html:
    "Lambda doesn't support unsigned payloads".
    """

    region: str | None = None

    def sign(self, request: Request) -> Request:
        """Return the request with ``x-amz-content-sha256``."""
        digest = hashlib.sha256(request.body or b"").hexdigest()
        return replace(request, headers={**request.headers, "x-amz-content-sha256": digest})


@dataclass(frozen=True)
class Signer:
    """Signs requests with one set of credentials for one region."""

    credentials: Credentials
    region: str

    def sign(self, request: Request) -> Request:
        """Return the request with the SigV4 headers; they cover the url, the body and the headers it has."""
        headers = {**request.headers, "Host": host_header(request.url)}
        aws_request = AWSRequest(request.method, request.url, headers=headers, data=request.body)
        service = service_of(request.url)
        SigV4Auth(self.credentials.get_frozen_credentials(), service, self.region).add_auth(aws_request)
        return replace(request, headers=dict(aws_request.headers.items()))


def region_of(url: str) -> str | None:
    """Return the region in the host name of API Gateway or a function URL, or None for any other host."""
    found = REGION_IN_HOST.search((urlsplit(url).hostname or "").lower())
    return found.group(1) or found.group(2) if found else None


def service_of(url: str) -> str:
    """Return the service that requests to a URL are signed for.

    >>> service_of("https://abc.lambda-url.eu-west-1.on.aws/"), service_of("https://api.example.com/")
    ('lambda', 'execute-api')
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if CLOUDFRONT_HOST.search(host):
        return CLOUDFRONT
    is_url = re.search(REGION_OF_URL, host) or parts.path.startswith(LOCAL_URL)
    return FUNCTION_URL if is_url else SERVICE


def signer_for(url: str, auth: str, region: str | None, headers: Mapping[str, str]) -> Signer | None:
    """Return who signs the requests to ``url``, or None when they go out unsigned.

    :param auth: ``iam`` always signs, ``auto`` signs when credentials are found and the
        user gave no ``Authorization`` header; anything else never signs.
    :param region: the region of the API. Default: - the one in the host name, else the configured one
    :raises NotSigned: when ``iam`` finds no credentials, when they cannot be loaded, or no region is known
    """
    if auth not in ("auto", "iam") or (
        auth == "auto" and "authorization" in {name.lower() for name in headers}
    ):
        return None
    session = Session()
    try:
        credentials = session.get_credentials()
        if credentials is not None:
            # those of a session that has ended are found, and refused only when they are read
            credentials.get_frozen_credentials()
        region = region or region_of(url) or configured_region(session)
    except BotoCoreError as failure:
        raise NotSigned(f"{failure}; pass --auth none to send the request unsigned") from failure
    if credentials is None:
        if auth == "auto":
            return None
        raise NotSigned("no AWS credentials found; run: aws configure")
    if not region:
        raise NotSigned("no region to sign for; pass --region, or --auth none")
    return Signer(credentials, region)
