"""Load an application from its source, and name the files that it depends on."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..application import Application
from .cloud_assembly import load_assembly, load_template

#: What editors, interpreters and package managers write that is no change of the application.
IGNORED = frozenset({"__pycache__", ".git", "node_modules", ".venv"})
Fingerprint = frozenset[tuple[str, int, int]]


@dataclass(frozen=True)
class Source:
    """A cloud assembly, a template or a deployed stack.

    :param scratch: an existing directory for code that has to be unpacked
    :param cdk_out: the cloud assembly; used when there is no template and no deployed stack
    :param stack: the stack of the assembly. Default: - the only one with a REST API
    :param parameters: values of parameters of the template; a deployed stack has its own
    """

    region: str
    scratch: Path
    cdk_out: Path = Path("cdk.out")
    stack: str | None = None
    template: Path | None = None
    deployed: str | None = None
    endpoint_url: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    _loads: Iterator[int] = field(default_factory=itertools.count, compare=False)

    def load(self) -> Application:
        """Read it, as it is now.

        :raises SourceError: when it cannot be read
        :raises UnsupportedError: when it cannot be served locally
        """
        scratch = self.scratch / str(next(self._loads))
        scratch.mkdir()
        if self.deployed:
            from .deployed_stack import load_deployed

            return load_deployed(self.deployed, self.region, self.endpoint_url, scratch)
        if self.template:
            return load_template(self.template, self.region, scratch, self.parameters)
        return load_assembly(self.cdk_out, self.stack, self.region, scratch, self.parameters)

    def files(self, application: Application) -> list[Path]:
        """Return the files and directories that an application which was read depends on."""
        own = [self.template] if self.template else sorted(self.cdk_out.glob("**/*.json"))
        code = [path for function in application.functions for path in (function.code, *function.layers)]
        return [*own, *(path for path in code if not path.is_relative_to(self.scratch.resolve()))]


def fingerprint(paths: Iterable[Path]) -> Fingerprint:
    """Return what changes whenever a file is written, added or removed."""
    return frozenset(_states(paths))


def _states(paths: Iterable[Path]) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        for directory, folders, files in os.walk(path):
            folders[:] = [folder for folder in folders if folder not in IGNORED]
            for name in files:
                yield from _state(Path(directory, name))
        if not path.is_dir():
            yield from _state(path)


def _state(file: Path) -> Iterator[tuple[str, int, int]]:
    try:
        status = file.stat()
    except OSError:
        return
    yield str(file), status.st_mtime_ns, status.st_size
