"""Puts what the functions under test need into ``.cache/bench``, once."""

from __future__ import annotations

import hashlib
import platform
import shutil
import ssl
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import trustme

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CACHE = ROOT / ".cache" / "bench"
FUNCTIONS = HERE / "functions"
LAMBDA_SRC = ROOT / "lambda_src"
#: The Node of the wheel, as everything else has it.
NODE = (sys.executable, ROOT / "scripts" / "node.py")
LOCKED = ("--require-hashes", "-r")
_MACHINES = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}


class CannotRun(Exception):
    """Something that the benchmark needs is missing; the message is for the user."""


@dataclass(frozen=True)
class Installed:
    """Where everything is.

    :param tasks: folders as Lambda has them in /var/task: without bytecode, and with it
    :param layers: the same in /opt/python
    :param trusted: who vouches for the certificate
    :param ca_bundle: the same, with everybody whom the machine trusts
    """

    python: Path
    node: Path
    runtime_client: Path
    bundle: Path
    tasks: dict[str, Path]
    layers: dict[str, Path]
    certificate: Path
    key: Path
    trusted: Path
    ca_bundle: Path


def install(python: Path) -> Installed:
    """Install and stage everything; what has been installed before is left as it is.

    :param python: the interpreter that the functions run in
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    in_venv = _virtual_environment(python)
    modules = _node_modules()
    node = modules / f"node-linux-{_MACHINES.get(platform.machine(), '')}" / "bin" / "node"
    if not node.exists():
        raise CannotRun("the benchmark runs on Linux, on x86_64 or arm64")
    tasks, layers = _staged(in_venv, LAMBDA_SRC, CACHE / "deployed")
    return Installed(
        python=in_venv,
        node=node,
        runtime_client=modules / "aws-lambda-ric" / "index.mjs",
        bundle=_bundle(modules),
        tasks=tasks,
        layers=layers,
        **_certificates(),
    )


def _run(*command: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise CannotRun(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}".rstrip())


def _installed(mark: Path, sources: Sequence[Path], extra: str = "") -> bool:
    """Return whether ``mark`` says that these very sources have been installed; the caller writes it."""
    return mark.exists() and mark.read_text() == _digest(sources, extra)


def _digest(sources: Sequence[Path], extra: str = "") -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources) + extra.encode()).hexdigest()


def _virtual_environment(python: Path) -> Path:
    version = subprocess.run([python, "-VV"], capture_output=True, text=True, check=True).stdout
    folder, requirements = CACHE / "venv", HERE / "requirements.txt"
    mark = folder / "installed"
    if not _installed(mark, [requirements], version):
        print(f"installing {requirements.relative_to(ROOT)} into {folder.relative_to(ROOT)}")
        _run(python, "-m", "venv", "--clear", folder)
        _run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", *LOCKED, requirements)
        mark.write_text(_digest([requirements], version))
    return folder / "bin" / "python"


def _node_modules() -> Path:
    folder, package = CACHE / "node", HERE / "package.json"
    sources = [package, HERE / "package-lock.json"]
    mark = folder / "installed"
    if not _installed(mark, sources):
        print(f"installing {package.relative_to(ROOT)} into {folder.relative_to(ROOT)}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for source in sources:
            shutil.copy(source, folder)
        _run(*NODE, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", cwd=folder)
        mark.write_text(_digest(sources))
    return folder / "node_modules"


def _bundle(modules: Path) -> Path:
    folder = modules.parent / "task"
    folder.mkdir(exist_ok=True)
    shutil.copy(FUNCTIONS / "index.mjs", modules.parent)
    shutil.copy(FUNCTIONS / "relay.mjs", folder)
    options = ["--bundle", "--minify", "--platform=node", "--target=node22", "--format=cjs"]
    esbuild = modules / ".bin" / "esbuild"
    # by Node's name: its own first line looks for a Node on the PATH
    _run(*NODE, esbuild, "index.mjs", *options, f"--outfile={folder / 'index.js'}", cwd=modules.parent)
    return folder


def at_commit(installed: Installed, commit: str) -> Installed:
    """Stage the chat function and the layer of another commit beside those of the working tree.

    :param commit: whatever git takes for one
    """
    folder = CACHE / "at_commit"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    _run(
        "git",
        "-c",
        "safe.directory=*",
        "-C",
        ROOT,
        "archive",
        f"--output={folder / 'sources.tar'}",
        commit,
        "lambda_src",
    )
    with tarfile.open(folder / "sources.tar") as sources:
        sources.extractall(folder)  # noqa: S202 - git made it
    tasks, layers = _staged(installed.python, folder / "lambda_src", folder / "deployed")
    return replace(installed, tasks=tasks, layers=layers)


def _staged(python: Path, lambda_src: Path, to: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    """Copy the sources without bytecode, as they are deployed, and once more with it."""
    tasks, layers = {}, {}
    ignored = shutil.ignore_patterns("__pycache__")
    for kind in ("source", "bytecode"):
        folder = to / kind
        shutil.rmtree(folder, ignore_errors=True)
        tasks[kind], layers[kind] = folder / "task", folder / "layer"
        shutil.copytree(FUNCTIONS, tasks[kind], ignore=ignored)
        shutil.copytree(lambda_src / "chat", tasks[kind] / "chat", ignore=ignored)
        shutil.copytree(lambda_src / "layer" / "python", layers[kind], ignore=ignored)
    compile_all = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    _run(python, *compile_all, tasks["bytecode"], layers["bytecode"])
    return tasks, layers


def _certificates() -> dict[str, Path]:
    """Make a certificate for loopback, and a bundle of it and everything that the machine trusts."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    certificate, key, trusted = (CACHE / name for name in ("cert.pem", "key.pem", "trusted.pem"))
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(trusted)
    bundle = CACHE / "bundle.pem"
    system = ssl.get_default_verify_paths().cafile
    everybodys = Path(system).read_text("utf-8") if system else ""
    bundle.write_text(everybodys + trusted.read_text("utf-8"), "utf-8")
    return {"certificate": certificate, "key": key, "trusted": trusted, "ca_bundle": bundle}
