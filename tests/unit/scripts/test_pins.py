"""Hold everything that make and the workflows install to files with hashes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import install
import pytest
from oldest_cdk import oldest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from pins import CONSTRAINTS, COPIES, PINNED, without_hashes

ROOT = Path(__file__).resolve().parents[3]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
PLATFORMS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
#: Files with commands that install: a line of each is held to the rules below.
COMMANDS = [
    ROOT / "Makefile",
    ROOT / ".ci" / "run",
    *sorted((ROOT / ".github" / "workflows").glob("*.yml")),
    *sorted((ROOT / "scripts").glob("*.py")),
    *sorted((ROOT / "tests").rglob("*.py")),
    *sorted((ROOT / "bench").rglob("*.py")),
]
#: Installs without hashes -> why.
WITHOUT_HASHES = {
    "tests/unit/cdk_streaming_api/bundle/test_command.py": "wheels of its own, with hashes",
    "tests/wheel/test_init.py": "the wheel beside a new app, which has none either",
    "tests/wheel/conftest.py": "the wheel that was built, which has none",
    "tests/wheel/test_wheel.py": "the same, with the versions of constraints.txt",
    "scripts/newest.py": "the newest releases, which nobody has pinned yet",
    "bench/synth/install.py": "the project that `cdk init` generates, as its users get it",
}


def locked(name: str) -> Iterator[tuple[Requirement, int]]:
    """Yield the requirements of a .txt file, each with the number of its hashes."""
    text = (ROOT / f"{name}.txt").read_text("utf-8")
    for entry in re.split(r"\n(?=\S)", text.strip()):
        first = entry.partition(" \\\n")[0]
        yield Requirement(first), len(HASH.findall(entry))


def direct(name: str) -> Iterator[Requirement]:
    """Yield what an .in file names, also by another one."""
    for line in (ROOT / f"{name}.in").read_text("utf-8").splitlines():
        if line.startswith("-r "):
            yield from direct(line.removeprefix("-r ").removesuffix(".in"))
        elif line and not line.startswith("#"):
            yield Requirement(line)


def environments() -> Iterator[dict[str, str]]:
    """Yield the environments that the files are for."""
    for python in PYTHONS:
        for platform, machine in PLATFORMS:
            changes = {
                "python_version": python,
                "python_full_version": f"{python}.4",
                "sys_platform": platform,
                "platform_system": platform.title(),
                "platform_machine": machine,
            }
            yield {**{name: str(value) for name, value in default_environment().items()}, **changes}


@pytest.mark.parametrize("name", PINNED)
def test_requirement_is_one_version_with_the_hash_of_each_file(name: str) -> None:
    found = list(locked(name))
    assert found
    for requirement, hashes in found:
        assert re.fullmatch(r"==[^*]+", str(requirement.specifier)), requirement
        assert hashes >= 1, requirement
        assert not requirement.url


@pytest.mark.parametrize("name", PINNED)
def test_locked_file_has_what_its_source_names_in_every_environment(name: str) -> None:
    wanted, found = list(direct(name)), [requirement for requirement, _ in locked(name)]
    for environment in environments():

        def versions(of: list[Requirement], where: dict[str, str] = environment) -> dict[str, str]:
            return {
                canonicalize_name(each.name): str(each.specifier)
                for each in of
                if each.marker is None or each.marker.evaluate(where)
            }

        missing = versions(wanted).items() - versions(found).items()
        assert not missing, (environment["python_version"], environment["sys_platform"])


@pytest.mark.parametrize("name", ["requirements-deploy", "requirements-dev"])
def test_locked_file_has_what_its_packages_need_in_every_environment(name: str) -> None:
    found = [requirement for requirement, _ in locked(name)]
    for environment in environments():
        there = {
            canonicalize_name(each.name)
            for each in found
            if each.marker is None or each.marker.evaluate(environment)
        }
        for package in there:
            try:
                needs = metadata.requires(package) or []
            except metadata.PackageNotFoundError:
                continue  # for another environment than this one
            for need in map(Requirement, needs):
                if need.marker is None or need.marker.evaluate({**environment, "extra": ""}):
                    assert canonicalize_name(need.name) in there, f"{package} needs {need}"


def test_deployment_installs_the_versions_of_the_tests_and_none_of_their_tools() -> None:
    deploy = {str(requirement) for requirement, _ in locked("requirements-deploy")}
    dev = {str(requirement) for requirement, _ in locked("requirements-dev")}
    assert deploy < dev
    names = {requirement.name for requirement, _ in locked("requirements-deploy")}
    assert not names & {"pytest", "ruff", "mypy", "playwright", "mkdocs-material", "cdk-nag", "ministack"}


def test_deployment_requirements_include_the_tools_of_the_wheel() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    extra = text.split("\ntools = [")[1].split("]")[0]
    wanted = {canonicalize_name(Requirement(each).name) for each in re.findall(r'"([^"]+)"', extra)}
    assert wanted <= {canonicalize_name(each.name) for each, _ in locked("requirements-deploy")}


def test_constraints_are_the_requirements_without_their_hashes() -> None:
    dev = (ROOT / "requirements-dev.txt").read_text("utf-8")
    assert (ROOT / CONSTRAINTS).read_text("utf-8") == without_hashes(dev)


def test_oldest_cdk_is_the_one_that_pyproject_allows() -> None:
    (requirement,) = [each for each, _ in locked("requirements-oldest-cdk") if each.name == "aws-cdk-lib"]
    assert str(requirement.specifier) == f"=={oldest()}"


def test_lower_bounds_of_the_tools_are_the_versions_that_are_tried() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    extra = text.split("\ntools = [")[1].split("\n]")[0]
    bounds = {}
    for each in map(Requirement, re.findall(r'"([^"]+)"', extra)):
        (bounds[each.name],) = (Version(it.version) for it in each.specifier if it.operator == ">=")
    tried = {each.name: Version(next(iter(each.specifier)).version) for each in direct("requirements-lowest")}
    assert bounds == {name: tried[name] for name in bounds}
    # what other packages are known to pin: aws-sam-cli and its kind
    assert bounds["click"] <= Version("8.1.8")
    assert bounds["boto3"] <= Version("1.42")
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    assert "run: make lowest" in workflow


def test_locked_file_is_in_the_table_and_names_no_registry() -> None:
    files = {str(path.relative_to(ROOT).with_suffix("")) for path in ROOT.glob("requirements*.txt")}
    files |= {str(path.relative_to(ROOT).with_suffix("")) for path in ROOT.glob("tests/pins/*.txt")}
    # the name that everybody looks for names the file with the hashes, and nothing else
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-r requirements-deploy.txt"]
    assert files - {"requirements"} <= set(PINNED)
    assert not list(ROOT.glob("examples/**/constraints.txt"))
    for name in PINNED:
        assert "://" not in (ROOT / f"{name}.txt").read_text("utf-8")
        assert (ROOT / f"{name}.in").exists()


def test_requirements_of_a_new_app_are_those_of_the_example() -> None:
    for name, copy in COPIES.items():
        for kind in ("in", "txt"):
            assert (ROOT / f"{copy}.{kind}.template").read_text("utf-8") == (
                ROOT / f"{name}.{kind}"
            ).read_text("utf-8")


#: Folders of JavaScript packages that are installed.
NPM = [
    ".",
    "bench/runtime",
    *sorted(f"tests/pins/{path.name}" for path in ROOT.glob("tests/pins/*/") if path.is_dir()),
]


@pytest.mark.parametrize("folder", NPM)
def test_javascript_package_has_its_integrity_and_no_registry(folder: str) -> None:
    package = json.loads((ROOT / folder / "package.json").read_text("utf-8"))
    text = (ROOT / folder / "package-lock.json").read_text("utf-8")
    lock = json.loads(text)["packages"]
    for kind in ("dependencies", "devDependencies", "optionalDependencies"):
        assert lock[""].get(kind, {}) == package.get(kind, {})
    assert '"resolved"' not in text
    assert all(each["integrity"].startswith("sha512-") for path, each in lock.items() if path)


def test_makefile_and_workflows_install_with_hashes_only() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    variables = dict(re.findall(r"^(\w+) = (.*)$", makefile, re.MULTILINE))
    assert variables["PIP_LOCKED"] == "scripts/install.py"
    assert install.OPTIONS[0] == "--require-hashes"
    assert variables["PIP_PROJECT"].endswith(" --no-deps --no-build-isolation")
    lines = [
        line
        for path in COMMANDS[:2] + [each for each in COMMANDS if each.suffix == ".yml"]
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\$\(PIP_|pip install|pip download|npm (ci|install|exec)|npx|uv (?!publish)", line)
        and not re.match(r"PIP_\w+ = |\s*#", line)
    ]
    assert len(lines) >= 7
    for line in lines:
        pip = "$(PIP_LOCKED) requirements-" in line
        project = "$(PIP_PROJECT) -e ." in line
        npm = "npm ci --ignore-scripts" in line
        assert pip or project or npm, line


def test_scripts_and_tests_install_with_hashes_or_say_why_not() -> None:
    unlocked = set()
    for path in COMMANDS:
        text = path.read_text("utf-8") if path.suffix == ".py" else ""
        if path == Path(__file__) or not re.search(r'"(pip|npm)"(?=, "|,\n)|-m pip ', text):
            continue
        installs = re.search(r'"(install|download)"|pip[^\n]* install ', text)
        if installs and "--require-hashes" not in text:
            unlocked.add(str(path.relative_to(ROOT)))
        if '"npm", "install"' in text:
            unlocked.add(str(path.relative_to(ROOT)))
    assert unlocked == set(WITHOUT_HASHES)


def test_make_deploy_and_demo_do_not_install_the_test_tools() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    needs = dict(re.findall(r"^([a-z-]+): ([^#\n]*?) *##", makefile, re.MULTILINE))
    for target in ("synth", "local", "deploy", "destroy"):
        assert needs[target].split()[0] in ("install-deploy", "synth"), target
    assert needs["demo"] == "install-deploy .ministack/.installed"
    assert needs["install-deploy"] == ".venv/.deploy node_modules/.installed $(BIN)/cdk"
    for name in ("deploy", "diff"):
        workflow = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text("utf-8")
        assert set(re.findall(r"run: make (\S+)", workflow)) == {"synth", "install-deploy"}
