"""Write wheels and functions that need them, so that nothing is downloaded."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from cdk_streaming_api import bundle

ANY = "py3-none-any"
SCRIPT = "[console_scripts]\ntool = one:main\n"


def wheel(folder: Path, name: str, tag: str = ANY, files: Mapping[str, str] | None = None) -> str:
    """Write a wheel of version 1.0; return its line of a requirements file, with its hash."""
    path = folder / f"{name}-1.0-{tag}.whl"
    information = f"{name}-1.0.dist-info"
    content = {
        f"{name}/__init__.py": f"NAME = {name!r}\n",
        **(files or {}),
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{information}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = ""
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in content.items():
            archive.writestr(each, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{each},sha256={digest},{len(text)}\n"
        archive.writestr(f"{information}/RECORD", f"{record}{information}/RECORD,,\n")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


class Project:
    """A function in a folder whose path has a space, with an index of wheels beside it."""

    def __init__(self, folder: Path) -> None:
        self.wheels = folder / "wheels"
        self.source = folder / "my functions" / "search"
        self.output = self.source.parent / "build" / "search"
        self.wheels.mkdir()
        self.source.mkdir(parents=True)
        self.write("app.py", "import one\n")

    def write(self, name: str, text: str) -> Path:
        """Write a file of the function."""
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def need(self, *lines: str) -> None:
        """Write the requirements."""
        index = ["--no-index", f"--find-links {self.wheels.as_uri()}"]
        self.write("requirements.txt", "\n".join([*index, *lines]) + "\n")

    def bundle(self, *options: str) -> int:
        """Run the command."""
        return bundle.main([str(self.source), *options])

    def files(self) -> set[str]:
        """Return the files of the bundle, without the information about packages."""
        found = (path for path in self.output.rglob("*") if path.is_file())
        names = {path.relative_to(self.output).as_posix() for path in found}
        return {name for name in names if ".dist-info/" not in name} - {".bundle.json"}
