"""Build the sdist, the wheel and the layer so that the same commit gives the same bytes.

``make wheel`` runs it. The layer is for those who do not use the CDK in Python. setuptools takes the times of
a wheel from ``SOURCE_DATE_EPOCH`` but those of an sdist from the files, together with their owner and modes;
the sdist is packed again without them. See https://reproducible-builds.org/specs/source-date-epoch/.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def date_of_the_commit() -> int:
    """Return the time of the commit that is checked out, in seconds."""
    # the checkout may belong to somebody else, as in a container; its code runs here anyway
    git = ["git", "-c", "safe.directory=*", "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        sys.exit("distributions.py: git is not installed; set SOURCE_DATE_EPOCH to the time of the release")
    if done.returncode:
        sys.exit("distributions.py: not a git checkout; set SOURCE_DATE_EPOCH to the time of the release")
    return int(done.stdout)


def normalized(sdist: bytes, epoch: int) -> bytes:
    """Return an sdist with sorted members, one time, one owner and the modes 755 and 644.

    :param sdist: a .tar.gz
    :param epoch: the time of everything in it, in seconds
    """
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(sdist)) as old,
        gzip.GzipFile("", "wb", fileobj=packed, mtime=epoch) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda it: it.name):
            plain = tarfile.TarInfo(member.name)
            plain.type, plain.size, plain.mtime = member.type, member.size, epoch
            plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            new.addfile(plain, old.extractfile(member) if member.isfile() else None)
    return packed.getvalue()


def unpack(sdist: Path, folder: Path) -> None:
    """Unpack an sdist that was made here.

    Extraction filters came in patch releases: Debian 12 has Python 3.11.2, filters are in 3.11.4.
    https://docs.python.org/3/library/tarfile.html#supporting-older-python-versions
    """
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(folder, filter="data")
        else:
            archive.extractall(folder)  # noqa: S202 - its members are those that normalized() wrote


def layer(sources: Path, licence: Path) -> bytes:
    """Return a zip file that ``lambda:PublishLayerVersion`` takes, with ``lambda_streaming`` in it.

    Its bytes depend on nothing but the files: members are sorted and stored, since other releases of zlib
    compress otherwise, and all have the oldest time of the format. A release that leaves the layer as it was
    therefore has the same layer, and nobody's function is deployed again for it.
    https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html

    :param sources: the folder that has ``python``.
    :param licence: what is put beside the package.
    """
    found = (path for path in sources.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    files = {path.relative_to(sources).as_posix(): path for path in found}
    files["python/lambda_streaming/LICENSE"] = licence
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, path in sorted(files.items()):
            member = zipfile.ZipInfo(name)
            # made on Unix, a file that everybody may read
            member.create_system, member.external_attr = 3, 0o100644 << 16
            archive.writestr(member, path.read_bytes())
    return packed.getvalue()


def build(source: Path, folder: Path, epoch: int) -> None:
    """Build an sdist of a folder, and from it the wheel and the layer.

    :param source: has pyproject.toml.
    :param folder: where they are put.
    :param epoch: the time of everything in the sdist and the wheel, in seconds.
    """
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, "--sdist", str(source)], env=env, check=True, umask=0o022)
    (sdist,) = folder.glob("*.tar.gz")
    sdist.write_bytes(normalized(sdist.read_bytes(), epoch))
    with tempfile.TemporaryDirectory() as scratch:
        unpack(sdist, Path(scratch))
        (unpacked,) = Path(scratch).iterdir()
        subprocess.run([*command, "--wheel", str(unpacked)], env=env, check=True, umask=0o022)
        version = unpacked.name.rpartition("-")[2]
        zipped = layer(unpacked / "lambda_src" / "layer", unpacked / "LICENSE")
        (folder / f"lambda-streaming-layer-{version}.zip").write_bytes(zipped)


def main() -> None:
    """Build what is checked out into dist."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, default=ROOT)
    parser.add_argument("--outdir", type=Path, default=ROOT / "dist")
    arguments = parser.parse_args()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or date_of_the_commit())
    for old in (path for ending in ("whl", "tar.gz", "zip") for path in arguments.outdir.glob(f"*.{ending}")):
        old.unlink()
    build(arguments.source, arguments.outdir, epoch)


if __name__ == "__main__":
    main()
