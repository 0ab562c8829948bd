"""Follow README, the tutorial and every how-to from the wheel, in an empty folder."""

from __future__ import annotations

import hashlib
import json
import shutil
import textwrap
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.cdk_javascript import synthesize
from tests.support.wheels import wheel as wheel_of
from tests.wheel.conftest import ROOT, run
from tests.wheel.following import (
    Add,
    Elsewhere,
    Exchange,
    Reader,
    Run,
    Shown,
    Step,
    Write,
    Written,
    blocks,
)
from tests.wheel.test_examples import gateway

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", DOCS / "tutorial.md", *sorted(DOCS.glob("how-to*.md"))]
pytestmark = pytest.mark.timeout(900)

LATER = "tests/docs/test_how_to.py::"
MCP = Elsewhere("tests/docs/test_tutorial_mcp.py::def folder")
CHECKOUT = Elsewhere("tests/deploy/test_make_local.py::test_make_local_curl_of_the_readme")
DEMO = Elsewhere("tests/deploy/test_demo.py::test_make_demo_deploys_streams_and_proves_as_in_the_readme")
#: In a stack of a test below, with what the page takes as given.
FRAME = Elsewhere("tests/wheel/test_pages.py::def test_pages_statements_of_a_stack")
STEPS: dict[str, list[Step]] = {
    "README": [
        Elsewhere("tests/wheel/test_wheel.py::test_wheel_installs_its_dependencies_into_an_empty"),
        FRAME,
        FRAME,
        DEMO,
        DEMO,
        DEMO,
        CHECKOUT,
    ],
    "tutorial": [
        DEMO,
        CHECKOUT,
        CHECKOUT,
        Elsewhere("tests/page/test_server.py::test_open_command_prints_its_address"),
        Elsewhere("tests/docs/test_blocks.py::test_tutorial_smoke_proves_streaming"),
        Write("countdown/app.py"),
        Write("tutorial_app.py"),
        Run(serves=True),
        Run(),
        Shown("begins"),
        *[MCP] * 7,
        Run(),
        Elsewhere("tests/deploy/test_make_deploy.py::test_make_deploy_without_credentials_stops"),
    ],
    "how-to": [
        Elsewhere("tests/docs/test_blocks.py::test_how_to_heartbeat_example_streams"),
        Elsewhere("tests/docs/test_blocks.py::test_how_to_explain_command_finds_the_error"),
    ],
    "how-to-browser": [Elsewhere("tests/page/test_docs.py::how-to-browser"), FRAME],
    "how-to-keys": [
        FRAME,
        Elsewhere(f"{LATER}test_how_to_keys_command_creates_the_secret"),
        Elsewhere(f"{LATER}test_how_to_keys_program_is_the_one_in_the_formats_page"),
        *[Elsewhere(f"{LATER}test_how_to_keys_every_team_member_has_a_local_key")] * 2,
        Elsewhere("tests/store/test_keys.py::test_keys_are_added_rotated_and_revoked"),
        FRAME,
        Elsewhere(f"{LATER}test_how_to_keys_attributes_are_what_the_authorizer_reads"),
    ],
    "how-to-migrate": [
        *[Elsewhere(f"{LATER}test_how_to_migrate_function_sends_the_same_lines")] * 2,
        FRAME,
        Elsewhere(f"{LATER}test_how_to_migrate_method_and_function_keep_their_ids"),
        FRAME,
    ],
    "how-to-other-tools": [
        Run(),
        Write("countdown/app.py"),
        Write("template.yaml"),
        Run(serves=True),
        Run(),
        Shown(),
        Write("api.yaml"),
        Write("main.tf"),
        Run(),
        Write("app.ts"),
        Run(),
    ],
    "how-to-own-app": [
        Elsewhere("tests/wheel/test_wheel.py::test_wheel_installs_its_dependencies_into_an_empty"),
        Elsewhere("tests/wheel/test_wheel.py::test_wheel_runs_its_command_by_itself_with_uvx"),
        Run(),
        Elsewhere("tests/wheel/test_init.py::test_init_app_installs_its_requirements"),
        Written("hello/app.py"),
        Written("app.py"),
        Run(serves=True),
        Run(),
        Shown(),
        Elsewhere("tests/deploy/test_delivery_variants.py::test_deploy_script_runs_the_three_commands"),
        Elsewhere("tests/unit/cdk_streaming_api/bundle/test_refusals.py::test_bundle_lock_command"),
        Run(),
        Shown(),
        Exchange("app.py"),
        Add("cdk.json"),
        Run(),
    ],
    "how-to-resume": [
        Write("app.py"),
        Elsewhere("tests/store/test_event_source.py::test_resume_docs_page_has_every_byte_once"),
        Elsewhere("tests/store/test_chat_command.py::test_chat_command_that_is_cut_twice_goes_on"),
        Elsewhere("tests/store/test_chat_command.py::test_chat_command_that_is_left_tells_how"),
        Elsewhere("tests/clients/test_stored_responses.py::test_stored_responses_example_of_the_page"),
    ],
}
#: What a page takes as there: page -> number of a block -> what makes it.
GIVEN: Mapping[str, Mapping[int, Callable[[Path, Path], object]]] = {
    "how-to-other-tools": {
        0: lambda folder, built: _release(folder, built),
        10: lambda folder, built: synthesize(folder / "app.ts"),
    },
    "how-to-own-app": {11: lambda folder, built: _locked(folder)},
}


