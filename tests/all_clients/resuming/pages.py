"""Build a page beside this file with Vite, and serve it at another origin than the API's."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from node import node_binary

from tests.all_clients.clients import Environment
from tests.all_clients.install import install
from tests.all_clients.pages import serving

HERE = Path(__file__).resolve().parent


@contextmanager
def page_of(environment: Environment, script: str) -> Iterator[str]:
    """Build a script with the packages of an environment, and yield the URL of its page."""
    if not environment.is_installed:
        install(environment)
    # packages are looked for in the folders above
    folder = environment.folder / "resuming"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(HERE / "index.html", folder)
    shutil.copy(HERE / script, folder / "page.jsx")
    vite = [str(node_binary()), "../node_modules/vite/bin/vite.js", "build", "--logLevel", "error"]
    subprocess.run(vite, cwd=folder, check=True)
    with serving(folder / "dist") as origin:
        yield origin
