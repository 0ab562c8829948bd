"""Give tests the JavaScript libraries of the CDK, which the wheels of the CDK carry for jsii."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from importlib.util import find_spec
from pathlib import Path

from node import node_binary

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / ".cache" / "cdk-javascript" / "node_modules"


def synthesize(app: Path) -> Path:
    """Return the cloud assembly of an app in TypeScript, whose types Node strips.

    :param app: its file, in a folder of its own.
    """
    node, folder = node_binary(), app.parent
    assert node is not None
    link_libraries(folder)
    environment = {**os.environ, "CDK_OUTDIR": str(folder / "cdk.out"), "NODE_OPTIONS": "--no-warnings"}
    done = subprocess.run([node, app.name], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "cdk.out"


def link_libraries(folder: Path) -> None:
    """Make the libraries importable for modules in a folder."""
    for package in ("aws_cdk", "constructs"):
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        for archive in Path(spec.origin).parent.glob("**/_jsii/*.tgz"):
            _install(archive)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    (folder / "node_modules").symlink_to(MODULES)


def _install(archive: Path) -> None:
    """Unpack a library, unless it is there in the same version."""
    marker = MODULES.parent / f"{archive.name}.installed"
    if marker.exists():
        return
    with tarfile.open(archive) as members:
        manifest = members.extractfile("package/package.json")
        assert manifest is not None
        folder = MODULES / json.load(manifest)["name"]
        shutil.rmtree(folder, ignore_errors=True)
        unpacked = MODULES.parent / archive.name
        if hasattr(tarfile, "data_filter"):  # Debian 12 has Python 3.11.2, without it
            members.extractall(unpacked, filter="data")
        else:
            members.extractall(unpacked)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(unpacked / "package", folder)
    marker.touch()
