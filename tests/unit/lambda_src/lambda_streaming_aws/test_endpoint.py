"""Where requests go, against botocore's ruleset and botocore's reading of the environment."""

from __future__ import annotations

import itertools
from urllib.parse import quote, urlsplit

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.endpoint_provider import EndpointProvider
from hypothesis import given
from hypothesis import strategies as st
from lambda_streaming_aws.endpoint import endpoint_url, parts_of, percent_encoded

LOADER = botocore.session.get_session().get_component("data_loader")
RULES = {
    service: EndpointProvider(
        LOADER.load_service_model(service, "endpoint-rule-set-1"), LOADER.load_data("partitions")
    )
    for service in ("bedrock-runtime", "dynamodb")
}
PARTITIONS = LOADER.load_data("partitions")["partitions"]
# "aws-global" and the like are names for "no region" and not regions
REGIONS = sorted(
    name for partition in PARTITIONS for name in partition["regions"] if not name.endswith("-global")
)
FLAGS = {"AWS_USE_FIPS_ENDPOINT": "UseFIPS", "AWS_USE_DUALSTACK_ENDPOINT": "UseDualStack"}


@pytest.mark.parametrize("region", [*REGIONS, "us-east-99", "cn-central-9", "mars-north-1"])
@pytest.mark.parametrize("service", RULES)
def test_endpoint_of_every_region_equals_botocore_ruleset(service: str, region: str) -> None:
    for values in itertools.product(("false", "true"), repeat=2):
        environ = dict(zip(FLAGS, values, strict=True))
        wanted = {FLAGS[name]: value == "true" for name, value in environ.items()}
        found = RULES[service].resolve_endpoint(Region=region, **wanted).url
        assert endpoint_url(environ, region, service) == found


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "https://vpce.example/prefix/"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://127.0.0.1:2"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_FIPS_ENDPOINT": "TRUE", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_USE_FIPS_ENDPOINT": "false"},
    ],
    ids=lambda environ: " ".join(environ) or "none",
)
def test_bedrock_endpoint_environment_is_read_as_botocore_reads_it(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    client = boto3.session.Session(region_name="us-east-1").client("bedrock-runtime")
    sent: list[str] = []

    def stop(request: AWSPreparedRequest, **_: object) -> None:
        sent.append(request.url)
        raise Sent

    client.meta.events.register("before-send", stop)
    with pytest.raises(Sent):
        client.converse_stream(modelId="m", messages=[])
    assert sent == [f"{endpoint_url(environ, 'us-east-1', 'bedrock-runtime')}/model/m/converse-stream"]


class Sent(Exception):
    """The request would go out now."""


@pytest.mark.parametrize(
    "url",
    [
        "https://bedrock-runtime.us-east-1.amazonaws.com",
        "HTTPS://Vpce.Example/prefix/more",
        "http://127.0.0.1:4566",
        "http://[::1]:8080/v1",
        "http://[fd00:ec2::23]/v1/credentials",
        "http://user:secret@host.example:1/",
        "https://host:/a",
    ],
)
def test_endpoint_url_has_the_parts_that_urllib_finds(url: str) -> None:
    found, secure = urlsplit(url), urlsplit(url).scheme == "https"
    port = found.port or (443 if secure else 80)
    assert parts_of(url) == (secure, found.netloc, found.hostname, port, found.path)


def test_endpoint_url_keeps_its_query_in_the_path() -> None:
    assert parts_of("http://127.0.0.1:9001/creds?v=2")[4] == "/creds?v=2"


@given(st.text(), st.sampled_from(["", "/", "=;:+&[]{}\"',"]))
def test_endpoint_percent_encoding_is_that_of_urllib(text: str, safe: str) -> None:
    try:
        wanted = quote(text, safe=safe)
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            percent_encoded(text, safe)
    else:
        assert percent_encoded(text, safe) == wanted
