"""Bundle the benchmark's Node function on a machine that has no Node of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.runtime import install

#: As npm links it: a script whose first line looks for Node on the PATH.
ESBUILD = """#!/usr/bin/env node
const out = process.argv.find((each) => each.startsWith("--outfile="));
require("fs").writeFileSync(out.slice("--outfile=".length), process.argv[2]);
"""


def test_at_commit_stages_what_the_commit_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = tmp_path / "repository"
    layer, chat = repository / "lambda_src" / "layer" / "python", repository / "lambda_src" / "chat"
    for folder in (layer, chat):
        folder.mkdir(parents=True)
        (folder / "module.py").write_text("committed = 1\n")
    git = ["git", "-C", str(repository), "-c", "user.name=n", "-c", "user.email=e@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], check=True)
    (layer / "module.py").write_text("changed = 2\n")
    monkeypatch.setattr(install, "ROOT", repository)
    monkeypatch.setattr(install, "CACHE", tmp_path)
    python = Path(sys.executable)
    here = install.Installed(python, python, python, python, {}, {}, python, python, python, python)
    staged = install.at_commit(here, "HEAD")
    assert (staged.layers["source"] / "module.py").read_text() == "committed = 1\n"
    assert (staged.tasks["bytecode"] / "chat" / "__pycache__").is_dir()
    assert not (staged.tasks["source"] / "chat" / "__pycache__").exists()


def test_bundle_needs_no_node_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = tmp_path / "node_modules"
    (modules / ".bin").mkdir(parents=True)
    (modules / ".bin" / "esbuild").write_text(ESBUILD)
    (modules / ".bin" / "esbuild").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = install._bundle(modules)
    assert (folder / "index.js").read_text() == "index.mjs"
