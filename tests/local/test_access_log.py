"""Every variable of access logs has a true value, or is known to have none here."""

from __future__ import annotations

import json
import re

import pytest

from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from tests.local.conftest import Serve
from tests.local.test_gateway import signed
from tests.local.test_streaming import Connect

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
NUMBER, ID, TEXT = r"\d+", r"[0-9a-f-]{36}", r".+"
ALWAYS = {
    "accountId": r"\d{12}",
    "apiId": r"[a-z0-9]{10}",
    "awsEndpointRequestId": ID,
    "deploymentId": "local",
    "domainName": r"127\.0\.0\.1",
    "domainPrefix": "127",
    "endpointType": "REGIONAL",
    "extendedRequestId": r"\S+=",
    "httpMethod": "POST",
    "identity.sourceIp": r"127\.0\.0\.1",
    "identity.userAgent": "me",
    "integration.integrationStatus": "200",
    "integration.latency": NUMBER,
    "integration.requestId": ID,
    "integration.responseTransferMode": "STREAM",
    "integration.status": "200",
    "integration.timeToAllHeaders": NUMBER,
    "integration.timeToFirstContent": NUMBER,
    "integrationLatency": NUMBER,
    "integrationStatus": "200",
    "path": "/prod/responds",
    "protocol": r"HTTP/1\.1",
    "requestId": ID,
    "requestTime": r"\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000",
    "requestTimeEpoch": r"\d{13}",
    "resourceId": TEXT,
    "resourcePath": "/responds",
    "responseLatency": NUMBER,
    "responseLength": "3",
    "stage": "prod",
    "status": "200",
    "xrayTraceId": r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}",
}
WITH_IAM = {
    "authenticate.latency": NUMBER,
    "authenticate.status": "200",
    "authorize.latency": NUMBER,
    "authorize.status": "200",
    "identity.accountId": r"\d{12}",
    "identity.caller": "test",
    "identity.user": "test",
    "identity.userArn": r"arn:aws:iam::\d{12}:user/local",
}
WITH_AUTHORIZER = {
    "authorizer.integrationLatency": NUMBER,
    "authorizer.integrationStatus": "200",
    "authorizer.kind": "TOKEN",
    "authorizer.latency": NUMBER,
    "authorizer.principalId": "me",
    "authorizer.requestId": ID,
    "authorizer.seat": "7",
    "authorizer.status": "200",
}
#: What only AWS has: domain names, certificates, Cognito identities, organizations, WAF, canaries, TLS.
NEVER = (
    "customDomain.basePathMatched",
    "identity.clientCert.subjectDN",
    "identity.cognitoIdentityId",
    "identity.principalOrgId",
    "isCanaryRequest",
    "tlsVersion",
    "waf.status",
    "wafResponseCode",
    "webaclArn",
)
RESPONDS = {"handler": "handlers.responds"}
KEYS = Keys("test", "test")
URI = "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/${Function1.Arn}/invocations"
AUTHORIZER = {
    "Authorizer": {
        "Type": "AWS::ApiGateway::Authorizer",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "Type": "TOKEN",
            "IdentitySource": "method.request.header.Authorization",
            "AuthorizerUri": {"Fn::Sub": URI},
        },
    }
}
CUSTOM = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Authorizer"}}
BODY = json.dumps({"hex": "616263"})


def stage(*names: str) -> dict[str, object]:
    """Return a stage that logs variables; one brings its own quotes."""
    text = json.dumps({name: f"$context.{name}" for name in names})
    quoted = "$context.error.messageString"
    return {"AccessLogSetting": {"Format": text.replace(f'"{quoted}"', quoted)}}


def check(line: dict[str, str], expected: dict[str, str]) -> None:
    """Compare all variables at once, so that a failure names each that is wrong."""
    wrong = {name: line[name] for name, form in expected.items() if not re.fullmatch(form, line[name])}
    assert wrong == {}


def test_access_log_signed_stream_has_every_variable(serve: Serve, connect: Connect) -> None:
    expected = {**ALWAYS, **WITH_IAM}
    route = {**RESPONDS, "authorization": "AWS_IAM"}
    serving = serve({"POST /responds": route}, access=Access(KEYS), stage=stage(*expected, *NEVER))
    headers = {**signed(f"{serving.url}/prod/responds", BODY.encode(), KEYS), "User-Agent": "me"}
    assert connect(serving).send("POST", "/prod/responds", BODY, headers).read() == b"abc"
    line = json.loads(serving.access_logged())
    check(line, expected)
    assert {line[name] for name in NEVER} == {"-"}


def test_access_log_has_the_context_of_a_lambda_authorizer(serve: Serve, connect: Connect) -> None:
    routes = {
        "POST /responds": {**RESPONDS, "method": CUSTOM},
        "GET /x": {"handler": "handlers.authorizer", "mode": "BUFFERED"},
    }
    serving = serve(routes, access=Access(), stage=stage(*WITH_AUTHORIZER), **AUTHORIZER)
    connect(serving).send("POST", "/prod/responds", BODY, {"Authorization": "Bearer x"}).read()
    check(json.loads(serving.access_logged()), WITH_AUTHORIZER)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("Bearer deny", {"status": "403", "integrationStatus": "200", "error": ".*explicit deny"}),
        ("Bearer broken", {"status": "500", "integrationStatus": "500", "error": "Internal server error"}),
    ],
)
def test_access_log_has_the_error_of_a_denying_authorizer(
    token: str, expected: dict[str, str], serve: Serve, connect: Connect
) -> None:
    routes = {
        "POST /responds": {**RESPONDS, "method": CUSTOM},
        "GET /x": {"handler": "handlers.authorizer", "mode": "BUFFERED"},
    }
    names = {f"authorizer.{name}": form for name, form in expected.items()}
    serving = serve(routes, access=Access(), stage=stage(*names), **AUTHORIZER)
    connect(serving).send("POST", "/prod/responds", BODY, {"Authorization": token}).read()
    check(json.loads(serving.access_logged()), names)


def test_access_log_missing_signature_is_the_authenticate_error(serve: Serve, connect: Connect) -> None:
    names = {
        "authenticate.status": "403",
        "authenticate.error": "Missing Authentication Token",
        "authorize.status": "-",
        "error.message": "Missing Authentication Token",
        "error.messageString": "Missing Authentication Token",
        "error.responseType": "MISSING_AUTHENTICATION_TOKEN",
        "integration.status": "-",
    }
    route = {**RESPONDS, "authorization": "AWS_IAM"}
    serving = serve({"POST /responds": route}, access=Access(KEYS), stage=stage(*names))
    connect(serving).send("POST", "/prod/responds", BODY).read()
    check(json.loads(serving.access_logged()), names)
