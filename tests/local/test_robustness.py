"""What clients and functions may do to the gateway, which goes on."""

from __future__ import annotations

import http.client
import os
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from streaming_api_tools.local.functions.runtime_api import MAX_STREAMED
from streaming_api_tools.local.http.limits import NO_LIMITS
from tests.local.conftest import Serve
from tests.local.gateway_process import GatewayProcess, gateway_process
from tests.local.serving import PATIENCE, Client, Gate, Serving, template
from tests.local.test_malformed_requests import MEGABYTE, PATH, Routes, connection

Connect = Callable[[Serving], Client]
CHUNK = 65536


def test_robustness_disconnected_client_leaves_the_function_running(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = serve({"POST /floods": {"handler": "handlers.floods"}}, limits=NO_LIMITS)
    client = connect(serving)
    client.ask("POST", "/prod/floods", b"1000")
    function = gate.accept()
    response = client.answer()
    assert len(response.read(CHUNK)) == CHUNK
    response.close()
    client.close()
    # 64 MB, which nothing between here and the function could hold
    assert [function.hear() for _ in range(1000)] == ["+"] * 1000
    serving.logged("the client disconnected")
    serving.logged("REPORT")
    again = connect(serving)
    again.ask("POST", "/prod/floods", b"1")
    gate.accept()
    assert len(again.answer().read()) == CHUNK
    assert sum("Init Duration" in line for line in serving.log) == 1


def test_robustness_crashing_handler_keeps_its_process(serve: Serve, connect: Connect) -> None:
    serving = serve(
        {"POST /fails": {"handler": "handlers.fails"}, "POST /midway": {"handler": "handlers.fails_midway"}}
    )
    for turn in (1, 2):
        assert connect(serving).send("POST", "/prod/fails").status == 502
        serving.wait_for_reports(2 * turn - 1)
        body = connect(serving).send("POST", "/prod/midway").read()
        assert body.startswith(b'first\n{"type":"error"')
        serving.wait_for_reports(2 * turn)
    assert sum("Init Duration" in line for line in serving.log) == 2


def test_robustness_exiting_process_is_replaced_for_the_next_request(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = serve(
        {"POST /exits": {"handler": "handlers.exits"}, "POST /midway": {"handler": "handlers.exits_midway"}}
    )
    for _ in range(2):
        assert connect(serving).send("POST", "/prod/exits").status == 502
        response = connect(serving).send("POST", "/prod/midway")
        gate.accept().let_go()
        with pytest.raises(http.client.IncompleteRead) as error:
            response.read()
        assert error.value.partial == b"first\n"


def test_robustness_infinite_output_ends_at_the_limit_of_lambda(tmp_path: Path) -> None:
    routes: Routes = {"GET /endless": {"handler": "robust.endless"}, **PATH}
    with gateway_process(tmp_path, template(routes), "--no-limits") as gateway:
        with Client(gateway.url) as other:
            other.send("GET", "/prod/x").read()
        before, received = gateway.resident(), 0
        with Client(gateway.url) as reader, Client(gateway.url) as other:
            response = reader.send("GET", "/prod/endless")
            with suppress(http.client.IncompleteRead):
                while True:
                    received += len(response.read(MEGABYTE))
                    assert gateway.resident() - before < 24 * MEGABYTE
                    if received == 10 * MEGABYTE:
                        # others are served meanwhile
                        assert other.send("GET", "/prod/x").read()
        assert MAX_STREAMED - MEGABYTE <= received <= MAX_STREAMED
        assert "failed with Function.ResponseSizeTooLarge" in gateway.stderr()


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    """Let this process have as many connections as the test opens."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2000:
        pytest.skip(f"the machine allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_descriptors")
def test_robustness_thousand_half_open_connections_block_nobody(tmp_path: Path) -> None:
    with gateway_process(tmp_path, template(PATH), descriptors=256) as gateway, ExitStack() as opened:
        with Client(gateway.url) as client:
            client.send("GET", "/prod/x").read()
        before = gateway.resident()
        for number in range(1000):
            raw = opened.enter_context(closing(connection(gateway.url)))
            raw.sendall(b"POST /prod/x HTTP/1.1\r\nHost: localhost\r\nContent-Le"[: number % 50])
        with Client(gateway.url) as client:
            assert client.send("GET", "/prod/half").read().startswith(b"/half\n")
        assert gateway.resident() - before < 64 * MEGABYTE
        assert "Traceback" not in gateway.stderr()


def test_robustness_slow_readers_hold_functions_back(tmp_path: Path, gate: Gate) -> None:
    readers, chunks = 3, 1000
    routes: Routes = {
        "POST /floods": {"handler": "handlers.floods", "environment": {"GATE": gate.address}},
        **PATH,
    }
    with gateway_process(tmp_path, template(routes), "--no-limits") as gateway, ExitStack() as opened:
        with Client(gateway.url) as other:
            other.send("GET", "/prod/x").read()
        before = gateway.resident()
        clients = [opened.enter_context(Client(gateway.url)) for _ in range(readers)]
        functions = []
        for client in clients:
            client.ask("POST", "/prod/floods", str(chunks).encode())
            functions.append(gate.accept())
        for function in functions:
            written = 0
            # it stops by itself, since nobody reads
            while True:
                try:
                    assert function.hear(patience=0.5) == "+"
                except TimeoutError:
                    break
                written += 1
            assert 0 < written < chunks // 2
        # of 190 MB
        assert gateway.resident() - before < readers * 4 * MEGABYTE
        for client in clients:
            assert len(client.answer().read()) == chunks * CHUNK


def test_local_command_sigint_ends_streams_functions_and_files_silently(tmp_path: Path, gate: Gate) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    routes: Routes = {"POST /gated": {"handler": "handlers.gated", "environment": {"GATE": gate.address}}}
    with (
        gateway_process(tmp_path, template(routes), environment={"TMPDIR": str(temporary)}) as gateway,
        ExitStack() as opened,
    ):
        clients = [opened.enter_context(Client(gateway.url)) for _ in range(3)]
        functions = []
        for client in clients:
            client.ask("POST", "/prod/gated", b"2")
            functions.append(gate.accept())
            functions[-1].hear()
            functions[-1].let_go()
        responses = [client.answer() for client in clients]
        assert [response.readline() for response in responses] == [b"0\n"] * 3
        assert list(temporary.iterdir())
        assert gateway.interrupt() == 0
        for function, response in zip(functions, responses, strict=True):
            assert function.hear() == ""  # its process is gone
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                response.read()
        assert "Traceback" not in gateway.stderr()
        assert not list(temporary.iterdir())
        with pytest.raises(ConnectionRefusedError):
            connection(gateway.url)


def reaches(gateway: GatewayProcess, address: str) -> bool:
    """Tell whether the gateway listens on an address."""
    try:
        socket.create_connection((address, urlsplit(gateway.url).port or 0), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return False
    return True


def test_local_command_listens_on_loopback_unless_told_and_then_warns(tmp_path: Path) -> None:
    if os.uname().sysname != "Linux":
        pytest.skip("only Linux has all of 127.0.0.0/8")
    with gateway_process(tmp_path, template(PATH)) as gateway:
        assert (reaches(gateway, "127.0.0.1"), reaches(gateway, "127.0.0.2")) == (True, False)
        assert "warning: listening" not in gateway.stderr()
    with gateway_process(tmp_path, template(PATH), "--host", "0.0.0.0") as gateway:
        assert gateway.url.startswith("http://127.0.0.1:")
        assert reaches(gateway, "127.0.0.2")
        assert "warning: listening on 0.0.0.0, not only on loopback" in gateway.stderr()


def test_function_output_has_no_terminal_control_characters(tmp_path: Path) -> None:
    routes = {"GET /x": {"handler": "robust.prints_escapes", "mode": "BUFFERED"}}
    with gateway_process(tmp_path, template(routes)) as gateway:
        with Client(gateway.url) as client:
            assert client.send("GET", "/prod/x").status == 502
        assert gateway.interrupt() == 0
        lines = gateway.stderr()
    assert " shown" in lines
    assert not {"\x1b", "\x07", "\u202e"} & set(lines)
