"""Serve an application anew whenever one of its files changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from .application import Application, UnsupportedError
from .serve import Settings, serve
from .templates.cloud_assembly import SourceError
from .templates.source import Fingerprint, Source, fingerprint

#: Seconds between two looks at the files.
INTERVAL = 0.3


async def serve_and_reload(
    source: Source,
    application: Application,
    settings: Settings,
    ready: Callable[[str], None],
    stop: asyncio.Event,
) -> None:
    """Serve until ``stop`` is set; a source that cannot be read does not take the place of one that could.

    What streams while the application is exchanged is cut.

    :param application: what the source was read as
    :param ready: called once, with the URL
    :raises OSError: when the port is taken
    """
    stopped = asyncio.create_task(stop.wait())
    read = await _look(source, application)
    port = settings.port
    announce = ready

    def reloaded(url: str) -> None:
        settings.log(f"reloaded on {url}")

    while not stopped.done():

        def serving(url: str, announce: Callable[[str], None] = announce) -> None:
            nonlocal port
            port = urlsplit(url).port or port
            announce(url)

        end = asyncio.Event()
        server = asyncio.create_task(serve(application, replace(settings, port=port), serving, end))
        reading = asyncio.create_task(_next(source, application, read, settings.log))
        await asyncio.wait((server, reading, stopped), return_when=asyncio.FIRST_COMPLETED)
        end.set()
        await server
        if not reading.done():
            reading.cancel()
            break
        application, read = reading.result()
        announce = reloaded


async def _next(
    source: Source, application: Application, read: Fingerprint, log: Callable[[str], None]
) -> tuple[Application, Fingerprint]:
    """Return what the source is read as once it has changed and can be read, and what its files were then.

    :param read: what the files were when the application was read
    """
    while True:
        await asyncio.sleep(INTERVAL)
        now = await _look(source, application)
        if now == read:
            continue
        while (later := await _settled(source, application)) != now:
            now = later
        read = now
        try:
            changed = await asyncio.to_thread(source.load)
            return changed, await _look(source, changed)
        except (SourceError, UnsupportedError, ValueError, OSError, KeyError, TypeError) as error:
            log(f"not reloaded: {error}")


async def _settled(source: Source, application: Application) -> Fingerprint:
    await asyncio.sleep(INTERVAL)
    return await _look(source, application)


async def _look(source: Source, application: Application) -> Fingerprint:
    return await asyncio.to_thread(lambda: fingerprint(source.files(application)))
