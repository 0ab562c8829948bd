"""Put the FastAPI application and what it needs into build/catalogue, without Docker.

``cdk`` runs it before each synth, as cdk.json says. The packages are those for Lambda; ``--here`` takes those
for this machine, for the local gateway.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE / "build" / "catalogue"
FOR_LAMBDA = "--platform=manylinux2014_aarch64 --python-version=3.14 --implementation=cp --only-binary=:all:"


def main() -> None:
    """Install once; copy the application each time."""
    options = [] if "--here" in sys.argv else FOR_LAMBDA.split()
    wanted = (HERE / "catalogue" / "requirements.txt").read_text("utf-8") + " ".join(options)
    marker = TARGET.with_suffix(".txt")
    if not marker.exists() or marker.read_text("utf-8") != wanted:
        shutil.rmtree(TARGET, ignore_errors=True)
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-compile",
        ]
        source = ["--target", str(TARGET), "--requirement", str(HERE / "catalogue" / "requirements.txt")]
        subprocess.run([*pip, *options, *source], check=True)
        marker.write_text(wanted, "utf-8")
    shutil.copy(HERE / "catalogue" / "app.py", TARGET)


if __name__ == "__main__":
    main()
