"""An intermediary over a socket that compresses although identity is asked for, and one that does not."""

from __future__ import annotations

import json

import pytest
from aiohttp import ClientSession, web
from click.testing import CliRunner

from streaming_api_tools.smoke.command import smoke
from tests.smoke.check_contexts import check, context_of
from tests.smoke.reference import chat
from tests.smoke.servers import Handler, serving

QUICK = ("--auth", "none", "--runs", "1", "--gaps", "12", "--gap-ms", "20", "60")


def compressing(origin: str, asked: list[str]) -> Handler:
    """Return a proxy that compresses each part, whatever the client accepts."""

    async def proxy(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers["Accept-Encoding"])
        async with ClientSession() as session, session.post(origin, data=await request.read()) as answer:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            response.enable_compression(web.ContentCoding.gzip)
            await response.prepare(request)
            async for part in answer.content.iter_any():
                await response.write(part)
        return response

    return proxy


@pytest.mark.parametrize("form", ["json", "text"])
def test_smoke_compressed_response_is_bad_frame_with_where_to_look(origin: str, form: str) -> None:
    asked: list[str] = []
    with serving(lambda: {"/probe": compressing(origin, asked)}) as url:
        printed = CliRunner().invoke(smoke, [f"{url}/probe", *QUICK, *(["--json"] if form == "json" else [])])
    assert printed.exit_code == 1
    assert asked == ["identity"]
    evidence = (
        "the answer is compressed (gzip), although the tester asks for identity unless --header says"
        " otherwise: its events cannot be timed"
    )
    step = (
        "if the answer is compressed, look for what does it (the function, a proxy, a CDN) and turn it off;"
    )
    if form == "json":
        report = json.loads(printed.stdout)
        assert (report["verdict"], report["evidence"]) == ("BAD_FRAME", [evidence])
        assert report["next_step"].startswith(step)
    else:
        assert evidence in printed.stdout
        assert f"next: {step}" in printed.stdout
        assert printed.stdout.splitlines()[-1] == "BAD_FRAME"


def test_smoke_check_formats_compressed_chat_response_is_reported() -> None:
    asked: list[str] = []
    with (
        serving(lambda: {"/": chat}) as origin,
        serving(lambda: {"/prod/chat": compressing(f"{origin}/", asked), "/{any:.*}": chat}) as url,
    ):
        case = check("formats", context_of(url))
    assert case.outcome == "failure"
    assert case.message.startswith("sse: the answer is compressed (gzip), although identity was asked for;")
    assert set(asked) == {"identity"}
