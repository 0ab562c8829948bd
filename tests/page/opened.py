"""``streaming-api open`` as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PATIENCE = 60.0
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@dataclass(frozen=True)
class Opened:
    """A page that is served.

    :param link: what opens it
    """

    link: str
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        """The origin of the page."""
        return self.link.partition("/#")[0]

    @property
    def token(self) -> str:
        """The secret of the run."""
        return self.link.partition("#")[2]


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the command without anything that the user's AWS settings could change."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "NO_PROXY": "*"}
    kept |= {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, **environment}
    return subprocess.Popen(
        [sys.executable, "-m", "streaming_api_tools", "open", *arguments],
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def opened(url: str, *options: str, **environment: str) -> Iterator[Opened]:
    """Serve a page for the API at ``url``."""
    with start(url, "--no-browser", "--json", *options, **environment) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        try:
            yield Opened(json.loads(line)["url"], process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
