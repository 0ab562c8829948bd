"""Make a bundle: read the sources, reuse or install the packages, and put the result in place at once."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .bytecode import compile_folder
from .errors import COULD_NOT_RUN, FAILED, USAGE, NotBundled
from .installer import Installer, check_requirements, found_installer, install
from .manifest import NAME as MANIFEST
from .manifest import Inputs, Manifest, Options, difference
from .manifest import read as read_manifest
from .requirements import NAME as REQUIREMENTS
from .sources import inputs_of
from .target import Target
from .tidy import content, files, normalize, packages, remove_bytecode, remove_installers_traces, sizes

#: unzipped, with all layers: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_BYTES = 250 * 2**20
#: seconds after which a folder of a run that was killed is taken away
_ABANDONED = 3600.0
#: bytes below which a size is not worth its words
_SHOWN_BYTES = 2**20 / 10


class Bundle(NamedTuple):
    """A bundle that is there.

    :param is_new: whether this run has made it
    :param sizes: bytes of each file and folder at its top
    """

    manifest: Manifest
    is_new: bool
    sizes: dict[str, int]

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(self.sizes.values())


def bundle(source: Path, output: Path, options: Options, wanted: str | None = None) -> Bundle:
    """Make the bundle of a function, unless the one that is there is of the same sources.

    :param wanted: ``uv`` or ``pip``. Default: - the one that is there
    :raises NotBundled: with the reason; the bundle that was there stays
    """
    source, output = source.resolve(), output.resolve()
    inputs = inputs_of(source, options)
    _check_output(source, output)
    former = read_manifest(output)
    if former and content(output) != former.content:
        former = None
    if former and difference(former.inputs, inputs) is None:
        return Bundle(former, is_new=False, sizes=sizes(output))
    try:
        with _folder_beside(output) as new:
            if former and former.inputs.packages_key == inputs.packages_key:
                _take_packages(output, former, new)
            elif inputs.requirements:
                _install(source / REQUIREMENTS, options, found_installer(wanted), new)
            manifest = _finish(source, inputs, new)
            _put_in_place(new, output)
    except OSError as failure:
        raise NotBundled(f"{output} cannot be written: {failure}", COULD_NOT_RUN) from failure
    return Bundle(manifest, is_new=True, sizes=sizes(output))


def _check_output(source: Path, output: Path) -> None:
    if output == source or output in source.parents or source in output.parents:
        raise NotBundled(f"{output} must be neither in {source} nor around it", USAGE)
    former = _aside(output)
    if not output.exists() and former.exists():
        former.rename(output)  # a run was killed between two renames
    if output.exists() and not (output / MANIFEST).is_file() and (output.is_file() or any(output.iterdir())):
        raise NotBundled(f"{output} is not a bundle; remove it, or name another folder with --output", USAGE)


def _install(requirements: Path, options: Options, installer: Installer, folder: Path) -> None:
    check_requirements(requirements.read_text("utf-8"), options, installer)
    with tempfile.TemporaryDirectory() as scratch:
        install(requirements, options, installer, folder, Path(scratch))
    remove_installers_traces(folder)


def _take_packages(output: Path, former: Manifest, new: Path) -> None:
    """Copy the packages of the bundle that is there, since only the function's own files differ."""
    shutil.copytree(output, new, dirs_exist_ok=True)
    for name in (*former.inputs.sources, MANIFEST):
        (new / name).unlink(missing_ok=True)
    remove_bytecode(new)


def _finish(source: Path, inputs: Inputs, new: Path) -> Manifest:
    """Add the function's own files to its packages, and the manifest."""
    installed = packages(new)
    for name in inputs.sources:
        if (new / name).exists():
            raise NotBundled(f"{name} is a file of a package too; give {source / name} another name", USAGE)
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, new / name)
    target = inputs.options.target
    if inputs.options.precompile and isinstance(target, Target):
        compile_folder(new, target.runtime)
    normalize(new)
    size = sum(path.stat().st_size for path in files(new))
    if size > MOST_BYTES:
        raise NotBundled(
            f"the function has {size / 2**20:.1f} MB, of which Lambda takes {MOST_BYTES // 2**20} MB "
            f"unzipped{largest(sizes(new))}",
            FAILED,
        )
    manifest = Manifest(inputs, content(new), installed)
    (new / MANIFEST).write_text(manifest.to_json(), "utf-8")
    normalize(new)
    return manifest


def largest(found: dict[str, int]) -> str:
    """Return what ends a sentence about sizes: the three largest, without those that would be 0.0 MB.

    >>> largest({"a": 3 * 2**20, "b": 2**20, "c": 100})
    '; the largest are a 3.0 MB, b 1.0 MB'
    >>> largest({"a": 3 * 2**20, "b": 100})
    '; the largest is a 3.0 MB'
    >>> largest({"b": 100})
    ''
    """
    first = sorted(found.items(), key=lambda each: -each[1])[:3]
    named = [f"{name} {size / 2**20:.1f} MB" for name, size in first if size >= _SHOWN_BYTES]
    verb = "is" if len(named) == 1 else "are"
    return f"; the largest {verb} {', '.join(named)}" if named else ""


@contextmanager
def _folder_beside(output: Path) -> Iterator[Path]:
    """Make a folder on the same file system, which is gone at the end unless it was renamed."""
    output.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{output.name}.new-"
    for left in output.parent.glob(f"{prefix}*"):
        if time.time() - left.stat().st_mtime > _ABANDONED:
            shutil.rmtree(left, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=prefix, dir=output.parent))
    try:
        yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _aside(output: Path) -> Path:
    return output.with_name(f".{output.name}.old")


def _put_in_place(new: Path, output: Path) -> None:
    """Exchange a folder: at each moment the old one or the new one is whole."""
    former = _aside(output)
    shutil.rmtree(former, ignore_errors=True)
    if output.exists():
        output.rename(former)
    new.rename(output)
    shutil.rmtree(former, ignore_errors=True)
