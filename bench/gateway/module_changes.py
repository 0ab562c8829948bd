"""Count how often a request through the local gateway enters another module of this project.

``python -m bench.gateway.module_changes``: warm ``POST`` requests whose function streams, in the event loop
of the gateway. A reader who follows a request jumps between files as often. How chunks and tasks meet differs
from one request to the next, so that the middle of many is what counts.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from types import FrameType

import aiohttp

from streaming_api_tools.local.gateway.authorizers.iam import Access
from streaming_api_tools.local.serve import Settings, serve
from tests.local.serving import application, template

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = 30
PACKAGE = str(ROOT / "streaming_api_tools") + "/"


class ModuleChanges:
    """A profiler that notes each call into another module of the package than the last one."""

    def __init__(self) -> None:
        self.entered: list[str] = []

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """Note a call."""
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(PACKAGE):
            module = file.removeprefix(PACKAGE)
            if not self.entered or self.entered[-1] != module:
                self.entered.append(module)


async def count() -> list[list[str]]:
    """Return the modules that each request enters, in order; the shortest first."""
    stop, urls = asyncio.Event(), asyncio.get_running_loop().create_future()
    with tempfile.TemporaryDirectory() as scratch:
        routes = {"POST /responds": {"handler": "handlers.responds"}}
        app = application(template(routes), Path(scratch))
        settings = Settings(Access(), lambda _: None, lambda _: None, token_delay=None)
        serving = asyncio.create_task(serve(app, settings, urls.set_result, stop))
        url = f"{await urls}/prod/responds"
        async with aiohttp.ClientSession() as client:
            counted = [await _counted(client, url) for _ in range(REQUESTS)]
        stop.set()
        await serving
    return sorted(counted, key=len)


async def _counted(client: aiohttp.ClientSession, url: str) -> list[str]:
    # the function asks for its next event meanwhile
    await asyncio.sleep(0.05)
    changes = ModuleChanges()
    sys.setprofile(changes)
    try:
        await _post(client, url)
    finally:
        sys.setprofile(None)
    return changes.entered


async def _post(client: aiohttp.ClientSession, url: str) -> None:
    async with client.post(url, json={"hex": "616263"}) as response:
        await response.read()
        assert response.status == 200, await response.text()


if __name__ == "__main__":
    requests = asyncio.run(count())
    middle = requests[len(requests) // 2]
    if "-v" in sys.argv:
        print("\n".join(middle))
    print(f"{len(middle)} changes of module, {len(requests[0])} at least")
