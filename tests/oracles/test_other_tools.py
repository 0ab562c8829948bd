"""The apps of docs/how-to-other-tools.md, judged by the makers of these tools.

SAM's own translator and the compiler of TypeScript read them as they are. No package registry has Terraform:
its configuration is parsed by HashiCorp's own parser, compiled to WebAssembly, and held against the schema of
the provider, from which bindings for other languages are generated.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from streaming_api_templates.rules.engine import find
from streaming_api_templates.rules.subjects.read import read_subjects
from streaming_api_templates.template.template import Template
from streaming_api_templates.template.yaml import parse
from tests.oracles import npm, terraform_schema
from tests.oracles.terraform_check import problems
from tests.support.cdk_javascript import link_libraries
from tests.support.other_tools import PAGE, ROOT, files

TRANSLATE = ROOT / "tests" / "unit" / "streaming_api_templates" / "expand" / "translate.py"
TRANSLATOR = ROOT / ".cache" / "oracles" / "bin" / "python"
TSC = "--noEmit --strict --skipLibCheck --target es2022 --module nodenext --moduleResolution nodenext app.ts"
TERRAFORM = files()["main.tf"]
#: What is spoilt in the configuration -> what is said about it.
SPOILT = {
    ("}\n\nresource", "\n\nresource"): "syntax",
    ("timeout          = 900", 'timeout          = "fifteen minutes"'): "has a value of another type",
    ("  handler  ", "  handle  "): "has no argument handle",
    ("  stage_name    = ", "  # "): "lacks stage_name",
    ("access_log_settings {", "access_log_setting {"): "has no argument access_log_setting",
    ("endpoint_configuration {", "endpoint_configuration = {"): "is a block",
    ("    types = ", "    kinds = "): "has no argument kinds",
    ('"aws_lambda_layer_version" "', '"aws_lambda_layer" "'): "aws_lambda_layer is no resource",
    (".response_streaming_invoke_arn", ".streaming_invoke_arn"): "has no attribute streaming_invoke_arn",
    ("aws_iam_role.countdown.arn", "aws_iam_role.count.arn"): "aws_iam_role.count is not declared",
}


@pytest.fixture(scope="module")
def parsed() -> list[dict[str, Any]]:
    """What HashiCorp's parser makes of the configuration, and of each spoilt one."""
    spoilt = [TERRAFORM.replace(right, wrong, 1) for right, wrong in SPOILT]
    found: list[dict[str, Any]] = npm.run("hcl_parse.mjs", [TERRAFORM, *spoilt])
    return found


def test_terraform_configuration_fits_the_schema_of_the_provider(parsed: list[dict[str, Any]]) -> None:
    assert problems(parsed[0]) == []
    assert len(parsed[0]["resource"]) == 9


@pytest.mark.parametrize("number", range(len(SPOILT)), ids=[right.strip() for right, _ in SPOILT])
def test_terraform_spoilt_configuration_is_found(parsed: list[dict[str, Any]], number: int) -> None:
    (right, _), said = list(SPOILT.items())[number]
    assert right in TERRAFORM
    assert any(said in each for each in problems(parsed[number + 1])), problems(parsed[number + 1])


def test_terraform_page_names_the_provider_that_was_asked() -> None:
    version = terraform_schema.version()
    assert f"schema of the provider\n{version}." in PAGE.read_text("utf-8")
    assert f'version = ">= {version.rpartition(".")[0]}"' in TERRAFORM


def test_terraform_arguments_for_a_method_without_a_definition_exist() -> None:
    arguments = terraform_schema.schema("aws_api_gateway_integration").arguments
    named = {"response_transfer_mode", "timeout_milliseconds", "uri"}
    assert named <= arguments.keys()
    assert all(f"`{name} = " in PAGE.read_text("utf-8") for name in named)


@pytest.mark.skipif(not TRANSLATOR.exists(), reason="'make oracles' installs the translator and runs this")
def test_sam_template_is_taken_by_the_translator_and_streams_afterwards() -> None:
    done = subprocess.run(
        [str(TRANSLATOR), str(TRANSLATE)],
        input=json.dumps({"page": parse(files()["template.yaml"])}),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    template = Template("page", json.loads(done.stdout)["results"]["page"]["template"])
    (method,) = read_subjects([template], {}).methods
    assert method.streams
    assert find([template]) == []


def test_typescript_app_has_no_error_of_the_compiler(tmp_path: Path) -> None:
    assert compiled(tmp_path, files()["app.ts"]) == (0, "")


def test_typescript_app_with_a_wrong_name_is_refused(tmp_path: Path) -> None:
    wrong = files()["app.ts"].replace("responseTransferMode: apigateway", "transferMode: apigateway")
    code, said = compiled(tmp_path, wrong)
    assert code
    assert "'transferMode' does not exist in type 'LambdaIntegrationOptions'" in said


def compiled(folder: Path, app: str) -> tuple[int, str]:
    """Return the exit code of the compiler, and what it says."""
    (folder / "app.ts").write_text(app, "utf-8")
    link_libraries(folder)
    compiler = npm.file("typescript/bin/tsc")
    done = subprocess.run(
        [*npm.NODE, str(compiler), *TSC.split()], cwd=folder, capture_output=True, text=True
    )
    return done.returncode, done.stdout
