"""The layer as a file: what is in it, its bytes, and that functions stream with nothing else."""

from __future__ import annotations

import compileall
import hashlib
import re
import shutil
import sys
import zipfile
from pathlib import Path

import distributions
import pytest
import yaml  # type: ignore[import-untyped]

from tests.wheel.conftest import ROOT, run

SOURCES = ROOT / "lambda_src" / "layer"


@pytest.fixture(scope="session")
def layer(built: Path) -> Path:
    (found,) = built.glob("*.zip")
    return found


def test_layer_has_the_version_of_the_wheel_in_its_name(layer: Path, wheel: Path) -> None:
    version = wheel.name.split("-")[1]
    assert layer.name == f"lambda-streaming-layer-{version}.zip"
    assert f'version = "{version}"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_layer_has_what_the_constructs_deploy_and_the_licence(layer: Path) -> None:
    expected = {
        path.relative_to(SOURCES).as_posix(): path.read_bytes()
        for path in SOURCES.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected["python/lambda_streaming/LICENSE"] = (ROOT / "LICENSE").read_bytes()
    with zipfile.ZipFile(layer) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == expected


def test_layer_bytes_depend_on_nothing_but_its_files(layer: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(SOURCES, tmp_path / "layer"))
    compileall.compile_dir(copy, quiet=2)
    for path in copy.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
    again = distributions.layer(copy, ROOT / "LICENSE")
    assert hashlib.sha256(again).hexdigest() == hashlib.sha256(layer.read_bytes()).hexdigest()
    with zipfile.ZipFile(layer) as archive:
        members = archive.infolist()
    assert [member.filename for member in members] == sorted(member.filename for member in members)
    # zlib's output differs between its releases
    assert {member.compress_type for member in members} == {zipfile.ZIP_STORED}
    assert {(member.date_time, member.external_attr >> 16, member.create_system) for member in members} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644, 3)
    }
    # Lambda itself must read them, whoever made them: the directory says so, and no member leaves its folder
    assert all(re.fullmatch(r"python(/\w+)+(\.py|\.typed)?", member.filename) for member in members)


def test_layer_unpacked_is_all_that_a_handler_needs(layer: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(layer) as archive:
        archive.extractall(tmp_path / "opt")
    code = (
        "import sys; sys.path.insert(0, 'opt/python'); import lambda_streaming as library; "
        "print(library.__file__, library.stream(lambda event, context: iter(['a']))({}, None).chunks)"
    )
    said = run(sys.executable, "-I", "-S", "-c", code, cwd=tmp_path)
    assert "opt/python/lambda_streaming/__init__.py" in said
    assert "b'data: a\\n\\n'" in said


def test_release_has_the_layer_and_its_hash() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))["jobs"]
    built = "".join(step.get("run", "") for step in jobs["build"]["steps"])
    assert "make wheel" in built
    assert "(cd dist && sha256sum -- *) > SHA256SUMS" in built
    (announced,) = [step["run"] for step in jobs["announce"]["steps"] if "run" in step]
    assert announced.endswith("dist/* SHA256SUMS sbom.json")
    # the index of Python packages takes nothing but these
    (published,) = [step["run"] for step in jobs["publish"]["steps"] if "uv publish" in step.get("run", "")]
    assert published.endswith("dist/*.tar.gz dist/*.whl")
    (attested,) = [step for step in jobs["publish"]["steps"] if "attest-build" in step.get("uses", "")]
    assert attested["with"]["subject-path"] == "dist/*"
