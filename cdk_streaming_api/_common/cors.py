"""Check and write the answers to cross-origin requests: the pages that may call an API from a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from aws_cdk import Duration, Token
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_

from .argument_checks import check_several
from .text_preflight import add_text_preflight
from .tokens import check_list_known

# scheme://host[:port], nothing after it: https://www.rfc-editor.org/rfc/rfc6454#section-6.2
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s'\",]+")

_MAX_AGE = Duration.hours(1)

# What a page may send. Last-Event-ID: the EventSource of WHATWG HTML; X-Amz-*: requests signed with Signature
# Version 4; amz-sdk-*, x-amzn-bedrock-*: the AWS SDK for JavaScript, and what Bedrock's operations take as
# headers; anthropic-*, openai-*, x-stainless-*: the JavaScript SDKs of these APIs. User-Agent: all set
# it, and browsers that do not drop it ask for it.
ALLOW_HEADERS = [
    "Accept",
    "Authorization",
    "Cache-Control",
    "Content-Type",
    "Idempotency-Key",
    "Last-Event-ID",
    "User-Agent",
    "X-Amz-Content-Sha256",
    "X-Amz-Date",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Api-Key",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "anthropic-beta",
    "anthropic-dangerous-direct-browser-access",
    "anthropic-version",
    "openai-beta",
    "openai-organization",
    "openai-project",
    "x-amzn-bedrock-accept",
    "x-amzn-bedrock-guardrailidentifier",
    "x-amzn-bedrock-guardrailversion",
    "x-amzn-bedrock-performanceconfig-latency",
    "x-amzn-bedrock-projectidentifier",
    "x-amzn-bedrock-request-metadata",
    "x-amzn-bedrock-service-tier",
    "x-amzn-bedrock-trace",
    "x-stainless-arch",
    "x-stainless-async",
    "x-stainless-helper-method",
    "x-stainless-lang",
    "x-stainless-os",
    "x-stainless-package-version",
    "x-stainless-read-timeout",
    "x-stainless-retry-count",
    "x-stainless-runtime",
    "x-stainless-runtime-version",
    "x-stainless-stream-helper",
    "x-stainless-timeout",
]

#: What pages may read of the responses of a function URL: headers of the bundled functions, and Lambda's own.
EXPOSE_HEADERS = [
    "request-id",
    "retry-after",
    "x-amzn-ErrorType",
    "x-amzn-RequestId",
    "x-request-id",
    "x-should-retry",
    "x-stream-id",
    "x-streaming-api-estimated",
    "x-streaming-api-ignored",
]


class CorsOptions(TypedDict, total=False):
    """Options of what pages in a browser may call.

    :param allow_origins: origins of the pages that may read the responses, or ``*``. Default: - none
    :param allow_credentials: whether such pages may send cookies or HTTP authentication. Default: False
    """

    allow_origins: Sequence[str]
    allow_credentials: bool


#: the defaults, none of which is None
DEFAULTS: Mapping[str, object] = {"allow_origins": (), "allow_credentials": False}


@dataclass(frozen=True)
class AllowedOrigins:
    """The pages that may call an API, checked."""

    allow_origins: tuple[str, ...]
    allow_credentials: bool

    @classmethod
    def of(cls, allow_origins: Sequence[str], allow_credentials: bool) -> AllowedOrigins | None:
        """Return the checked value, or None where no page may call.

        :raises ValueError: when a browser would refuse what the value says.
        """
        check_several("allow_origins", allow_origins)
        if not allow_origins:
            if allow_credentials:
                raise ValueError("allow_credentials needs allow_origins, got none")
            return None
        check_list_known("allow_origins", allow_origins, "it becomes a method for each path")
        for origin in allow_origins:
            if origin != "*" and not Token.is_unresolved(origin) and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"allow_origins must be '*' or origins like 'https://app.example.com', got '{origin}'"
                )
        if "*" in allow_origins and len(allow_origins) > 1:
            raise ValueError(
                f"allow_origins must be either '*' or a list of origins, got {list(allow_origins)}"
            )
        if "*" in allow_origins and allow_credentials:
            raise ValueError("allow_credentials needs allow_origins to name its origins, got '*'")
        return cls(tuple(allow_origins), allow_credentials)

    @property
    def single_origin(self) -> str | None:
        """The value of Access-Control-Allow-Origin where it is the same for every request."""
        return self.allow_origins[0] if len(self.allow_origins) == 1 else None

    def environment(self) -> dict[str, str]:
        """Return what tells a bundled function whose pages may read its responses.

        ``CORS_ALLOW_ORIGIN`` is ``*`` or origins separated by commas, of which a response names the one that
        asks; ``CORS_ALLOW_CREDENTIALS`` is ``true`` or not there.
        """
        credentials = {"CORS_ALLOW_CREDENTIALS": "true"} if self.allow_credentials else {}
        return {"CORS_ALLOW_ORIGIN": ",".join(self.allow_origins), **credentials}

    def static_headers(self) -> dict[str, str]:
        """Return the headers of a MOCK's answer to a page of the first origin."""
        return {
            "Access-Control-Allow-Origin": self.allow_origins[0],
            **({} if self.single_origin == "*" else {"Vary": "Origin"}),
            **({"Access-Control-Allow-Credentials": "true"} if self.allow_credentials else {}),
        }

    def function_url(self) -> lambda_.FunctionUrlCorsOptions:
        """Return what lets Lambda answer preflights to a function URL, and add the headers to its responses.

        https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html
        """
        return lambda_.FunctionUrlCorsOptions(
            allowed_origins=list(self.allow_origins),
            allowed_methods=[lambda_.HttpMethod.ALL],
            allowed_headers=ALLOW_HEADERS,
            exposed_headers=EXPOSE_HEADERS,
            allow_credentials=self.allow_credentials,
            max_age=_MAX_AGE,
        )

    def add_preflight(
        self,
        resource: apigateway.IResource,
        *,
        as_text: bool = False,
        allow_headers: Sequence[str] = ALLOW_HEADERS,
    ) -> None:
        """Answer the browser's preflight request on ``resource``; once, however many methods it has.

        :param as_text: whether the API has binary media types, from which the answer is kept. Default: False
        :param allow_headers: what pages may send. Default: - what the clients of models and AWS send
        """
        if resource.node.try_find_child("OPTIONS"):
            return
        if as_text:
            add_text_preflight(
                resource,
                allow_origins=self.allow_origins,
                allow_credentials=self.allow_credentials,
                allow_headers=allow_headers,
                max_age=_MAX_AGE,
            )
            return
        resource.add_cors_preflight(
            allow_origins=list(self.allow_origins),
            allow_credentials=self.allow_credentials,
            allow_headers=list(allow_headers),
            max_age=_MAX_AGE,
        )

    def gateway_response_headers(self) -> dict[str, str]:
        """Return the headers without which a page cannot read API Gateway's own errors.

        Such a response has no template logic, so it cannot choose one of several origins. It says nothing
        that differs from caller to caller, and is therefore given to whichever origin asks.
        """
        exposed = "Retry-After,WWW-Authenticate,x-amzn-RequestId,x-amzn-ErrorType"
        headers = {"Access-Control-Expose-Headers": f"'{exposed}'"}
        if self.single_origin:
            headers["Access-Control-Allow-Origin"] = f"'{self.single_origin}'"
        else:
            headers["Access-Control-Allow-Origin"] = "method.request.header.Origin"
            headers["Vary"] = "'Origin'"
        if self.allow_credentials:
            headers["Access-Control-Allow-Credentials"] = "'true'"
        return headers


