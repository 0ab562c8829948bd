"""Name the newest release of each client in its .in file, and write its hashes.

``python scripts/bump_pins.py`` runs in the environment of the pins, as scripts/pins.py does. A comment in an
.in file, such as ``# openai>=3,<4``, bounds the releases of a package; every other one gets its newest.
.github/workflows/clients.yml runs it on a schedule.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from pins import CLIENTS, ROOT, compile_requirements

#: A package with its extras, its version, and its marker.
LINE = re.compile(r"(?P<name>[A-Za-z0-9.-]+)(?P<extras>\[[^]]*\])?(?:==(?P<version>\S+))?(?P<marker> ;.*)?")
BOUND = re.compile(r"# (?P<name>[A-Za-z0-9.-]+)(?P<bound>[<>=].*)")


def loosened(text: str) -> str:
    r"""Return an .in file with its bounds in place of its versions.

    >>> loosened("# openai>=3,<4\nopenai==3.1.0\nboto3==1.2\n")
    'openai>=3,<4\nboto3\n'
    """
    bounds = {found["name"]: found["bound"] for found in map(BOUND.fullmatch, text.splitlines()) if found}
    found = [LINE.fullmatch(line) for line in text.splitlines() if not line.startswith("#")]
    return "".join(
        f"{each['name']}{each['extras'] or ''}{bounds.get(each['name'], '')}{each['marker'] or ''}\n"
        for each in found
        if each
    )


def fixed(text: str, resolved: str) -> str:
    r"""Return an .in file with the versions that were resolved.

    >>> fixed("# openai>=3,<4\nopenai==3.1.0\n", "openai==3.2.0 \\\n    --hash=sha256:0\n")
    '# openai>=3,<4\nopenai==3.2.0\n'
    """
    versions = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", resolved, re.MULTILINE))
    lines = []
    for line in text.splitlines():
        found = LINE.fullmatch(line)
        if found and not line.startswith("#"):
            line = f"{found['name']}{found['extras'] or ''}=={versions[found['name']]}{found['marker'] or ''}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def bump(name: str) -> None:
    """Write the .in and the .txt file of a client anew."""
    source = ROOT / f"{name}.in"
    text = source.read_text("utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        draft = Path(scratch) / "draft"
        draft.with_suffix(".in").write_text(loosened(text), "utf-8")
        compile_requirements(str(draft), "--upgrade")
        source.write_text(fixed(text, draft.with_suffix(".txt").read_text("utf-8")), "utf-8")
    compile_requirements(name, "--upgrade")


if __name__ == "__main__":
    for each in sys.argv[1:] or CLIENTS:
        print(each, flush=True)
        bump(each)
