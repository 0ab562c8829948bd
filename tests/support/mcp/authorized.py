"""Synthesize the official example's server with an authorization, for an identity provider on loopback."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_lambda as lambda_

from cdk_streaming_api import JwtAuthorizer, McpAuthorization, StreamingApi, StreamingFunction
from streaming_api_tools.local.application import Application
from streaming_api_tools.local.templates.cloud_assembly import load_assembly
from tests.support.mcp.environments import EXAMPLES, packages
from tests.support.mcp.identity_provider import CLIENT_ID

#: what the constructs are told, since they take https alone
ISSUER = "https://issuer.example"
SCOPE = "tools/call"
DOMAIN = "https://api.example.com"


def authorized(scratch: Path, provider_url: str, *, with_domain: bool = False) -> Application:
    """Return an API with the server, whose tokens come from a provider.

    :param scratch: an empty folder
    :param provider_url: URL of the provider, which takes the place of an issuer with https
    :param with_domain: whether the API has a domain name. Default: False
    """
    app = cdk.App(outdir=str(scratch / "cdk.out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Tools")
    sign_in = McpAuthorization(
        issuer=ISSUER,
        jwks_url=f"{ISSUER}/keys",
        authorization_endpoint=f"{ISSUER}/authorize",
        token_endpoint=f"{ISSUER}/token",
        scopes=[SCOPE],
    )
    tokens = JwtAuthorizer(
        stack,
        "Tokens",
        issuer=sign_in.issuer,
        jwks_url=sign_in.jwks_url,
        client_ids=[CLIENT_ID],
        scopes=sign_in.scopes,
    )
    function = StreamingFunction(
        stack,
        "Server",
        code=lambda_.Code.from_asset(str(EXAMPLES["mcp"])),
        handler="server.handler",
        environment={"PYTHONPATH": str(packages("mcp"))},
        timeout=cdk.Duration.minutes(1),
    )
    arn = "arn:aws:acm:us-east-1:111122223333:certificate/x"
    domain = apigateway.DomainNameOptions(
        domain_name=DOMAIN.removeprefix("https://"),
        certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", arn),
    )
    api = StreamingApi(stack, "Api", authorizer=tokens, domain_name=domain if with_domain else None)
    api.add_mcp_server("mcp", handler=function, authorization=sign_in)
    app.synth()
    template = scratch / "cdk.out" / "Tools.template.json"
    template.write_text(template.read_text("utf-8").replace(ISSUER, provider_url), "utf-8")
    (scratch / "code").mkdir()
    return load_assembly(scratch / "cdk.out", "Tools", "us-east-1", scratch / "code")
