"""Bundle functions with wheels that the tests write: contents, cache, bytes, and every refusal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_streaming_api import bundle
from cdk_streaming_api._bundle import build, installer
from cdk_streaming_api._bundle.installer import Installer
from tests.support.wheels import Project, wheel

UV = shutil.which("uv") or shutil.which(
    "uv", path=str(Path(__file__).resolve().parents[4] / ".cache" / "pins" / "bin")
)


PAGE = Path(__file__).resolve().parents[4] / "docs" / "how-to-own-app.md"


def error(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line of an error."""
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_bundle_has_the_function_its_packages_and_nothing_else(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write("parts/text.txt", "x")
    project.write(".env", "SECRET=1")
    project.write("__pycache__/app.cpython-314.pyc", "")
    project.write("requirements.in", "one")
    project.write("notes/README.md", "")
    assert project.bundle("--installer", "pip", "--exclude", "*.md") == 0
    assert project.files() == {"app.py", "parts/text.txt", "one/__init__.py", "one/old.py"}
    assert (
        "search: 2 files and 1 package for python3.14 on arm64, 0.0 MB of the 250 MB"
        in capsys.readouterr().out
    )
    record = (project.output / "one-1.0.dist-info" / "RECORD").read_text("utf-8")
    assert "bin/tool" not in record
    assert "INSTALLER" not in record
    assert "one/__init__.py,sha256=" in record
    manifest = json.loads((project.output / ".bundle.json").read_text("utf-8"))
    assert manifest["packages"] == ["one==1.0"]
    assert manifest["target"] == {"runtime": "python3.14", "architecture": "arm64"}


@pytest.mark.skipif(UV is None, reason="uv is not installed")
def test_bundle_of_uv_and_of_pip_has_the_same_bytes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.bundle("--installer", "pip") == 0
    of_pip = (project.output / ".bundle.json").read_bytes()
    shutil.rmtree(project.output)
    assert UV
    monkeypatch.setenv("PATH", f"{Path(UV).parent}{os.pathsep}{os.environ['PATH']}")
    assert project.bundle("--installer", "uv") == 0
    assert (project.output / ".bundle.json").read_bytes() == of_pip


def test_bundle_made_again_elsewhere_is_the_same_with_its_times(project: Project, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert project.bundle() == 0
    assert project.bundle("--output", str(other)) == 0
    for path in project.output.rglob("*"):
        twin = other / path.relative_to(project.output)
        assert path.is_dir() or path.read_bytes() == twin.read_bytes(), path
        stat, theirs = path.stat(), twin.stat()
        assert (stat.st_mode, stat.st_mtime) == (theirs.st_mode, theirs.st_mtime) == (stat.st_mode, 315532800)


def test_bundle_of_the_same_sources_installs_nothing(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.bundle() == 0
    monkeypatch.setattr(build, "install", lambda *given: pytest.fail("installs again"))
    before = project.output.stat().st_ino
    os.utime(project.write("app.py", "import one\n"), (1, 1))
    assert project.bundle() == 0
    assert "up to date" in capsys.readouterr().out
    assert project.output.stat().st_ino == before
    # only the function's own files differ: its packages are taken from the bundle that is there
    (project.source / "app.py").unlink()
    project.write("main.py", "import one\n")
    assert project.bundle() == 0
    assert project.files() == {"main.py", "one/__init__.py", "one/old.py"}


@pytest.mark.parametrize("change", ["options", "lock", "a file of the bundle"])
def test_bundle_of_other_packages_is_installed_again(project: Project, change: str) -> None:
    assert project.bundle() == 0
    if change == "lock":
        project.need(wheel(project.wheels, "one"), wheel(project.wheels, "two"))
    if change == "a file of the bundle":
        (project.output / "one" / "__init__.py").write_text("broken")
    assert project.bundle(*(["--architecture", "x86_64"] if change == "options" else [])) == 0
    assert (project.output / "one" / "__init__.py").read_text("utf-8") == "NAME = 'one'\n"
    assert (project.output / "two").exists() is (change == "lock")


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ([], "cp314-cp314-manylinux_2_28_aarch64"),
        (["--architecture", "x86_64"], "cp314-cp314-manylinux_2_28_x86_64"),
        (["--runtime", "python3.11"], "cp311-cp311-manylinux_2_17_aarch64"),
    ],
)
def test_bundle_takes_the_wheel_and_the_markers_of_the_function(
    project: Project, options: list[str], wanted: str
) -> None:
    tags = [
        "cp311-cp311-manylinux_2_28_aarch64",  # newer than the glibc of Python 3.11's Amazon Linux 2
        "cp311-cp311-manylinux_2_17_aarch64",
        "cp314-cp314-manylinux_2_28_aarch64",
        "cp314-cp314-manylinux_2_28_x86_64",
    ]
    lines = [wheel(project.wheels, "built", tag, {"built/tag.txt": tag}) for tag in tags]
    hashes = " ".join(line.partition(" ")[2] for line in lines)
    version = "3.11" if "python3.11" in options else "3.14"
    only, other = wheel(project.wheels, "only"), wheel(project.wheels, "other")
    project.need(
        f"built==1.0 {hashes}",
        only.replace(" ", f" ; python_version == '{version}' and sys_platform == 'linux' ", 1),
        other.replace(" ", " ; platform_machine == 'sparc' ", 1),
    )
    assert project.bundle("--installer", "pip", *options) == 0
    assert (project.output / "built" / "tag.txt").read_text("utf-8") == wanted
    assert (project.output / "only").exists()
    assert not (project.output / "other").exists()


def test_bundle_here_is_imported_by_this_python(project: Project) -> None:
    assert project.bundle("--here") == 0
    code = "import app, sys; sys.exit(app.one.NAME != 'one')"
    assert subprocess.run([sys.executable, "-c", code], cwd=project.output).returncode == 0


def test_bundle_precompile_has_bytecode_of_the_function_in_lambda(project: Project) -> None:
    runtime = f"python3.{sys.version_info.minor}"
    assert project.bundle("--precompile", "--runtime", runtime) == 0
    (compiled,) = (project.output / "__pycache__").glob("app.*.pyc")
    assert b"/var/task/app.py" in compiled.read_bytes()
    assert str(project.output.parent).encode() not in compiled.read_bytes()
    first = compiled.read_bytes()
    shutil.rmtree(project.output)
    assert project.bundle("--precompile", "--runtime", runtime) == 0
    assert compiled.read_bytes() == first


def test_bundle_that_fails_or_is_killed_leaves_the_old_one(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.bundle() == 0
    before = (project.output / ".bundle.json").read_bytes()
    lock = (project.source / "requirements.txt").read_text("utf-8")
    capsys.readouterr()
    project.need("missing==1.0 --hash=sha256:" + "0" * 64)
    assert project.bundle("--installer", "pip") == 1
    assert "missing==1.0" in error(capsys)
    project.write("requirements.txt", lock.replace("--hash=sha256:", "--hash=sha256:0000", 1)[:-5] + "\n")
    assert project.bundle("--installer", "pip") == 1
    assert "could not install the packages for python3.14 on arm64" in error(capsys)

    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "install", interrupted)
    assert project.bundle() == 130
    assert (project.output / ".bundle.json").read_bytes() == before
    assert [path.name for path in project.output.parent.iterdir()] == ["search"]


#: A run whose installer waits to be killed.
WAITING = """
import sys
from cdk_streaming_api import bundle
from cdk_streaming_api._bundle import build
def install(requirements, options, installer, folder, scratch):
    (folder / "half").write_text("")
    print("installing", flush=True)
    sys.stdin.read()
build.install = install
bundle.main(sys.argv[1:])
"""


def test_bundle_run_that_is_killed_leaves_the_old_one_and_its_rest_goes_later(project: Project) -> None:
    assert project.bundle() == 0
    before = project.files()
    project.need(wheel(project.wheels, "two"))
    command = [sys.executable, "-c", WAITING, str(project.source)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"installing\n"
        process.kill()
    assert project.files() == before
    (rest,) = project.output.parent.glob(".search.new-*")
    # it may be of a run that still goes on
    assert project.bundle() == 0
    assert rest.exists()
    assert project.files() == {"app.py", "two/__init__.py"}
    os.utime(rest, (0, 0))
    project.write("app.py", "import two\n")
    assert project.bundle() == 0
    assert not rest.exists()


def test_bundle_help_has_every_option_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bundle.main(["--help"])
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    for words in ("--output DIR", "--runtime", "--architecture", "--here", "--unlocked", "--precompile"):
        assert words in said
    assert "exit codes: 0 bundled, or up to date; 1 " in said


def test_bundle_killed_between_two_renames_is_found_again(project: Project) -> None:
    assert project.bundle() == 0
    project.output.rename(project.output.with_name(".search.old"))
    assert project.bundle() == 0
    assert [path.name for path in project.output.parent.iterdir()] == ["search"]


def test_bundle_prefers_uv_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None if path else "/uv")
    assert installer.found_installer() == Installer("uv", ("/uv", "pip", "install"))
    assert installer.found_installer("pip").name == "pip"


def test_bundle_without_requirements_copies_the_function(project: Project) -> None:
    (project.source / "requirements.txt").unlink()
    assert project.bundle() == 0
    assert project.files() == {"app.py"}


def test_bundle_command_needs_neither_the_cdk_nor_the_tools() -> None:
    code = (
        "import sys; from cdk_streaming_api import bundle; "
        "print(*{each.partition('.')[0] for each in sys.modules} & {'aws_cdk', 'jsii', 'click', 'boto3'})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == ""


@pytest.mark.parametrize(("output", "code", "lines"), [("> /dev/full", 3, 1), ("| true", 141, 0)])
def test_bundle_output_that_cannot_be_written_is_not_1(
    project: Project, output: str, code: int, lines: int
) -> None:
    if ">" in output and not Path("/dev/full").exists():
        pytest.skip("there is no device that is full")
    project.need()
    # the reader ends before the command does
    command = f'set -o pipefail; "{sys.executable}" -m cdk_streaming_api.bundle "{project.source}" {output}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, lines), done.stderr
