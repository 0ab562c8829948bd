"""Fixtures that start a browser, for the suites that need one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.chromium import FLAGS, NoBrowser, find_chromium

#: Starts a browser: ``launch("--flag")``.
Launch = Callable[..., Browser]


@contextmanager
def launching() -> Iterator[Launch]:
    """Return what starts a Chromium without a screen, with further flags.

    Until its end an event loop runs in this thread, so that no other can.
    """
    try:
        chromium = find_chromium()
    except NoBrowser as missing:
        pytest.skip(str(missing))
    driver, _ = compute_driver_executable()
    runs = subprocess.run([driver, "--version"], capture_output=True, text=True)
    if runs.returncode:  # it needs libraries that a minimal system lacks
        pytest.skip(f"the driver of browsers does not run: {runs.stderr.strip()[-200:]}")
    environment: dict[str, str | float | bool] = {**os.environ, **chromium.environment}
    launched: list[Browser] = []
    with sync_playwright() as playwright:

        def start(*flags: str) -> Browser:
            browser = playwright.chromium.launch(
                executable_path=chromium.executable, args=[*FLAGS, *flags], env=environment, headless=True
            )
            launched.append(browser)
            return browser

        yield start
        for browser in launched:
            browser.close()


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Return what starts a Chromium, for suites that need one to their end."""
    with launching() as start:
        yield start


@pytest.fixture(scope="session")
def browser(launch: Launch) -> Browser:
    """Chromium, without a screen."""
    expect.set_options(timeout=10_000)
    return launch()
