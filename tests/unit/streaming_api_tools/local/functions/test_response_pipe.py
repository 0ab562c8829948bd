from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from streaming_api_tools.local.functions.response_pipe import FunctionError, ResponsePipe


def run(test: Callable[[ResponsePipe], Awaitable[None]]) -> None:
    async def main() -> None:
        await asyncio.wait_for(test(ResponsePipe("id", limit=10)), 5)

    asyncio.run(main())


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_response_pipe_chunks_come_in_order_then_the_end() -> None:
    async def test(output: ResponsePipe) -> None:
        await output.write(b"one")
        assert await output.read() == b"one"
        await output.write(b"two")
        output.end()
        assert [await output.read() for _ in range(3)] == [b"two", b"", b""]

    run(test)


def test_response_pipe_slow_reader_gets_all_waiting_chunks_at_once() -> None:
    async def test(output: ResponsePipe) -> None:
        for chunk in (b"one", b"two", b"three"):
            await output.write(chunk)
        assert await output.read() == b"onetwothree"

    run(test)


def test_response_pipe_writer_waits_for_a_slow_reader() -> None:
    async def test(output: ResponsePipe) -> None:
        await output.write(b"0123456789")
        writing = asyncio.create_task(output.write(b"more"))
        await settle()
        assert not writing.done()
        assert await output.read() == b"0123456789"
        await writing
        assert await output.read() == b"more"

    run(test)


@pytest.mark.parametrize("free", [ResponsePipe.abandon, ResponsePipe.end])
def test_response_pipe_waiting_writer_is_freed_without_a_reader(free: Callable[[ResponsePipe], None]) -> None:
    async def test(output: ResponsePipe) -> None:
        await output.write(b"0123456789")
        writing = asyncio.create_task(output.write(b"more"))
        await settle()
        free(output)
        await writing

    run(test)


def test_response_pipe_abandoned_keeps_nothing() -> None:
    async def test(output: ResponsePipe) -> None:
        output.abandon()
        for _ in range(100):
            await output.write(b"0123456789")
        output.end()
        assert await output.read() == b""

    run(test)


def test_response_pipe_error_comes_after_the_chunks_before_it() -> None:
    async def test(output: ResponsePipe) -> None:
        await output.write(b"one")
        output.end(FunctionError("Function.Oops"))
        output.end(FunctionError("Runtime.ExitError"))
        assert await output.read() == b"one"
        with pytest.raises(FunctionError, match="Oops"):
            await output.read()

    run(test)


def test_response_pipe_error_wakes_a_waiting_reader() -> None:
    async def test(output: ResponsePipe) -> None:
        waiting = asyncio.create_task(output.read(5))
        await settle()
        output.end(FunctionError("Runtime.ImportModuleError"))
        with pytest.raises(FunctionError, match="ImportModuleError"):
            await waiting

    run(test)


def test_response_pipe_read_times_out_and_can_be_repeated() -> None:
    async def test(output: ResponsePipe) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await output.read(0.01)
        await output.write(b"late")
        assert await output.read(0.01) == b"late"

    run(test)


def test_response_pipe_read_timeout_counts_from_the_last_chunk() -> None:
    async def test(output: ResponsePipe) -> None:
        for _ in range(4):
            asyncio.get_running_loop().call_later(0.12, asyncio.ensure_future, output.write(b"soon"))
            assert await output.read(0.3) == b"soon"

    run(test)


def test_response_pipe_later_read_may_have_a_shorter_timeout() -> None:
    async def test(output: ResponsePipe) -> None:
        await output.write(b"one")
        assert await output.read(60) == b"one"
        waiting = asyncio.create_task(output.read(60))
        await settle()
        await output.write(b"two")
        await waiting
        with pytest.raises(asyncio.TimeoutError):
            await output.read(0.01)

    run(test)


def test_response_pipe_waiting_reader_takes_a_chunk_in_the_same_turn() -> None:
    async def test(output: ResponsePipe) -> None:
        taken: list[bytes] = []

        def at_once(chunk: bytes) -> bool:
            taken.append(chunk)
            return chunk != b"no"

        waiting = asyncio.create_task(output.read(5, at_once))
        await settle()
        output.put(b"one")
        output.put(b"two")
        assert taken == [b"one", b"two"]
        # what is not taken is read, and all that comes behind it
        output.put(b"no")
        output.put(b"three")
        assert taken == [b"one", b"two", b"no"]
        assert await waiting == b"nothree"
        output.put(b"four")
        assert await output.read(5, at_once) == b"four"
        assert taken == [b"one", b"two", b"no"]

    run(test)


def test_response_pipe_chunk_is_not_taken_after_the_end_or_by_a_reader_that_left() -> None:
    async def test(output: ResponsePipe) -> None:
        taken: list[bytes] = []

        def at_once(chunk: bytes) -> bool:
            taken.append(chunk)
            return True

        waiting = asyncio.create_task(output.read(5, at_once))
        await settle()
        waiting.cancel()
        await settle()
        output.put(b"kept")
        assert await output.read(5, at_once) == b"kept"
        waiting = asyncio.create_task(output.read(5, at_once))
        await settle()
        output.end()
        output.put(b"late")
        assert await waiting == b""
        assert taken == []

    run(test)


def test_response_pipe_read_timeout_counts_from_the_last_chunk_that_was_taken() -> None:
    async def test(output: ResponsePipe) -> None:
        loop, taken = asyncio.get_running_loop(), list[float]()

        def at_once(chunk: bytes) -> bool:
            taken.append(loop.time())
            return True

        for number in range(1, 5):
            loop.call_later(0.12 * number, output.put, b"soon")
        with pytest.raises(asyncio.TimeoutError):
            await output.read(0.3, at_once)
        assert len(taken) == 4
        assert loop.time() - taken[-1] >= 0.29

    run(test)
