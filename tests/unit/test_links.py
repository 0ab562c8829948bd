"""Link packages to their sources or documentation: a page of an index says who uploaded, not what it is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INDEX = re.compile(r"https?://(?:www\.)?(?:pypi\.org|pypi\.python\.org|npmjs\.com|www\.npmjs\.com)/\S*")
TEXTS = ("*.md", "*.py", "*.toml", "*.in", "*.mjs", "*.cjs", "*.template")


def test_no_link_leads_to_a_package_index() -> None:
    # the checkout may belong to somebody else
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z", *TEXTS]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert len(files) > 500
    found = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in files
        if path != Path(__file__)
        for link in INDEX.findall(path.read_text("utf-8"))
    ]
    assert found == []