def _release(folder: Path, built: Path) -> None:
    """Put the files of a release there, with their hashes."""
    names = sorted(path.name for path in built.iterdir())
    for name in names:
        shutil.copy(built / name, folder)
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8")


def _locked(folder: Path) -> None:
    """Lock the one package that the function has, in an index of its own."""
    lock = f"--no-index\n--find-links {folder.as_uri()}\n{wheel_of(folder, 'one')}\n"
    (folder / "hello" / "requirements.txt").write_text(lock, "utf-8")


def test_pages_are_all_followed() -> None:
    assert {page.stem for page in PAGES} == set(STEPS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_followed_from_the_wheel_in_an_empty_folder(
    page: Path, built: Path, python: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    given = {
        number: lambda folder, make=make: make(folder, built)
        for number, make in GIVEN.get(page.stem, {}).items()
    }
    with Reader(folder, python) as reader:
        reader.follow(page, STEPS[page.stem], given)
    if page.stem == "how-to-resume":
        run("env", f"CDK_OUTDIR={folder / 'cdk.out'}", python, "-s", "app.py", cwd=folder)
        (template,) = (folder / "cdk.out").glob("*.template.json")
        assert "AWS::DynamoDB::Table" in template.read_text("utf-8")


#: Stack -> its page, the statements before the block of the page, the numbers of the blocks, and those after.
POOL = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_abc"
MODEL = 'model = BedrockModel("amazon.nova-lite-v1:0")\n'
FRAMES = {
    "Readme": (
        "README",
        "",
        [1],
        'own = StreamingFunction(self, "Own", code=lambda_.Code.from_asset("own"), handler="app.handler")\n'
        'api.add_stream("own", http_method="GET", handler=own)\n',
    ),
    "Browser": (
        "how-to-browser",
        f'{MODEL}user_pool = cognito.UserPool.from_user_pool_arn(self, "Pool", "{POOL}")\n',
        [1],
        "",
    ),
    "Keys": ("how-to-keys", MODEL, [0], ""),
    "Limited": (
        "how-to-keys",
        MODEL,
        [6],
        'StreamingApi(self, "Api", model=model, authorizer=keys).add_stream("chat")\n',
    ),
    "Migrated": ("how-to-migrate", "", [2, 4], ""),
}
HEAD = """\
import aws_cdk as cdk
from aws_cdk import Duration, aws_apigateway as apigateway, aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_, aws_secretsmanager as secretsmanager
from cdk_streaming_api import ApiKeyAuthorizer, BedrockModel, Stream, StreamingApi, StreamingFunction

app = cdk.App()
"""
STACK = """
class {name}(cdk.Stack):
    def __init__(self, scope, construct_id):
        super().__init__(scope, construct_id)
{body}

{name}(app, "{name}")
"""


def _body(page: str, before: str, numbers: list[int], after: str) -> str:
    path = next(each for each in PAGES if each.stem == page)
    found = blocks(path)
    return textwrap.indent(before + "".join(found[number][1] for number in numbers) + after, " " * 8)


def test_pages_statements_of_a_stack_synthesize_and_stream(python: Path, tmp_path: Path) -> None:
    stacks = [STACK.format(name=name, body=_body(*frame)) for name, frame in FRAMES.items()]
    (tmp_path / "app.py").write_text("".join([HEAD, *stacks, "app.synth()\n"]), "utf-8")
    for folder, page, number in (("own", ROOT / "README.md", 2), ("orders", DOCS / "how-to-migrate.md", 1)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "app.py").write_text(blocks(page)[number][1], "utf-8")
    given = [f"CDK_OUTDIR={tmp_path / 'cdk.out'}", "CDK_VALIDATION=false"]
    run("env", *given, python, "-s", "app.py", cwd=tmp_path)
    for name in FRAMES:
        template = (tmp_path / "cdk.out" / f"{name}.template.json").read_text("utf-8")
        methods = [
            each["Properties"]
            for each in json.loads(template)["Resources"].values()
            if "Method" in each["Type"]
        ]
        assert "STREAM" in {each["Integration"].get("ResponseTransferMode") for each in methods}, name
    for name, path, events in (("Readme", "own", 10), ("Migrated", "orders/3", 3)):
        with (
            gateway(python, tmp_path / "cdk.out", name, tmp_path / f"{name}.log") as url,
            urllib.request.urlopen(f"{url}/{path}") as answer,
        ):
            assert len(list(filter(str.strip, answer.read().decode().splitlines()))) == events
