"""Find what Deque's axe-core, https://github.com/dequelabs/axe-core, has against a page."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "tests" / "pins" / "axe"
FOLDER = ROOT / ".cache" / "axe"
RUN = """async () => {
  const { violations } = await axe.run();
  return violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(" ")}`);
}"""


def violations(page: Page) -> list[str]:
    """Return what axe-core finds in a page as it is now: the rule, and the elements that break it."""
    page.evaluate(_axe().read_text("utf-8"))
    found: list[str] = page.evaluate(RUN)
    return found


def _axe() -> Path:
    script = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
    marker = FOLDER / ".installed"
    lock = (PINS / "package-lock.json").read_text("utf-8")
    if not marker.exists() or marker.read_text("utf-8") != lock:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINS / name, FOLDER)
        npm = [sys.executable, str(ROOT / "scripts" / "node.py"), "npm", "ci", "--ignore-scripts"]
        subprocess.run([*npm, "--no-audit", "--no-fund"], cwd=FOLDER, check=True, capture_output=True)
        marker.write_text(lock, "utf-8")
    return script
