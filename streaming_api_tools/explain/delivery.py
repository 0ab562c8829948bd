"""Streams that do not stream."""

from __future__ import annotations

from .pain import GITHUB, MODE, Pain

PAINS: tuple[Pain, ...] = (
    Pain(
        "slow-not-broken",
        "everything arrives at once, at the end",
        (r"(arrives|comes|printed) (all )?at once", r"not streaming", r"\bBUFFERED\b(?!.*transfer)"),
        "with responseTransferMode BUFFERED the same bytes arrive, in one piece",
        "prove it: streaming-api smoke URL; then set responseTransferMode STREAM, and deploy the stage again",
        MODE,
    ),
    Pain(
        "small-chunks",
        "the first chunks are held back",
        (r"small chunks?", r"first .{0,20}chunks? (are|is) (held|delayed)", r"padding .{0,20}(flush|stream)"),
        "something collects until a buffer is full: a runtime's highWaterMark, an adapter, a proxy",
        "find the hop with streaming-api smoke URL --function NAME; write each event by itself",
        f"{GITHUB}aws/aws-lambda-nodejs-runtime-interface-client/issues/94",
    ),
    Pain(
        "curl-not-browser",
        "streams in curl, not in a browser",
        (r"(works|streams) (in|with) curl.{0,40}(browser|chrome|firefox|safari)",),
        "the browser gets another content type, a compressed answer or a service worker in between",
        "send text/event-stream with x-content-type-options: nosniff, and read fetch's body with a reader",
        f"{GITHUB}serverless/serverless/issues/13177",
    ),
    Pain(
        "http-api",
        "an HTTP API always buffers",
        (r"\bHTTP API\b", r"apigatewayv2", r"HttpApi\b"),
        "response streaming exists for REST APIs only; an HTTP API collects the answer without a word",
        "use a REST API: StreamingApi, or aws_apigateway.RestApi with a Stream",
        MODE,
    ),
    Pain(
        "middleware",
        "middleware runs before the stream ends",
        (r"middleware.{0,40}(before|early|ends?)", r"onafter.{0,30}stream"),
        "hooks see the function return when streaming begins, not when it ends",
        "measure in the generator itself, or read integrationLatency in the access log",
        f"{GITHUB}ashiina/lambda-local/issues/245",
    ),
    Pain(
        "compression",
        "compression makes intermediaries buffer",
        (
            r"content-encoding:? ?(gzip|br|deflate)",
            r"accept-encoding:? ?(gzip|br|deflate)",
            r"minimum.?compression",
        ),
        "a compressor collects until it has a block; API Gateway has no content encoding in STREAM",
        "send Accept-Encoding: identity through every hop, and turn compression off for event streams",
        MODE,
    ),
    Pain(
        "text-plain",
        "text/plain is held back by the browser",
        (r"text/plain.{0,60}(buffer|sniff|browser)", r"nosniff"),
        "a browser may read the beginning of plain text to guess its type",
        "send text/plain; charset=utf-8 with x-content-type-options: nosniff, or text/event-stream",
        f"{GITHUB}H4ad/serverless-adapter/issues/166",
    ),
    Pain(
        "nginx",
        "a reverse proxy collects the answer",
        (r"proxy_buffering", r"x-accel-buffering", r"nginx.{0,40}(buffer|stream)"),
        "nginx buffers what it proxies, 4 or 8 KB at a time or all of it",
        "set proxy_buffering off for the location; the header x-accel-buffering: no does the same",
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering",
    ),
)
