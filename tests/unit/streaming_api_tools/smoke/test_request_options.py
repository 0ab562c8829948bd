"""Which URL is called, and for which Region a request is signed."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from streaming_api_tools.client.http_fields import host_header
from streaming_api_tools.client.moments import Request
from streaming_api_tools.client.sigv4 import ContentHash, NotSigned, region_of, service_of, signer_for
from streaming_api_tools.options import RouteUrl, find_signer, parse_headers

API = "https://abc123.execute-api.eu-west-1.amazonaws.com"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Give the test an environment without any AWS configuration."""
    for name in (*KEYS, "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def keys(environ: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Give the test credentials."""
    for name, value in KEYS.items():
        environ.setenv(name, value)
    return environ


@pytest.mark.parametrize(
    ("given", "called"),
    [
        (f"{API}/prod/probe", f"{API}/prod/probe"),
        (f"{API}/prod/", f"{API}/prod/probe"),
        (f"{API}/prod/other", f"{API}/prod/other"),
        ("https://api.example.com", "https://api.example.com/probe"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/probe"),
        ("https://api.example.com/v1/?a=b", "https://api.example.com/v1/probe?a=b"),
    ],
)
def test_route_url_only_stage_url_gets_the_route_appended(given: str, called: str) -> None:
    assert RouteUrl("probe").convert(given, None, None) == called


@pytest.mark.parametrize(
    "given",
    [
        "abc.execute-api.eu-west-1.amazonaws.com/prod",
        "ftp://x/",
        "http://",
        "http://[x",
        "http://x:port/",
        "http://x/a b",
        "http://user:password@x/",
    ],
)
def test_route_url_other_scheme_is_a_usage_error(given: str) -> None:
    with pytest.raises(click.UsageError, match="is not an http or https URL"):
        RouteUrl("probe").convert(given, None, None)


def test_parse_headers_takes_name_and_value() -> None:
    context = click.Context(click.Command("x"))
    parameter = click.Option(["--header"])
    lines = ("X-Api-Key: a:b", "Empty:")
    assert parse_headers(context, parameter, lines) == {"X-Api-Key": "a:b", "Empty": ""}
    for wrong in ("novalue", ": x"):
        with pytest.raises(click.BadParameter, match="is not NAME:VALUE"):
            parse_headers(context, parameter, (wrong,))


@pytest.mark.parametrize(
    ("url", "region"),
    [
        (API, "eu-west-1"),
        ("https://abc.execute-api.cn-north-1.amazonaws.com.cn/prod", "cn-north-1"),
        ("https://vpce-1-a.execute-api.us-gov-west-1.vpce.amazonaws.com/prod", "us-gov-west-1"),
        ("https://api.example.com", None),
        ("https://execute-api.example.com", None),
        ("http://127.0.0.1:8080", None),
        ("https://abc.lambda-url.eu-west-1.on.aws/chat", "eu-west-1"),
        ("https://a.abc.lambda-url.eu-west-1.on.aws/", None),
        ("https://abc.lambda-url.eu-west-1.on.aws.example.com/", None),
    ],
)
def test_sigv4_region_of_is_read_from_hosts_of_aws_only(url: str, region: str | None) -> None:
    assert region_of(url) == region


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8080/a", "127.0.0.1:8080"),
        ("http://localhost:80/a", "localhost"),
        ("https://example.com:443/", "example.com"),
        ("https://example.com:80/", "example.com:80"),
        ("http://[::1]:8080/", "[::1]:8080"),
    ],
)
def test_sigv4_host_header_has_the_port_unless_default(url: str, host: str) -> None:
    assert host_header(url) == host


def test_sigv4_signer_without_credentials_is_none_for_auto_error_for_iam() -> None:
    assert signer_for(API, "auto", None, {}) is None
    with pytest.raises(NotSigned, match="no AWS credentials found; run: aws configure"):
        signer_for(API, "iam", None, {})


def test_sigv4_signer_auto_signs_with_credentials_and_no_authorization_header(
    keys: pytest.MonkeyPatch,
) -> None:
    assert signer_for(API, "auto", None, {}) is not None
    assert signer_for(API, "auto", None, {"authorization": "Bearer x"}) is None
    assert signer_for(API, "none", None, {}) is None


def test_sigv4_signer_region_is_option_then_host_then_configuration(keys: pytest.MonkeyPatch) -> None:
    def region(url: str, option: str | None) -> str:
        signer = signer_for(url, "auto", option, {})
        assert signer
        return signer.region

    with pytest.raises(NotSigned, match="no region to sign for; pass --region"):
        signer_for("https://api.example.com", "auto", None, {})
    keys.setenv("AWS_DEFAULT_REGION", "us-west-2")
    assert region("https://api.example.com", None) == "us-west-2"
    keys.setenv("AWS_REGION", "us-east-2")
    assert region("https://api.example.com", None) == "us-east-2"
    assert region(API, None) == "eu-west-1"
    assert region(API, "sa-east-1") == "sa-east-1"


def test_sigv4_signer_unknown_profile_is_named(environ: pytest.MonkeyPatch) -> None:
    environ.setenv("AWS_PROFILE", "nope")
    with pytest.raises(NotSigned, match="nope"):
        signer_for(API, "auto", None, {})


def test_sigv4_signer_expired_sso_session_is_not_missing_credentials(
    environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[default]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n"
        "sso_account_id = 123456789012\nsso_role_name = dev\nregion = eu-west-1\n"
    )
    environ.setenv("AWS_CONFIG_FILE", str(config))
    environ.setenv("HOME", str(tmp_path))
    with pytest.raises(NotSigned, match="; pass --auth none"):
        signer_for(API, "auto", None, {})


@pytest.mark.parametrize(
    ("url", "service"),
    [
        (API, "execute-api"),
        ("https://api.example.com/_aws", "execute-api"),
        ("https://abc.lambda-url.eu-west-1.on.aws/", "lambda"),
        ("http://127.0.0.1:3000/_aws/lambda-url/Url/chat", "lambda"),
        ("https://d111111abcdef8.cloudfront.net/chat", "cloudfront"),
        ("https://d111111abcdef8.cloudfront.net.example.com/chat", "execute-api"),
    ],
)
def test_sigv4_service_of_is_read_from_the_url(url: str, service: str) -> None:
    assert service_of(url) == service


EDGE = "https://d111111abcdef8.cloudfront.net/chat"


@pytest.mark.parametrize(
    ("url", "auth", "hashed"),
    [
        (EDGE, "auto", True),
        (EDGE, "none", True),
        (EDGE, "iam", False),
        ("https://stream.example.com/", "cloudfront", True),
        ("https://stream.example.com/", "none", False),
    ],
)
def test_find_signer_tells_cloudfront_the_hash_alone(
    keys: pytest.MonkeyPatch, url: str, auth: str, hashed: bool
) -> None:
    signer = find_signer(url, auth, "eu-west-1", {})
    assert isinstance(signer, ContentHash) is hashed
    if isinstance(signer, ContentHash):
        request = signer.sign(Request(url, b"hi", {"a": "b"}))
        assert request.headers == {
            "a": "b",
            "x-amz-content-sha256": "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
        }
