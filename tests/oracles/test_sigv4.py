"""Hold the local gateway's verification of signatures against botocore's signer, over random requests."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timezone
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_api_tools.local.gateway.authorizers.iam import Access, verify
from streaming_api_tools.local.gateway.request.errors import GatewayError
from streaming_api_tools.local.gateway.request.routed_request import HttpRequest
from tests.oracles.sigv4_requests import (
    OVER_THE_WIRE,
    PROPERTY,
    REGION,
    REQUESTS,
    SEED,
    WITH_TOKEN,
    Signed,
    changes,
    signed,
)
from tests.support.gateway import Client, Serving
from tests.support.templates import application, template

MOCK = {
    "Type": "MOCK",
    "RequestTemplates": {"application/json": '{"statusCode": 204}'},
    "IntegrationResponses": [{"StatusCode": "204"}],
    "PassthroughBehavior": "WHEN_NO_TEMPLATES",
}
#: The hash of a body that is not signed: Lambda's documentation refuses it, and so does the gateway.
UNSIGNED = "UNSIGNED-PAYLOAD"


def accepted(request: Signed, http: HttpRequest | None = None) -> bool:
    """Tell whether the gateway takes a request, or the request with a change."""
    try:
        verify(http or request.http, request.keys, REGION, "1234", datetime.now(timezone.utc))
    except GatewayError as refused:
        return refused.status != 403
    return True


def judge(chance: random.Random) -> None:
    """Hold one request against its signature, and each change of one bit."""
    request = signed(chance)
    assert accepted(request) == (request.declared != UNSIGNED), request
    for part, changed in changes(request, chance).items():
        assert not accepted(request, changed), (part, changed, request)


def test_signature_of_random_request_is_accepted_and_each_changed_bit_refused() -> None:
    for number in range(REQUESTS):
        judge(random.Random(SEED * 100_003 + number))


@settings(max_examples=PROPERTY, deadline=None)
@given(st.integers())
def test_signature_of_any_request_is_accepted_and_each_changed_bit_refused(seed: int) -> None:
    judge(random.Random(seed))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a gateway that wants signatures."""
    routes = {"ANY /{proxy+}": {"integration": MOCK, "authorization": "AWS_IAM"}}
    content = template(routes)
    method = content["Resources"]["Method0"]["Properties"]  # type: ignore[index]
    method["MethodResponses"] = [{"StatusCode": "204"}]
    served = application(content, tmp_path_factory.mktemp("signed"))
    with Serving(served, access=Access(WITH_TOKEN)) as serving:
        yield serving.url


def test_signature_over_the_wire_is_accepted_and_a_changed_bit_refused(gateway: str) -> None:
    host = urlsplit(gateway).netloc
    with Client(gateway) as client:

        def status(http: HttpRequest) -> int:
            target = http.path + (f"?{http.query}" if http.query else "")
            answer = client.send(http.method, target, http.body, dict(http.headers))
            answer.read()
            return answer.status

        for number in range(OVER_THE_WIRE):
            chance = random.Random(SEED * 100_019 + number)
            request = signed(chance, host, WITH_TOKEN)
            # a request for another host does not come as far as the signature
            changed = [http for part, http in changes(request, chance).items() if part != "Host"]
            assert status(request.http) == (403 if request.declared == UNSIGNED else 204), request
            assert status(chance.choice(changed)) == 403, request
