"""Our reading of SAM against aws-sam-translator: what both make of a template says the same about HTTP.

The results of the translator are committed; ``make oracles`` asks the translator itself.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from streaming_api_templates.rules.engine import find
from streaming_api_templates.rules.rule import Severity
from streaming_api_templates.template.template import Template
from tests.unit.streaming_api_templates.expand.sam_readings import reading, templates

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
TABLE = HERE / "sam_translated.json"
PYTHON = ROOT / ".cache" / "oracles" / "bin" / "python"
TEMPLATES = templates()
TRANSLATED: dict[str, Any] = json.loads(TABLE.read_text("utf-8")) if TABLE.exists() else {}
#: Where our reading differs from the translator's, and why: template and place -> reason.
DIFFERENCES: dict[tuple[str, str], str] = {
    ("http-api.yaml", "permissions"): "nothing judges the permissions of HTTP APIs, so they are not read"
}


def flattened(value: object, place: str = "") -> dict[str, object]:
    """Return the leaves of a reading by their place."""
    if isinstance(value, dict) and value:
        return {
            name: leaf
            for key, each in value.items()
            for name, leaf in flattened(each, f"{place}.{key}" if place else str(key)).items()
        }
    return {place: value}


@pytest.mark.parametrize("name", TEMPLATES)
def test_sam_reading_equals_the_translators(name: str) -> None:
    expected = TRANSLATED["results"][name]
    if "refused" in expected:
        found = find([Template("t", TEMPLATES[name])])
        assert any(each.rule.severity is Severity.ERROR for each in found), expected["refused"]
        return
    ours, theirs = flattened(reading(TEMPLATES[name])), flattened(expected["reading"])
    different = {
        place: {"ours": ours.get(place), "SAM's": theirs.get(place)}
        for place in ours.keys() | theirs.keys()
        if ours.get(place) != theirs.get(place) and (name, place) not in DIFFERENCES
    }
    assert different == {}


def test_sam_listed_differences_exist() -> None:
    for (name, place), reason in DIFFERENCES.items():
        theirs = flattened(TRANSLATED["results"][name]["reading"])
        assert flattened(reading(TEMPLATES[name])).get(place) != theirs.get(place), (name, place, reason)


def results() -> dict[str, Any]:
    """Return the translator's version, and what its results say about HTTP."""
    done = subprocess.run(
        [str(PYTHON), str(HERE / "translate.py")],
        input=json.dumps(TEMPLATES),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    for result in found["results"].values():
        if "template" in result:
            result["reading"] = reading(result.pop("template"))
    return found


@pytest.mark.skipif(not PYTHON.exists(), reason="'make oracles' installs the translator and runs this")
def test_sam_table_equals_the_output_of_the_translator() -> None:
    assert results() == TRANSLATED
