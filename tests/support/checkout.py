"""Copy the checkout to where people have theirs: below a path that a shell would split or misread."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What is installed or made; a copy shares it.
SHARED = (".venv", ".ministack", "node_modules", ".cache")
#: What the reference deployment, the demonstration and the tools are made of.
SOURCES = (
    *("cdk_streaming_api", "lambda_src", "scripts", "stacks"),
    *("streaming_api_templates", "streaming_api_tools"),
)
FILES = ("Makefile", "app.py", "cdk.json", "package.json", "pyproject.toml", "setup.py")


def odd_checkout(folder: Path) -> Path:
    """Return a copy of the checkout in a path with a space, parentheses, an apostrophe and another letter.

    :param folder: gets the copy
    """
    copy = folder / "Zoë's code (2)"
    copy.mkdir()
    for name in SHARED:
        (ROOT / name).mkdir(exist_ok=True)
        (copy / name).symlink_to(ROOT / name)
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy2(ROOT / name, copy)
    return copy
