"""The app of docs/how-to-other-tools.md, as the page says, in a folder."""

from __future__ import annotations

import re
from pathlib import Path

import distributions

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to-other-tools.md"
LAYER = re.compile(r"lambda-streaming-layer-[\w.]+\.zip")


def block(language: str, beginning: str = "") -> str:
    """Return the one block of the page in a language that begins so."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    (code,) = [code for code in blocks if code.startswith(beginning)]
    found: str = code
    return found


def files() -> dict[str, str]:
    """Return the files of the page by their names."""
    return {
        "countdown/app.py": block("python"),
        "template.yaml": block("yaml", "AWSTemplateFormatVersion"),
        "api.yaml": block("yaml", "openapi"),
        "main.tf": block("hcl"),
        "app.ts": block("ts"),
    }


def write(folder: Path) -> Path:
    """Write the files of the page into a folder, with the layer beside them; return the folder."""
    (folder / "countdown").mkdir()
    for name, text in files().items():
        (folder / name).write_text(text, "utf-8")
    zipped = distributions.layer(ROOT / "lambda_src" / "layer", ROOT / "LICENSE")
    (folder / layer_name()).write_bytes(zipped)
    return folder


def layer_name() -> str:
    """Return the name of the layer's file in the release that is next."""
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (version,) = re.findall(r'^version = "(.+)"$', project, re.MULTILINE)
    return f"lambda-streaming-layer-{version}.zip"
