"""Apps as `cdk synth` would build them: with the context of cdk.json."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from stacks.chat_stack import ChatStack
from stacks.settings import DeploymentSettings

ROOT = Path(__file__).resolve().parents[2]


def new_app(context: dict[str, object], folder: Path) -> cdk.App:
    """Return an app without the validator that dominates the time of every synthesis."""
    return cdk.App(
        context=context,
        outdir=str(folder),
        builtin_cloud_formation_validation=False,
        analytics_reporting=False,
    )


@pytest.fixture(scope="session")
def context() -> dict[str, object]:
    """The context of cdk.json."""
    values: dict[str, object] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    return values


@pytest.fixture
def app(context: dict[str, object], tmp_path: Path) -> cdk.App:
    """An empty app."""
    return new_app(context, tmp_path / "cdk.out")


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    """An empty stack."""
    return cdk.Stack(app, "Test")


@pytest.fixture(scope="session")
def assembly(context: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the synthesized reference deployment, with its default settings."""
    folder = tmp_path_factory.mktemp("reference") / "cdk.out"
    app = new_app(context, folder)
    ChatStack(app, "StreamingChat", settings=DeploymentSettings())
    app.synth()
    return folder


@pytest.fixture(scope="session")
def template(assembly: Path) -> Template:
    """The template of the reference deployment."""
    return Template.from_json(json.loads((assembly / "StreamingChat.template.json").read_text("utf-8")))
