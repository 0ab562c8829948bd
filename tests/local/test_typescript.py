"""The cloud assembly of an app in TypeScript, with AWS's own library and nothing of ours."""

from __future__ import annotations

import shutil
from pathlib import Path

from streaming_api_tools.local.templates.cloud_assembly import load_assembly
from tests.local.serving import Client, Serving
from tests.support.cdk_javascript import synthesize

APP = Path(__file__).with_name("typescript") / "app.ts"


def test_typescript_app_is_served_like_any_other(tmp_path: Path) -> None:
    folder = tmp_path / "typescript"
    folder.mkdir()
    application = load_assembly(synthesize(Path(shutil.copy(APP, folder))), None, "us-east-1", tmp_path)
    with Serving(application) as serving, Client(serving.url) as client:
        response = client.send("GET", "/prod/items/a%20b")
        assert (response.status, response.read()) == (202, b"a b")
