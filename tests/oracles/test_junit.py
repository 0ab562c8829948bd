"""The JUnit files of the tester against the schema of Jenkins' xUnit plugin, which pytest's sdist carries."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from streaming_api_tools.checks.result import CheckResult
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.classify import RunFinding
from streaming_api_tools.measure.series import conclude
from streaming_api_tools.measure.verdicts import Verdict
from streaming_api_tools.smoke.junit import case_of, junit

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".cache" / "oracles" / "bin" / "python"
SCHEMA = "testing/example_scripts/junit-10.xsd"
HOSTILE = ("", "]]>", "\x1b[31m<&\"'\0", "\ud800 \uffff", "é漢🙂\n\t" * 50)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the schema, out of the sdist that the pins name."""
    folder = tmp_path_factory.mktemp("pytest")
    pins = (ROOT / "requirements-dev.txt").read_text("utf-8")
    (pin,) = re.findall(r"^pytest==(?:.*\\\n)+.*$", pins, re.MULTILINE)
    (folder / "pin.txt").write_text(pin, "utf-8")
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*pip, "--require-hashes", "-r", "pin.txt"], cwd=folder, check=True, capture_output=True)
    (sdist,) = folder.glob("pytest-*.tar.gz")
    with tarfile.open(sdist) as archive:
        found = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/{SCHEMA}")
        assert found
        (folder / "junit-10.xsd").write_bytes(found.read())
    return folder / "junit-10.xsd"


def documents() -> dict[str, str]:
    """Return a document of each kind that the tester can write."""
    cases = [CheckResult(name, name, "", {}) for name in ("passed", "failure", "error", "skipped")]
    cases += [CheckResult("x", "failure", text, {"r": 0.5, "note": text}, next_step=text) for text in HOSTILE]
    written = {"every outcome": junit("https://example.com/", cases, "2026-11-29T12:00:00+00:00")}
    for verdict in Verdict:
        finding = RunFinding(verdict, ("it is so",))
        case = case_of(conclude([finding], CadenceLimits()), 4.25)
        written[verdict.value] = junit("StreamingChat", [case], "2026-11-29T12:00:00+00:00")
    return written


@pytest.mark.skipif(not PYTHON.exists(), reason="'make oracles' installs what reads the schema and runs this")
def test_junit_files_are_valid_by_the_schema_of_jenkins(schema: Path, tmp_path: Path) -> None:
    files = []
    for number, text in enumerate(documents().values()):
        files.append(tmp_path / f"{number}.xml")
        files[-1].write_text(text, "utf-8")
    assert broken(schema, *files) == ""
    (tmp_path / "wrong.xml").write_text(files[0].read_text("utf-8").replace("testcase", "test"), "utf-8")
    assert "wrong.xml" in broken(schema, tmp_path / "wrong.xml")


def broken(schema: Path, *files: Path) -> str:
    """Return what the files break of the schema."""
    script = Path(__file__).with_name("junit_validate.py")
    done = subprocess.run(
        [PYTHON, script, schema, *files], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
