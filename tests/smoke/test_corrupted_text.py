"""The check of UTF-8 behind proxies over sockets that take an answer for text, and write other bytes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aiohttp import ClientSession, web

from tests.smoke.check_contexts import check, context_of
from tests.smoke.servers import Handler, honest, serving, streamed


def rewriting(origin: str, change: Callable[[bytes], bytes]) -> Handler:
    """Return a proxy that forwards each chunk, as the probe wrote it, after a change."""

    async def proxy(request: web.Request) -> web.StreamResponse:
        async with ClientSession() as session, session.post(origin, data=await request.read()) as answer:
            response = await streamed(request)
            chunk = b""
            async for part, ends in answer.content.iter_chunks():
                chunk += part
                if ends:
                    await response.write(change(chunk))
                    chunk = b""
        return response

    return proxy


def decoded_by_itself(chunk: bytes) -> bytes:
    """Decode a chunk without what came before it, so that a character that is cut is lost."""
    return chunk.decode("utf-8", "replace").encode()


def taken_for_latin_1(chunk: bytes) -> bytes:
    """Write each byte as a character of its own."""
    return chunk.decode("latin-1").encode()


def without_what_is_not_ascii(chunk: bytes) -> bytes:
    """Leave out what a program does not know that was made for ASCII."""
    return chunk.decode("ascii", "ignore").encode()


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (
            decoded_by_itself,
            "'é漢🙂' arrived as '\ufffd\ufffd漢🙂': something on the way decodes each piece by itself, and a"
            " character that two pieces share becomes U+FFFD",
        ),
        (
            taken_for_latin_1,
            "'é漢🙂' arrived as 'Ã©æ¼¢ð\\x9f\\x99\\x82': something on the way rewrites the text",
        ),
        (without_what_is_not_ascii, "'é漢🙂' arrived as '': something on the way rewrites the text"),
    ],
)
def test_smoke_check_utf8_corrupted_text_fails_with_what_arrived(
    change: Callable[[bytes], bytes], seen: str
) -> None:
    with (
        serving(lambda: {"/": honest}) as origin,
        serving(lambda: {"/{any:.*}": rewriting(f"{origin}/", change)}) as url,
    ):
        case = check("utf8", context_of(url))
    assert (case.outcome, case.message) == ("failure", seen)


def test_smoke_check_utf8_text_forwarded_chunk_by_chunk_passes() -> None:
    with (
        serving(lambda: {"/": honest}) as origin,
        serving(lambda: {"/{any:.*}": rewriting(f"{origin}/", bytes)}) as url,
    ):
        assert check("utf8", context_of(url)).outcome == "passed"
