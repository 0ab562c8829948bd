"""Bundle the benchmark's Node function on a machine that has no Node of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.runtime import install

#: As npm links it: a script whose first line looks for Node on the PATH.
ESBUILD = """#!/usr/bin/env node
const out = process.argv.find((each) => each.startsWith("--outfile="));
require("fs").writeFileSync(out.slice("--outfile=".length), process.argv[2]);
"""


def test_bundle_needs_no_node_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = tmp_path / "node_modules"
    (modules / ".bin").mkdir(parents=True)
    (modules / ".bin" / "esbuild").write_text(ESBUILD)
    (modules / ".bin" / "esbuild").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = install._bundle(modules)
    assert (folder / "index.js").read_text() == "index.mjs"
