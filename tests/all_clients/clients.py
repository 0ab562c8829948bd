"""Read the clients from their drivers: each says in its first comment which packages it runs with.

The comment is TOML between ``/// client`` and ``///``, as inline metadata of Python scripts is:

    # /// client
    # environments = ["openai-1", "openai-2"]
    # package = "openai"
    # title = "openai, Chat Completions"
    # [without]
    # thinking = "why the client has no such thing"
    # [fails]
    # pdf = "why the cell fails"
    # [fails.openai-1]
    # image = "why it fails with these packages"
    # ///
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
DRIVERS = HERE / "drivers"
PINS = HERE.parent / "pins"
INSTALLED = ".installed"
SCENARIOS: Mapping[str, Mapping[str, object]] = json.loads((HERE / "scenarios.json").read_text("utf-8"))
BLOCK = re.compile(r"^(?P<mark>#|//) /// client\n(?P<toml>.*?)^(?P=mark) ///$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Environment:
    """The packages that a client runs with.

    :param name: of its pins, and of its folder
    """

    name: str

    @property
    def is_javascript(self) -> bool:
        """Whether npm installs it."""
        return (PINS / self.name).is_dir()

    @property
    def is_command(self) -> bool:
        """Whether it is a command of the machine, and has no pins."""
        return not self.is_javascript and not self.pins.exists()

    @property
    def pins(self) -> Path:
        """The file with the versions and hashes of everything in it."""
        return PINS / self.name / "package-lock.json" if self.is_javascript else PINS / f"{self.name}.txt"

    @property
    def folder(self) -> Path:
        """The folder that it is installed in."""
        return HERE.parents[1] / ".cache" / "all-clients" / self.name

    @property
    def is_installed(self) -> bool:
        """Whether the folder has what the pins name, or the machine has the command."""
        if self.is_command:
            return shutil.which(self.name) is not None
        marker = self.folder / INSTALLED
        return marker.exists() and marker.read_text("utf-8") == self.pins.read_text("utf-8")

    def version(self, package: str) -> str:
        """Return the version of a package by its pins, and of a command as it tells it."""
        if self.is_command:
            told = subprocess.run([self.name, "--version"], capture_output=True, text=True, check=True)
            return str(re.findall(r"\d+\.[\w.]+", told.stdout)[0])
        text = self.pins.read_text("utf-8")
        if self.is_javascript:
            return str(json.loads(text)["packages"][f"node_modules/{package}"]["version"])
        # of several, for several Pythons, the last is for the newest
        return str(re.findall(rf"^{re.escape(package)}==([\w.]+)", text, re.MULTILINE)[-1])


@dataclass(frozen=True)
class Client:
    """A client in one version.

    :param driver: the script that runs it
    :param environment: what it runs with
    :param package: whose version counts.
    :param function: which function it asks: ``nova``; ``claude`` through the relay of native bodies;
        ``messages`` and ``responses`` through those to the vendor's API
    :param slow: whether it waits for minutes before it gives up, so that it has to begin first
    :param without: scenario -> why the client has no such thing
    :param fails: scenario -> why it fails
    """

    driver: Path
    environment: Environment
    package: str
    title: str
    function: str = "nova"
    slow: bool = False
    without: Mapping[str, str] = field(default_factory=dict)
    fails: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The name of the client in its version."""
        return f"{self.driver.stem}:{self.environment.name}"

    @property
    def is_page(self) -> bool:
        """Whether it runs in a browser."""
        return self.driver.suffix == ".jsx"

    @property
    def version(self) -> str:
        """The version that is pinned."""
        return self.environment.version(self.package)


def read_driver(path: Path) -> Iterator[Client]:
    """Yield the clients of a driver.

    :raises ValueError: when it says of a scenario what there is not
    """
    found = BLOCK.search(path.read_text("utf-8"))
    assert found, f"{path.name} has no comment with /// client"
    lines = (line.removeprefix(found["mark"]).strip() for line in found["toml"].splitlines())
    told = tomllib.loads("\n".join(lines))
    for name in told.pop("environments"):
        reasons = {kind: _reasons(told.get(kind, {}), name) for kind in ("without", "fails")}
        strange = {*reasons["without"], *reasons["fails"]} - SCENARIOS.keys()
        if strange:
            raise ValueError(f"{path.name}: no such scenarios: {', '.join(sorted(strange))}")
        yield Client(path, Environment(name), **{**told, **reasons})


def _reasons(told: Mapping[str, str | Mapping[str, str]], environment: str) -> dict[str, str]:
    """Return the reasons for an environment: those for all, and those that are below its name."""
    own = told.get(environment, {})
    assert not isinstance(own, str)
    return {**{name: why for name, why in told.items() if isinstance(why, str)}, **own}


CLIENTS = [
    client
    for path in sorted(DRIVERS.iterdir())
    if path.suffix in (".py", ".mjs", ".jsx") and BLOCK.search(path.read_text("utf-8"))
    for client in read_driver(path)
]
