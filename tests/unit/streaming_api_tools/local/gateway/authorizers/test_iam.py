from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from streaming_api_tools.local.gateway.authorizers.iam import MISMATCH, Keys, verify
from streaming_api_tools.local.gateway.request.errors import GatewayError
from streaming_api_tools.local.gateway.request.routed_request import HttpRequest

KEYS = Keys("AKIDEXAMPLE", "secret")
REGION = "eu-west-1"
URL = "http://127.0.0.1:3000/prod/a%20b?z=1&a=x%2Fy&z=0"
BODY = b'{"prompt":"hi"}'


def signed(
    keys: Keys = KEYS,
    region: str = REGION,
    service: str = "execute-api",
    url: str = URL,
    in_query: bool = False,
) -> HttpRequest:
    """Return a request that botocore signed, as a server sees it."""
    # botocore moves a body into the query when that is what it signs
    body = b"" if in_query else BODY
    request = AWSRequest("POST", url, data=body, headers={"Host": urlsplit(url).netloc, "X-Two": "a   b"})
    credentials = Credentials(keys.access_key, keys.secret_key, keys.token)
    signer = SigV4QueryAuth if in_query else SigV4Auth
    signer(credentials, service, region).add_auth(request)
    parts = urlsplit(request.url)
    headers = (*request.headers.items(), ("User-Agent", "not signed"))
    return HttpRequest("POST", parts.path, parts.query, headers, body, "127.0.0.1")


def with_header(request: HttpRequest, name: str, value: str) -> HttpRequest:
    return replace(request, headers=(*((n, v) for n, v in request.headers if n != name), (name, value)))


def now() -> datetime:
    return datetime.now(timezone.utc)


def refusal(request: HttpRequest, at: datetime | None = None) -> GatewayError:
    with pytest.raises(GatewayError) as error:
        verify(request, KEYS, REGION, "1234", at or now())
    assert error.value.status == 403
    return error.value


@pytest.mark.parametrize("in_query", [False, True])
@pytest.mark.parametrize("keys", [KEYS, replace(KEYS, token="session")])
def test_iam_authorizer_accepts_signatures_of_botocore(keys: Keys, in_query: bool) -> None:
    identity = verify(signed(keys, in_query=in_query), keys, REGION, "1234", now())
    assert (identity.access_key, identity.account) == ("AKIDEXAMPLE", "1234")


def test_iam_authorizer_unsigned_request_is_missing_authentication_token() -> None:
    request = HttpRequest("POST", "/prod/chat", "", (), BODY, "127.0.0.1")
    error = refusal(request)
    assert error.message == "Missing Authentication Token"
    assert error.exception == "MissingAuthenticationTokenException"


#: What is changed -> the request with it. A signature expires, so each is made when its test runs.
CHANGES: dict[str, Callable[[], HttpRequest]] = {
    "body": lambda: replace(signed(), body=b"other"),
    "path": lambda: replace(signed(), path="/prod/other"),
    "query": lambda: replace(signed(), query=signed().query.replace("z=1", "z=2")),
    "method": lambda: replace(signed(), method="PUT"),
    "signed header": lambda: with_header(signed(), "X-Two", "c"),
    "signature": lambda: with_header(signed(), "Authorization", f"{signed().header('Authorization')}0"),
    "secret": lambda: signed(Keys("AKIDEXAMPLE", "other")),
    "declared hash": lambda: with_header(signed(), "X-Amz-Content-SHA256", "0" * 64),
    "presigned body": lambda: replace(signed(in_query=True), body=b"other"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_iam_authorizer_change_after_signing_is_invalid_signature(change: str) -> None:
    error = refusal(CHANGES[change]())
    assert error.message.startswith("The request signature we calculated does not match the signature you")
    assert error.exception == "InvalidSignatureException"


def test_iam_authorizer_spaces_within_a_signed_header_are_ignored() -> None:
    assert verify(with_header(signed(), "X-Two", " a b "), KEYS, REGION, "1234", now())


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (signed(region="us-east-1"), "Credential should be scoped to a valid region, not 'us-east-1'."),
        (signed(service="lambda"), "Credential should be scoped to correct service: 'execute-api'."),
        (signed(Keys("OTHER", "secret")), "The security token included in the request is invalid."),
        (signed(replace(KEYS, token="unknown")), "The security token included in the request is invalid."),
        (
            with_header(signed(), "Authorization", "Bearer x"),
            "Authorization header requires 'Credential' parameter.",
        ),
        (
            with_header(
                signed(), "Authorization", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"
            ),
            "Credential must have exactly 5 slash-delimited elements",
        ),
        (
            with_header(signed(), "X-Amz-Date", "today"),
            "Date must be in ISO-8601 'basic format'. Got 'today'.",
        ),
    ],
)
def test_iam_authorizer_wrong_scope_is_refused_with_the_reason(request_: HttpRequest, message: str) -> None:
    assert refusal(request_).message.startswith(message)


@pytest.mark.parametrize(
    ("offset", "message"),
    [
        (timedelta(minutes=6), "Signature expired: "),
        (timedelta(minutes=-6), "Signature not yet current: "),
    ],
)
def test_iam_authorizer_signature_is_valid_for_five_minutes(offset: timedelta, message: str) -> None:
    request = signed()
    made = datetime.strptime(request.header("X-Amz-Date") or "", "%Y%m%dT%H%M%SZ").replace(
        tzinfo=timezone.utc
    )
    assert refusal(request, at=made + offset).message.startswith(message)
    assert verify(request, KEYS, REGION, "1234", made + offset * 5 / 6)


@pytest.mark.parametrize("seconds", ["0", "-1", "604801", "9" * 5000, "soon", ""])
def test_iam_authorizer_presigned_url_is_valid_for_at_most_a_week(seconds: str) -> None:
    request = signed(in_query=True)
    query = request.query.replace("X-Amz-Expires=3600", f"X-Amz-Expires={seconds}")
    assert query != request.query
    assert refusal(replace(request, query=query)).message.startswith("X-Amz-Expires must be a number")


def test_iam_authorizer_presigned_url_may_be_valid_for_a_week() -> None:
    request = signed(in_query=True)
    query = request.query.replace("X-Amz-Expires=3600", "X-Amz-Expires=604800")
    # the number is signed, so that only the signature is wrong
    assert refusal(replace(request, query=query)).message == MISMATCH


@pytest.mark.parametrize("date", ["00010101T000000Z", "99991231T235959Z"])
def test_iam_authorizer_signature_of_another_date_is_refused(date: str) -> None:
    request = signed(in_query=True)
    today = parse_qs(request.query)["X-Amz-Date"][0]
    query = request.query.replace(today, date).replace(today[:8], date[:8])
    assert refusal(replace(request, query=query)).message.startswith("Signature ")


def test_iam_authorizer_messages_never_have_the_secret() -> None:
    error = refusal(replace(signed(), body=b"other"))
    assert "secret" not in f"{error} {error.detail}".lower().replace("aws secret access key", "")


def test_iam_authorizer_unsigned_host_header_is_refused() -> None:
    header = signed().header("Authorization")
    assert header is not None
    error = refusal(with_header(signed(), "Authorization", header.replace("host;", "")))
    assert "'Host'" in error.message


def test_iam_authorizer_signed_header_in_upper_case_is_refused() -> None:
    header = signed().header("Authorization")
    assert header is not None
    refusal(with_header(signed(), "Authorization", header.replace("x-two", "X-Two")))
