"""The signature, against botocore's."""

from __future__ import annotations

from datetime import datetime
from unittest.mock import patch
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import example, given
from hypothesis import strategies as st
from lambda_streaming_aws.credentials import AwsCredentials
from lambda_streaming_aws.sigv4 import sign

MOMENT = datetime(2026, 11, 21, 10, 9, 8)
KEYS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz0189+/=", min_size=1, max_size=40)


def botocores(
    url: str, headers: dict[str, str], body: bytes, access: str, secret: str, token: str | None, region: str
) -> dict[str, str]:
    request = AWSRequest("POST", url, headers=headers, data=body)
    with patch("botocore.auth.get_current_datetime", return_value=MOMENT):  # the clock
        SigV4Auth(BotocoreCredentials(access, secret, token), "bedrock", region).add_auth(request)
    return dict(request.headers.items())


@given(
    model=st.text(min_size=1).filter(lambda name: name not in {".", ".."}),
    body=st.binary(),
    access=KEYS,
    secret=KEYS,
    token=st.none() | KEYS,
    region=st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1"]),
    extra=st.dictionaries(
        st.sampled_from(["Content-Type", "X-Amzn-Bedrock-Trace", "Accept"]),
        st.text(" \tabcXYZ019-_;=", max_size=20),
    ),
)
@example(
    model="arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-2-lite-v1:0",
    body=b"{}",
    access="A",
    secret="S",
    token="T",
    region="us-east-1",
    extra={},
)
def test_bedrock_sigv4_signature_equals_that_of_botocore(
    model: str, body: bytes, access: str, secret: str, token: str | None, region: str, extra: dict[str, str]
) -> None:
    host = f"bedrock-runtime.{region}.amazonaws.com"
    path = f"/model/{quote(model.encode('utf-8', 'surrogatepass'), safe='')}/converse-stream"
    expected = botocores(f"https://{host}{path}", dict(extra), body, access, secret, token, region)
    signed = sign(
        path,
        {"Host": host, **extra},
        body,
        credentials=AwsCredentials(access, secret, token),
        region=region,
        service="bedrock",
        timestamp=f"{MOMENT:%Y%m%dT%H%M%SZ}",
    )
    assert signed.pop("Host") == host
    assert signed == expected
