"""Judge changes of a tiny checkout with its own tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from mutants.judge import AT_LEAST, BrokenRun, Copy, limit_of

MODULE = "lambda_src/tiny.py"
TEXT = "def small(number):\n    return number < 10\n"
TEST = """
from tiny import small

def test_small():
    assert small(1)
    assert not small(11)
"""


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Copy]:
    """Yield a copy of a checkout that has one module, a test that judges it and one that does not."""
    # without the plugins of this checkout pytest starts in a third of the time
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "_hypothesis_pytestplugin")
    root = tmp_path / "checkout"
    for name, text in {
        MODULE: TEXT,
        "test_tiny.py": TEST,
        "test_other.py": "def test_other():\n    pass\n",
        "test_broken.py": "def test_broken():\n    assert False\n",
        "pyproject.toml": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    with Copy(tmp_path / "copy", root) as made:
        yield made


def test_mutants_change_that_a_test_notices_fails_and_leaves_no_trace(copy: Copy, tmp_path: Path) -> None:
    assert copy.run(MODULE, TEXT.replace("10", "1"), ("test_tiny.py",)).failed
    assert not copy.run(MODULE, TEXT.replace("10", "11"), ("test_tiny.py",)).failed
    # the same length and within a second: what was compiled before must not be run
    assert copy.run(MODULE, TEXT.replace("10", "12"), ("test_tiny.py",)).failed
    assert limit_of(copy, MODULE, ("test_tiny.py",)) >= AT_LEAST
    assert copy.text(MODULE) == (tmp_path / "checkout" / MODULE).read_text("utf-8") == TEXT


def test_mutants_change_that_cannot_be_imported_fails(copy: Copy) -> None:
    assert copy.run(MODULE, "raise RuntimeError\n", ("test_tiny.py",)).failed


def test_mutants_change_that_never_ends_fails(copy: Copy) -> None:
    endless = "def small(number):\n    while True:\n        pass\n"
    assert copy.run(MODULE, endless, ("test_tiny.py",), limit=2).failed
    assert not copy.run(MODULE, TEXT, ("test_tiny.py",)).failed


def test_mutants_tests_that_fail_without_a_change_break_the_run(copy: Copy) -> None:
    with pytest.raises(BrokenRun, match=r"the tests of lambda_src/tiny\.py fail without any change"):
        limit_of(copy, MODULE, ("test_broken.py",))


def test_mutants_tests_that_do_not_exist_break_the_run(copy: Copy) -> None:
    with pytest.raises(BrokenRun, match="exit code 5"):
        copy.run(MODULE, TEXT, ("test_other.py", "-k", "nothing"))
