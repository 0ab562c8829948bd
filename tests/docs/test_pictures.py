"""The pictures of arrivals are drawn by the project's own tester."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pictures import IMAGES, arrivals, collecting

from tests.support.gateway import Serving
from tests.support.templates import ROOT, application, integration, template


def written(picture: Path) -> list[str]:
    """Return where the events were written, on the axis of a picture."""
    return re.findall(r'<circle cx="([\d.]+)" cy="96"', picture.read_text("utf-8"))


def title(picture: Path) -> str:
    """Return the title of a picture."""
    return ElementTree.parse(picture).findtext("{http://www.w3.org/2000/svg}title") or ""


def test_pictures_of_arrivals_are_of_one_challenge_streamed_and_buffered() -> None:
    streamed, buffered = IMAGES / "arrivals-streamed.svg", IMAGES / "arrivals-buffered.svg"
    assert title(streamed).startswith("STREAMING: ")
    assert title(buffered).startswith("BUFFERED: ")
    assert len(written(streamed)) == len(written(buffered)) == 17


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The probe function on the local gateway."""
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": str(ROOT / "lambda_src"),
            "Handler": "probe.handler.handler",
            "Runtime": "python3.13",
            "Timeout": 30,
            "Layers": [{"Ref": "Layer"}],
        },
    }
    content = template({"POST /probe": {"integration": integration("Probe", {})}}, Probe=function)
    with Serving(application(content, tmp_path_factory.mktemp("probe"))) as serving:
        yield serving.url


def drawn(url: str, picture: Path) -> str:
    """Draw a picture, with longer gaps while a busy machine leaves it open how the events came."""
    for times in (1, 1, 2, 4, 8):
        verdict = arrivals(url, picture, "--gaps", "12", "--gap-ms", str(50 * times), str(120 * times))
        if verdict != "INCONCLUSIVE":
            break
    return verdict


def test_pictures_of_arrivals_can_be_made_again(probe: str, tmp_path: Path) -> None:
    picture = tmp_path / "arrivals.svg"
    assert drawn(probe, picture) == "STREAMING"
    with collecting(probe) as proxy:
        assert drawn(proxy, picture) == "BUFFERED"
    assert title(picture) == "BUFFERED: http://127.0.0.1:3000/prod/probe"
