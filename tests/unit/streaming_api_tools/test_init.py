"""Write a new app, and never over what is there."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
from importlib.metadata import Distribution
from pathlib import Path

import aws_cdk
import pytest
import yaml  # type: ignore[import-untyped]
from click.testing import CliRunner, Result

from streaming_api_tools.init import project
from streaming_api_tools.init.command import init
from streaming_api_tools.init.project import PROJECTS, files_of, own_wheel, stack_name

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(init, arguments)


@pytest.mark.parametrize("template", PROJECTS)
def test_init_writes_an_app_a_test_and_workflows(template: str, tmp_path: Path) -> None:
    folder = tmp_path / "my app"
    done = run(str(folder), "--template", template)
    assert done.exit_code == 0, done.output
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == files_of(template, "MyApp", "0").keys()
    assert {
        "app.py",
        "cdk.json",
        "requirements.txt",
        "test_app.py",
        ".github/workflows/deploy.yml",
    } <= written
    for path in written:
        text = (folder / path).read_text("utf-8")
        assert "@" not in re.sub("@(stream|pytest|server|aws-cdk)", "", text) or path.endswith(".yml"), path
        assert "@STACK@" not in text
        if path.endswith(".py"):
            compile(text, path, "exec")
    workflow = yaml.safe_load((folder / ".github/workflows/deploy.yml").read_text("utf-8"))
    commands = [step["run"] for step in workflow["jobs"]["deploy"]["steps"] if "run" in step]
    assert [each.split(" --")[0] for each in commands[-3:]] == [
        "streaming-api doctor",
        "node_modules/.bin/cdk deploy MyApp",
        "streaming-api smoke MyApp",
    ]
    assert "--no-auth" in done.output


@pytest.mark.parametrize("template", PROJECTS)
def test_init_sets_the_feature_flags_that_cdk_init_sets(template: str) -> None:
    package = next((Path(aws_cdk.__file__).parent / "_jsii").glob("aws-cdk-lib@*.jsii.tgz"))
    with tarfile.open(package) as files:
        recommended = json.load(files.extractfile("package/recommended-feature-flags.json"))  # type: ignore[arg-type]
    assert json.loads(files_of(template, "Chat", "0")["cdk.json"])["context"] == recommended
    context = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    assert recommended.items() <= context.items()


def test_init_has_the_command_line_of_this_repository_with_its_hash() -> None:
    files = files_of("chat", "Chat", "0")
    ours, theirs = (ROOT / "package-lock.json").read_text("utf-8"), files["package-lock.json"]
    command_line = json.loads(ours)["packages"]["node_modules/aws-cdk"]
    assert json.loads(theirs)["packages"]["node_modules/aws-cdk"] == command_line
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert json.loads(files["package.json"])["devDependencies"] == package["devDependencies"]


def test_init_where_a_file_exists_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("mine")
    done = run(str(tmp_path))
    assert done.exit_code == 2
    assert "app.py already; nothing was written" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["app.py"]
    assert (tmp_path / "app.py").read_text() == "mine"


def test_init_in_a_folder_with_other_files_leaves_them(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    assert run(str(tmp_path), "--stack", "Other-1").exit_code == 0
    assert (tmp_path / ".venv").is_dir()
    assert 'ApiStack(app, "Other-1")' in (tmp_path / "app.py").read_text("utf-8")


@pytest.mark.parametrize("name", ["my app", "$HOME`id`", 'a"b', "!!", "it's", "(\u00e9)"])
def test_init_prints_a_cd_that_a_shell_takes_literally(name: str, tmp_path: Path) -> None:
    done = run(str(tmp_path / name))
    (step,) = [line.strip() for line in done.output.splitlines() if line.startswith("  cd ")]
    went = subprocess.run(["sh", "-c", f"{step} && ls app.py"], capture_output=True, text=True)
    assert (went.returncode, went.stdout) == (0, "app.py\n"), went.stderr


def test_init_without_a_name_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("")
    assert done.exit_code == 2
    assert "expected a folder, got an empty name" in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["1st", "a b", "", "a" * 129, "a_b"])
def test_init_refuses_a_name_that_is_none_of_a_stack(name: str, tmp_path: Path) -> None:
    done = run(str(tmp_path / "new"), "--stack", name)
    assert done.exit_code == 2
    assert not (tmp_path / "new").exists()


def test_init_that_cannot_write_is_one_line_and_3(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(str(tmp_path / "file" / "below"))
    assert done.exit_code == 3, done.output
    assert "cannot be made" in done.output


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("my-app", "MyApp"),
        ("api", "Api"),
        ("2nd try", "NdTry"),
        ("\u6771", "StreamingApp"),
        ("\u00fcn\u00ef caf\u00e9", "UniCafe"),
        ("\u00e9t\u00e9", "Ete"),
        ("a" * 200, None),
    ],
)
def test_stack_name_follows_the_folder(folder: str, name: str | None) -> None:
    assert stack_name(folder) == (name or "A" + "a" * 127)


def test_own_wheel_is_copied_beside_the_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "a b" / "cdk_streaming_api-0.1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.write_bytes(b"PK")

    class Installed(Distribution):
        """Installed from that wheel."""

        def read_text(self, filename: str) -> str:
            """Return the record of PEP 610."""
            return json.dumps({"url": wheel.as_uri(), "archive_info": {}})

        def locate_file(self, path: object) -> Path:
            """Return nothing of use."""
            return tmp_path

    monkeypatch.setattr(project, "distribution", lambda name: Installed())
    assert own_wheel() == wheel
    done = run(str(tmp_path / "new"))
    assert (tmp_path / "new" / "wheels" / wheel.name).read_bytes() == b"PK"
    assert "copy the wheel" not in done.output
    wheel.unlink()
    assert own_wheel() is None


def test_own_wheel_of_a_checkout_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert own_wheel() is None
    assert "copy the wheel of cdk-streaming-api into wheels/" in run(str(tmp_path / "new")).output
