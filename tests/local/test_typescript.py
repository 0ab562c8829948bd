"""The cloud assembly of an app in TypeScript, with AWS's own library and nothing of ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from node import node_binary

from streaming_api_tools.local.templates.cloud_assembly import load_assembly
from tests.local.serving import ROOT, Client, Serving

APP = Path(__file__).with_name("typescript") / "app.ts"
MODULES = ROOT / ".cache" / "cdk-javascript" / "node_modules"


def install_libraries() -> None:
    """Unpack the JavaScript libraries that the wheels of the CDK carry for jsii."""
    for package in ("aws_cdk", "constructs"):
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        for archive in Path(spec.origin).parent.glob("**/_jsii/*.tgz"):
            install(archive)


def install(archive: Path) -> None:
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
        members.extractall(unpacked, filter="data")
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(unpacked / "package", folder)
    marker.touch()


@pytest.fixture(scope="module")
def cdk_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what the app synthesizes."""
    node = node_binary()
    assert node is not None
    install_libraries()
    folder = tmp_path_factory.mktemp("typescript")
    shutil.copy(APP, folder)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    (folder / "node_modules").symlink_to(MODULES)
    environment = {**os.environ, "CDK_OUTDIR": str(folder / "cdk.out"), "NODE_OPTIONS": "--no-warnings"}
    done = subprocess.run([node, "app.ts"], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "cdk.out"


def test_typescript_app_is_served_like_any_other(cdk_out: Path, tmp_path: Path) -> None:
    application = load_assembly(cdk_out, None, "us-east-1", tmp_path)
    with Serving(application) as serving, Client(serving.url) as client:
        response = client.send("GET", "/prod/items/a%20b")
        assert (response.status, response.read()) == (202, b"a b")
