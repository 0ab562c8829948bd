"""Keep in a bundle from what it was made, so that its being stale can be told without an installer."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from .target import DEFAULT_ARCHITECTURE, DEFAULT_RUNTIME, Target, ThisMachine

NAME = ".bundle.json"
#: changes when a bundle of the same sources would have other bytes
FORM = 1
MODULE = "cdk_streaming_api.bundle"


@dataclass(frozen=True)
class Options:
    """Options of the command that decide what is in a bundle.

    :param target: the Python that the packages are for
    :param unlocked: takes requirements without hashes
    :param precompile: adds bytecode
    :param exclude: patterns of files that stay out
    """

    target: Target | ThisMachine = Target()  # noqa: RUF009, it is frozen
    unlocked: bool = False
    precompile: bool = False
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inputs:
    """Everything that a bundle is made of.

    :param sources: hash of each file of the function, by its path
    :param requirements: hash of the requirements file, empty where there is none
    """

    options: Options
    sources: Mapping[str, str]
    requirements: str

    @property
    def packages_key(self) -> dict[str, object]:
        """Everything that decides which packages there are, apart from the function's own files."""
        return {
            "requirements": self.requirements,
            "target": asdict(self.options.target),
            "unlocked": self.options.unlocked,
        }


@dataclass(frozen=True)
class Manifest:
    """A bundle as it was made.

    :param content: hash of all that is in it
    :param packages: what was installed, such as ``six==1.17.0``
    """

    inputs: Inputs
    content: str
    packages: tuple[str, ...]

    def to_json(self) -> str:
        """Return the text of the file."""
        options = self.inputs.options
        found = {
            "form": FORM,
            **self.inputs.packages_key,
            "precompile": options.precompile,
            "exclude": options.exclude,
            "sources": dict(sorted(self.inputs.sources.items())),
            "packages": self.packages,
            "content": self.content,
        }
        return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def read(folder: Path) -> Manifest | None:
    """Return the manifest of a bundle; None where there is none of this form."""
    try:
        found = json.loads((folder / NAME).read_text("utf-8"))
        if found["form"] != FORM:
            return None
        target = found["target"]
        options = Options(
            Target(**target) if "runtime" in target else ThisMachine(**target),
            found["unlocked"],
            found["precompile"],
            tuple(found["exclude"]),
        )
        inputs = Inputs(options, dict(found["sources"]), found["requirements"])
        return Manifest(inputs, found["content"], tuple(found["packages"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def difference(made: Inputs, now: Inputs) -> str | None:
    """Return in a few words why a bundle is stale, or None where it is not.

    :param made: of the bundle
    :param now: of the sources
    """
    if made.options != now.options:
        return "it was made with other options"
    if made.requirements != now.requirements:
        return "requirements.txt has changed"
    names = sorted(made.sources.keys() | now.sources.keys())
    changed = [name for name in names if made.sources.get(name) != now.sources.get(name)]
    if not changed:
        return None
    more = f" and {len(changed) - 1} more files have" if len(changed) > 1 else " has"
    return f"{changed[0]}{more} changed"


def default_output(source: Path) -> Path:
    """Return where a bundle is unless it is said: in ``build`` beside its source."""
    return source.parent / "build" / source.name


def command(source: Path, output: Path, options: Options) -> str:
    """Return the command that makes a bundle."""
    words = ["python", "-m", MODULE, str(source)]
    if output != default_output(source):
        words += ["--output", str(output)]
    target = options.target
    if isinstance(target, ThisMachine):
        words.append("--here")
    else:
        words += ["--runtime", target.runtime] if target.runtime != DEFAULT_RUNTIME else []
        if target.architecture != DEFAULT_ARCHITECTURE:
            words += ["--architecture", target.architecture]
    words += ["--unlocked"] * options.unlocked + ["--precompile"] * options.precompile
    return shlex.join([*words, *(f"--exclude={each}" for each in options.exclude)])