def narrowed(
    cors: AllowedOrigins | None, allow_origins: Sequence[str] | None, subject: str
) -> AllowedOrigins | None:
    """Return what an API allows for some of its origins, or None where none is left.

    :param allow_origins: the origins. Default: - all of the API
    :param subject: what they are for, for the message.
    :raises ValueError: for an origin that the API does not allow, and where none is named.
    """
    if allow_origins is None:
        if cors is None or cors.single_origin != "*":
            return cors
        raise ValueError(
            f"allow_origins of {subject} must be given, since the API allows '*', and a server refuses "
            "foreign pages: name its pages, or give an empty list for none"
        )
    check_several(f"allow_origins of {subject}", allow_origins)
    check_list_known(f"allow_origins of {subject}", allow_origins, "they are compared with those of the API")
    for origin in allow_origins:
        everything = cors is not None and cors.single_origin == "*"
        if not everything and (cors is None or origin not in cors.allow_origins):
            raise ValueError(
                f"allow_origins of {subject} must be among allow_origins of the API, whose errors its pages "
                f"are to read, got '{origin}'"
            )
    if "*" in allow_origins:
        raise ValueError(f"allow_origins of {subject} must be named, got '*'")
    return AllowedOrigins.of(allow_origins, bool(cors and cors.allow_credentials)) if allow_origins else None
