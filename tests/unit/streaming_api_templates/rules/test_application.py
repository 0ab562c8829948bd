"""Find an ASGI or WSGI application in the asset of a function, and nothing outside of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streaming_api_templates.rules.engine import find
from streaming_api_templates.template.template import Template
from tests.unit.streaming_api_templates.rules.cases.spoiling import PYTHON
from tests.unit.streaming_api_templates.rules.templates import changed

SOURCE = "import lambda_streaming\nfrom mine import app\nhandler = lambda_streaming.asgi(app)\n"


def found(folder: Path, handler: str, **more: Any) -> list[str]:  # noqa: ANN401
    """Return the rules that a template with an asset breaks."""
    code = {"S3Bucket": "assets", "S3Key": "abc.zip"}
    changes = {**PYTHON, "Function.Properties.Code": code, "Function.Properties.Handler": handler, **more}
    template = Template("t.json", changed(changes), assets={"abc.zip": folder})
    return [each.rule.id for each in find([template])]


@pytest.mark.parametrize(("file", "handler"), [("app.py", "app.handler"), ("web/app.py", "web.app.handler")])
def test_application_in_an_asset_is_found_by_its_handler(tmp_path: Path, file: str, handler: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(SOURCE, "utf-8")
    assert found(tmp_path, handler) == ["STREAM043"]
    assert found(tmp_path, handler, **{"Api.Properties.BinaryMediaTypes": ["image/png"]}) == []


@pytest.mark.parametrize(
    "handler", ["../app.handler", "other.handler", "handler", "ROOT/app.handler", "a\0b.c"]
)
def test_application_that_cannot_be_read_is_not_known(tmp_path: Path, handler: str) -> None:
    folder = tmp_path / "asset"
    folder.mkdir()
    (tmp_path / "app.py").write_text(SOURCE, "utf-8")
    assert found(folder, handler.replace("ROOT", str(tmp_path))) == []


def test_application_of_an_asset_that_is_a_file_is_not_known(tmp_path: Path) -> None:
    archive = tmp_path / "asset.zip"
    archive.write_bytes(b"PK")
    assert found(archive, "app.handler") == []


def test_application_without_the_layer_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SOURCE, "utf-8")
    assert "STREAM043" not in found(tmp_path, "app.handler", **{"Function.Properties.Layers": []})
