"""Signatures as API Gateway would check them, on the bytes that arrived."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from urllib.parse import parse_qsl, quote

import pytest
from aiohttp import web
from botocore.credentials import Credentials

from streaming_api_tools.client.http_post import post
from streaming_api_tools.client.moments import Head, Request
from streaming_api_tools.client.sigv4 import Signer
from tests.smoke.servers import serving

KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session/token=="


def signature_of(request: web.Request, body: bytes, secret: str = SECRET) -> str:
    """Return the signature that a request must have, written from the steps of the SigV4 documentation.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    fields = dict(
        part.strip().split("=", 1)
        for part in request.headers["Authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(",")
    )
    _, date, region, service, _ = fields["Credential"].split("/")
    path, _, query = request.raw_path.partition("?")
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(query, True))
    canonical = "\n".join(
        [
            request.method,
            quote(path, safe="/-_.~"),  # for every service but S3 the path is encoded once more
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{request.headers[name].strip()}" for name in fields["SignedHeaders"].split(";")),
            "",
            fields["SignedHeaders"],
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{date}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signed = f"AWS4-HMAC-SHA256\n{request.headers['X-Amz-Date']}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()


async def guarded(request: web.Request) -> web.StreamResponse:
    """Answer 200 only when the signature covers what arrived, for execute-api in eu-west-1."""
    body = await request.read()
    authorization = request.headers.get("Authorization", "")
    required = ("/eu-west-1/execute-api/aws4_request", "host;", "x-amz-date;x-amz-security-token")
    valid = (
        authorization.endswith(f"Signature={signature_of(request, body)}")
        and all(part in authorization for part in required)
        and request.headers["X-Amz-Security-Token"] == TOKEN
    )
    return web.Response(status=200 if valid else 403)


async def status_of(request: Request) -> int:
    async for moment in post(request, idle=10):
        if isinstance(moment, Head):
            return moment.status
    raise AssertionError("no answer")


@pytest.mark.parametrize(
    "path", ["/prod/probe", "/prod/a%20b/c+d", "/prod/probe?format=text&b=%20x&a=1", "/prod/caf%C3%A9"]
)
def test_sigv4_signer_covers_the_sent_body_and_host_with_port(path: str) -> None:
    signer = Signer(Credentials(KEY, SECRET, TOKEN), "eu-west-1")
    with serving(lambda: {"/{any:.*}": guarded}) as url:
        headers = {"Content-Type": "application/json", "X-Custom": "a value"}
        request = signer.sign(Request(f"{url}{path}", b'{"prompt": "Hello"}', headers))
        assert asyncio.run(status_of(request)) == 200
        tampered = Request(request.url, b"{}", request.headers)
        assert asyncio.run(status_of(tampered)) == 403
