"""Tell clients of an MCP server where they get their tokens: metadata, discovery and the challenge.

https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization and RFC 9728. Under the path of a
stage nothing at the root of the host is ours, so clients find the metadata by the challenge alone, and the
discovery document below the issuer's own path, as OpenID Connect Discovery has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import jsii
from aws_cdk import IResolveContext, IStringProducer, Lazy
from aws_cdk import aws_apigateway as apigateway

from .._common.argument_checks import check_several
from .._common.cors import AllowedOrigins
from .._common.keyword_options import checks_arguments
from .._common.tokens import begins_with_token, check_list_known, without_tokens
from .endpoint import base_url
from .mcp_methods import ALLOW_MCP_HEADERS
from .open_mock import add_open_mock

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_cognito as cognito

# what may stand in a response template and in a quoted header: no '#', '$' or quote
_URL = re.compile(r"https://[^\s/?#@'\"$\\]+(/[^\s#'\"$\\]*)?")
# RFC 6749, section 3.3, without what a template or a header would read otherwise
_SCOPE = re.compile(r"[^\s'\"$#\\,]+")
_REASON = "a MOCK with metadata that clients read before they have a token: RFC 9728, RFC 8414"
_HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}
#: Where clients look for the document of an issuer: RFC 8414, section 3; OpenID Connect Discovery, section 4.
_DISCOVERY = ("oauth-authorization-server", "openid-configuration")
#: Types of gateway responses to errors of RFC 6750, section 3.1; none where the request may have no token.
#: API Gateway answers an authorizer's refusal with UNAUTHORIZED, its denial with ACCESS_DENIED.
_ERRORS = {"UNAUTHORIZED": "", "EXPIRED_TOKEN": "invalid_token", "ACCESS_DENIED": "insufficient_scope"}


class McpAuthorization:
    """Names the authorization server of an MCP server, and how clients find what they need there.

    It is a value. Most clients refuse a server whose discovery document does not name S256, as that of
    Cognito does not, so the API publishes one of its own for the endpoints of such a server::

        sign_in = McpAuthorization.cognito(user_pool, domain=domain, scopes=["tools/call"])
        tokens = JwtAuthorizer(
            self,
            "SignIn",
            issuer=sign_in.issuer,
            jwks_url=sign_in.jwks_url,
            client_ids=[client.user_pool_client_id],
            scopes=sign_in.scopes,
        )
        api.add_mcp_server("mcp", handler=tools, authorizer=tokens, authorization=sign_in)

    Its attributes ``issuer``, ``jwks_url`` and ``scopes`` are what a ``JwtAuthorizer`` takes.
    """

    @checks_arguments
    def __init__(
        self,
        *,
        issuer: str,
        jwks_url: str,
        authorization_endpoint: str | None = None,
        token_endpoint: str | None = None,
        scopes: Sequence[str] = (),
    ) -> None:
        """Take what is known of the authorization server.

        :param issuer: what its tokens name in ``iss``, with ``https``. Clients read its own discovery
            document unless the two endpoints are given.
        :param jwks_url: where it publishes its keys, with ``https``.
        :param authorization_endpoint: where people sign in, with ``https``; the API then has a discovery
            document of its own. Default: - what the document of the issuer says
        :param token_endpoint: where clients exchange a code for a token, with ``https``.
            Default: - what the document of the issuer says
        :param scopes: what clients ask for. Default: - what they ask for by themselves
        :raises ValueError: when a URL is not one with https, an endpoint is given without the other, or a
            scope has a character that a header cannot have.
        """
        urls = {
            "issuer": issuer,
            "jwks_url": jwks_url,
            "authorization_endpoint": authorization_endpoint,
            "token_endpoint": token_endpoint,
        }
        for name, url in urls.items():
            if (
                url is not None
                and not begins_with_token(url)
                and not _URL.fullmatch(without_tokens(url, "x"))
            ):
                raise ValueError(f"{name} of McpAuthorization must be an https URL, got '{url}'")
        if (authorization_endpoint is None) != (token_endpoint is None):
            raise ValueError("authorization_endpoint and token_endpoint go together, got one of them")
        check_several("scopes", scopes)
        check_list_known("scopes of McpAuthorization", scopes, "each is in a header")
        for scope in scopes:
            if not _SCOPE.fullmatch(without_tokens(scope, "x")):
                raise ValueError(f"scopes of McpAuthorization must be texts without blanks, got '{scope}'")
            if scope == "offline_access":
                raise ValueError(
                    "scopes of McpAuthorization must not have offline_access: it is for clients to ask for"
                )
        self.issuer = issuer
        self.jwks_url = jwks_url
        self.scopes = tuple(scopes)
        self._authorization_endpoint = authorization_endpoint
        self._token_endpoint = token_endpoint

    @staticmethod
    @checks_arguments
    def cognito(
        user_pool: cognito.IUserPool, *, domain: cognito.UserPoolDomain, scopes: Sequence[str] = ()
    ) -> McpAuthorization:
        """Return the authorization by a user pool of Amazon Cognito.

        :param user_pool: the user pool.
        :param domain: its domain, where people sign in.
        :param scopes: what clients ask for, such as ``tools/call`` of a resource server of the pool.
            Default: - what they ask for by themselves
        """
        region = user_pool.env.region
        issuer = f"https://cognito-idp.{region}.{user_pool.stack.url_suffix}/{user_pool.user_pool_id}"
        return McpAuthorization(
            issuer=issuer,
            jwks_url=f"{issuer}/.well-known/jwks.json",
            authorization_endpoint=f"{domain.base_url()}/oauth2/authorize",
            token_endpoint=f"{domain.base_url()}/oauth2/token",
            scopes=scopes,
        )

    def _metadata(self, resource: str, own: str) -> dict[str, object]:
        """Return the metadata of the protected resource: RFC 9728, section 2."""
        return {
            "resource": resource,
            "authorization_servers": [own if self._authorization_endpoint else self.issuer],
            **({"scopes_supported": [*self.scopes]} if self.scopes else {}),
            "bearer_methods_supported": ["header"],
        }

    def _discovery(self, own: str) -> dict[str, object] | None:
        """Return the metadata of the authorization server: RFC 8414, section 2; None where it has its own.

        The issuer is the URL under which the document is found, as RFC 8414, section 3.3, has it. Tokens name
        another, which concerns whoever verifies them.
        """
        if not self._authorization_endpoint:
            return None
        return {
            "issuer": own,
            "authorization_endpoint": self._authorization_endpoint,
            "token_endpoint": self._token_endpoint,
            "jwks_uri": self.jwks_url,
            **({"scopes_supported": [*self.scopes]} if self.scopes else {}),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }


def _is_https(url: str) -> bool:
    return begins_with_token(url) or _URL.fullmatch(without_tokens(url, "x")) is not None


class McpMetadata:
    """The documents of an API about its MCP server, and its challenge: the header ``WWW-Authenticate``.

    API Gateway renames the header when a function sends it, and a gateway response of a type is the same for
    every method: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html

    :param stage_name: name of the stage, known at synth.
    :param as_text: whether the API has binary media types.
    """

    def __init__(self, api: apigateway.RestApi, stage_name: str, *, as_text: bool) -> None:
        self._api, self._stage_name, self._as_text = api, stage_name, as_text
        self._challenges: dict[str, str] = {}

    def challenges(self) -> dict[str, dict[str, str]]:
        """Return the header by the type of the gateway response; none without an authorization."""
        return {
            kind: {"WWW-Authenticate": Lazy.uncached_string(_Challenge(self._challenges, kind))}
            for kind in _ERRORS
        }

    def publish(
        self, authorization: McpAuthorization, path: str, authorizer: apigateway.IAuthorizer | None
    ) -> None:
        """Define the documents of an MCP server below the root of its API, and its challenge.

        :param path: of the server.
        :param authorizer: of the server; one that takes tokens for named audiences gets the server's URL.
        :raises ValueError: when nothing takes the tokens, the URL of the server is not known, or another
            server has the challenge.
        """
        path = path.strip("/")
        self._check(f"authorization of MCP server '/{path}'", path, authorizer)
        base, suffix = base_url(self._api, self._stage_name), f"/{path}" if path else ""
        metadata_path = f".well-known/oauth-protected-resource{suffix}"
        documents = {metadata_path: authorization._metadata(f"{base}{suffix}", base)}
        discovery = authorization._discovery(base)
        if discovery:
            documents |= {f".well-known/{name}": discovery for name in _DISCOVERY}
        for place, document in documents.items():
            self._add(place, document)
        self._challenge(f"{base}/{metadata_path}", authorization.scopes)
        add_audience = getattr(authorizer, "add_audience", None)  # of a JwtAuthorizer
        if add_audience:
            add_audience(f"{base}{suffix}")

    def _check(self, subject: str, path: str, authorizer: apigateway.IAuthorizer | None) -> None:
        if authorizer is None:
            raise ValueError(f"{subject} needs an authorizer that takes tokens, such as JwtAuthorizer")
        if "{" in without_tokens(path):
            raise ValueError(f"{subject} needs a path without parameters: the URL is in a document")
        if self._challenges:
            raise ValueError(
                f"{subject} needs an API of its own: another server of this one has an authorization, and "
                "API Gateway has one challenge for all"
            )

    def _add(self, place: str, document: dict[str, object]) -> None:
        resource = self._api.root.resource_for_path(place)
        add_open_mock(
            resource,
            "GET",
            status="200",
            headers=_HEADERS,
            template=json.dumps(document),
            reason=_REASON,
            as_text=self._as_text,
        )
        everybody = AllowedOrigins(("*",), False)
        everybody.add_preflight(resource, as_text=self._as_text, allow_headers=ALLOW_MCP_HEADERS)

    def _challenge(self, metadata_url: str, scopes: Sequence[str]) -> None:
        parts = [f'resource_metadata="{metadata_url}"']
        if scopes:
            parts.append(f'scope="{" ".join(scopes)}"')
        for kind, error in _ERRORS.items():
            named = [f'error="{error}"'] if error else []
            self._challenges[kind] = f"'Bearer {', '.join([*named, *parts])}'"


@jsii.implements(IStringProducer)
class _Challenge:
    """One value of the header, or nothing, so that there is no header."""

    def __init__(self, challenges: Mapping[str, str], kind: str) -> None:
        self._challenges, self._kind = challenges, kind

    def produce(self, _context: IResolveContext) -> str | None:
        """Return the value."""
        return self._challenges.get(self._kind)
