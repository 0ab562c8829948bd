"""Read bundles at synth, and name the command when one is missing, stale or for another function."""

from __future__ import annotations

import shlex
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template

from cdk_streaming_api import BundledCode, StreamingFunction, bundle

COMMAND = "run: python -m cdk_streaming_api.bundle"


@pytest.fixture(autouse=True)
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A function below a folder with a space in its name."""
    folder = tmp_path / "my functions" / "search"
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("x = 1\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


def define(stack: cdk.Stack, code: lambda_.Code, **more: object) -> StreamingFunction:
    return StreamingFunction(stack, "Search", code=code, handler="app.handler", **more)  # type: ignore[arg-type]


def test_bundled_code_is_the_folder_without_its_manifest(stack: cdk.Stack, source: Path) -> None:
    assert bundle.main([str(source)]) == 0
    define(stack, BundledCode("my functions/search"))
    Template.from_stack(stack).resource_count_is("AWS::Lambda::Function", 1)
    outdir = Path(cdk.Stage.of(stack).outdir)  # type: ignore[union-attr]
    (found,) = (path for path in outdir.glob("asset.*") if (path / "app.py").is_file())
    assert [path.name for path in found.iterdir()] == ["app.py"]


def test_bundled_code_of_another_run_is_the_same_asset(app: cdk.App, source: Path, tmp_path: Path) -> None:
    stacks = [cdk.Stack(app, name) for name in ("One", "Two")]
    for stack in stacks:
        output = tmp_path / stack.node.id
        assert bundle.main([str(source), "--output", str(output)]) == 0
        define(stack, BundledCode(str(source), output=str(output)))
    keys = []
    for stack in stacks:
        (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
        keys.append(function["Properties"]["Code"]["S3Key"])
    assert keys[0] == keys[1]


def test_bundled_code_that_is_missing_names_the_command(source: Path) -> None:
    with pytest.raises(ValueError, match="is not bundled") as refused:
        BundledCode("my functions/search")
    assert str(refused.value).endswith(f"{COMMAND} 'my functions/search'")
    with pytest.raises(ValueError, match="is not bundled") as refused:
        BundledCode("my functions/search", output="out")
    assert str(refused.value).endswith(f"{COMMAND} 'my functions/search' --output out")


@pytest.mark.parametrize("change", ["changed", "added", "removed", "locked"])
def test_bundled_code_that_is_stale_names_the_command_with_its_options(source: Path, change: str) -> None:
    (source / "other.py").write_text("", "utf-8")
    assert bundle.main([str(source), "--architecture", "x86_64", "--exclude", "*.md"]) == 0
    BundledCode(str(source))
    if change == "removed":
        (source / "other.py").unlink()
    name = {"changed": "app.py", "added": "new.py", "locked": "requirements.txt"}.get(change)
    if name:
        (source / name).write_text("y = 2\n", "utf-8")
    with pytest.raises(ValueError, match="is stale") as refused:
        BundledCode(str(source))
    assert str(refused.value).endswith(
        f"{COMMAND} 'my functions/search' --architecture x86_64 '--exclude=*.md'"
    )
    assert (name or "other.py") in str(refused.value)


def test_bundled_code_of_files_that_stay_out_is_not_stale(source: Path) -> None:
    assert bundle.main([str(source), "--exclude", "*.md"]) == 0
    (source / "README.md").write_text("x", "utf-8")
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "app.cpython-314.pyc").write_text("x", "utf-8")
    BundledCode(str(source))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"architecture": lambda_.Architecture.X86_64}, "python3.14 on x86_64"),
        ({"runtime": lambda_.Runtime.PYTHON_3_12}, "python3.12 on arm64"),
    ],
)
def test_bundled_code_for_another_function_names_the_command(
    stack: cdk.Stack, source: Path, given: dict[str, object], says: str
) -> None:
    assert bundle.main([str(source)]) == 0
    with pytest.raises(ValueError, match=f"the function is {says}; run: ") as refused:
        define(stack, BundledCode(str(source)), **given)
    _, named = str(refused.value).split("cdk_streaming_api.bundle ")
    assert bundle.main(shlex.split(named)) == 0
    define(stack, BundledCode(str(source)), **given)


def test_bundled_code_of_this_machine_is_a_warning_of_any_function(stack: cdk.Stack, source: Path) -> None:
    assert bundle.main([str(source), "--here"]) == 0
    define(stack, BundledCode(str(source)))
    lambda_.Function(
        stack,
        "Other",
        code=BundledCode(str(source)),
        handler="app.handler",
        runtime=lambda_.Runtime.PYTHON_3_14,
    )
    for name in ("Search", "Other"):
        Annotations.from_stack(stack).has_warning(
            f"/{stack.node.path}/{name}", Match.string_like_regexp("are of this machine.*" + COMMAND)
        )


def test_bundled_code_of_no_folder_says_so() -> None:
    with pytest.raises(ValueError, match="nope is not a folder"):
        BundledCode("nope")
