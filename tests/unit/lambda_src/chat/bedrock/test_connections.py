"""When the client keeps its connection, and when it must not, in the clear and over TLS."""

from __future__ import annotations

import gc
import socket
import ssl
import threading
from typing import NamedTuple

import pytest
import trustme
from chat.bedrock.exceptions import BedrockError
from lambda_streaming_aws.exceptions import ConnectionFailed, StreamBroken

from tests.support.bedrock.scripted import Bedrock, closed, error, streamed, text, whole
from tests.unit.lambda_src.chat.bedrock.calls import MODEL, Make, silence


def test_bedrock_connection_is_kept_for_the_next_call(ours: Make) -> None:
    with Bedrock(streamed(*whole()), error(400, "ValidationException"), streamed(*whole())) as bedrock:
        client = ours(bedrock.url)
        list(client.converse_stream(modelId=MODEL)["stream"])
        with pytest.raises(BedrockError):
            client.converse_stream(modelId=MODEL)
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert bedrock.connections == 1


def test_bedrock_connection_closed_while_idle_costs_no_attempt(ours: Make) -> None:
    with Bedrock(streamed(*whole()), error(500, "InternalServerException")) as bedrock:
        client = ours(bedrock.url)
        list(client.converse_stream(modelId=MODEL)["stream"])
        bedrock.hang_up()
        with pytest.raises(BedrockError):
            client.converse_stream(modelId=MODEL)
        assert len(bedrock.requests) == 1 + 3


def test_bedrock_connection_closed_on_reuse_costs_no_attempt(ours: Make) -> None:
    answers = [streamed(*whole()), closed, closed, closed, streamed(*whole())]
    with Bedrock(*answers) as bedrock:
        client = ours(bedrock.url)
        list(client.converse_stream(modelId=MODEL)["stream"])
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert len(bedrock.requests) == 5


def test_bedrock_connection_unreadable_response_on_reuse_costs_an_attempt(
    ours: Make,
) -> None:
    def unreadable(connection: socket.socket) -> bool:
        connection.sendall(b"no HTTP\r\n\r\n")
        return False

    with Bedrock(streamed(*whole()), unreadable) as bedrock:
        client = ours(bedrock.url)
        list(client.converse_stream(modelId=MODEL)["stream"])
        with pytest.raises(ConnectionFailed):
            client.converse_stream(modelId=MODEL)
        assert len(bedrock.requests) == 1 + 3


def test_bedrock_connection_stream_left_early_closes_it(ours: Make) -> None:
    hold = threading.Event()
    with Bedrock(streamed(text("a"), silence(hold), *whole()), streamed(*whole())) as bedrock:
        client = ours(bedrock.url)
        stream = client.converse_stream(modelId=MODEL)["stream"]
        next(iter(stream))
        stream.close()
        stream.close()
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert bedrock.connections == 2
        hold.set()


def test_bedrock_connection_after_framing_error_is_not_reused(ours: Make) -> None:
    def out_of_step(connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n")
        return True

    with Bedrock(out_of_step, streamed(*whole())) as bedrock:
        client = ours(bedrock.url)
        with pytest.raises(StreamBroken):
            list(client.converse_stream(modelId=MODEL)["stream"])
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert bedrock.connections == 2


def test_bedrock_connection_stream_closed_before_reading_closes_it(ours: Make) -> None:
    with Bedrock(streamed(*whole())) as bedrock:
        client = ours(bedrock.url)
        client.converse_stream(modelId=MODEL)["stream"].close()
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert bedrock.connections == 2


def test_bedrock_connection_two_concurrent_streams_have_one_each(ours: Make) -> None:
    hold = threading.Event()
    with Bedrock(streamed(text("a"), silence(hold), *whole()), streamed(*whole())) as bedrock:
        client = ours(bedrock.url)
        slow = iter(client.converse_stream(modelId=MODEL)["stream"])
        next(slow)
        assert len(list(client.converse_stream(modelId=MODEL)["stream"])) == 5
        hold.set()
        assert len(list(slow)) == 5
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert bedrock.connections == 2


class Tls(NamedTuple):
    """A server that has a certificate, and who trusts it."""

    server: ssl.SSLContext
    trusted: str


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusted = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    return Tls(context, str(trusted))


def test_bedrock_connection_over_tls_is_kept_and_sends_api_key(
    ours: Make,
    tls: Tls,
) -> None:
    with Bedrock(streamed(*whole()), tls=tls.server) as bedrock:
        client = ours(bedrock.url, AWS_CA_BUNDLE=tls.trusted, AWS_BEARER_TOKEN_BEDROCK="key")
        for _ in range(2):
            assert len(list(client.converse_stream(modelId=MODEL)["stream"])) == 5
        assert bedrock.connections == 1
    for request in bedrock.requests:
        assert request.headers["authorization"] == "Bearer key"
        assert "x-amz-date" not in request.headers


def test_bedrock_connection_cut_inside_tls_raises_stream_broken(ours: Make, tls: Tls) -> None:
    answer = streamed(text("a"), text("x" * 50)[:40], end=False)
    with Bedrock(answer, tls=tls.server) as bedrock:
        stream = iter(ours(bedrock.url, AWS_CA_BUNDLE=tls.trusted).converse_stream(modelId=MODEL)["stream"])
        next(stream)
        with pytest.raises(StreamBroken):
            next(stream)


def test_bedrock_connection_untrusted_certificate_gets_no_request(ours: Make, tls: Tls) -> None:
    with Bedrock(streamed(*whole()), tls=tls.server) as bedrock:
        with pytest.raises(ConnectionFailed):
            ours(bedrock.url).converse_stream(modelId=MODEL)
        assert bedrock.requests == []


# it says that the socket was open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_bedrock_connection_that_was_collected_with_its_stream_is_not_kept(ours: Make) -> None:
    with Bedrock(streamed(*whole())) as bedrock:
        client = ours(bedrock.url)
        gc.collect()
        events = iter(client.converse_stream(modelId=MODEL)["stream"])
        next(events)
        cycle: list[object] = [events]
        cycle.append(cycle)
        del events, cycle
        gc.collect()  # ends the socket before the generator that would give it back
        assert len(list(client.converse_stream(modelId=MODEL)["stream"])) == 5
