"""Names of a template with commands for terminals and CI runners: no form of a report passes them on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from streaming_api_templates.check import main
from tests.unit.streaming_api_templates.rules.templates import GONE, changed

HOSTILE_ID = "F\x1b[31m\n::error::X"
HOSTILE: dict[str, dict[str, Any]] = {
    "a logical id and a verb": {
        "Resources": {
            HOSTILE_ID: {
                "Type": "AWS::ApiGateway::Method",
                "Properties": {
                    "RestApiId": "r",
                    "ResourceId": "q",
                    "HttpMethod": "GET\x1b]0;pwn\x07",
                    "AuthorizationType": "NONE",
                    "Integration": {"Type": "MOCK", "ResponseTransferMode": "STREAM"},
                },
            }
        }
    },
    "a mode": changed(
        {"Method.Properties.Integration.ResponseTransferMode": "x\r\n::set-output name=a::b\u202e##[x]"}
    ),
    "a path": changed(
        {"Chat.Properties.PathPart": "\n##[add-matcher]/x\u2028::error::y", "Permission": GONE}
    ),
    "an origin": changed(
        {
            "Url": {
                "Type": "AWS::Lambda::Url",
                "Properties": {"Cors": {"AllowOrigins": ["\n::warning::\ud800\x9b31m"]}},
            }
        }
    ),
    "an event": {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Fn": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Events": {
                        "\n::error::E\x1b[2J](http://x)": {
                            "Type": "Api",
                            "Properties": {"Path": "/", "Method": "get", "InvokeMode": "BUFFERED"},
                        }
                    }
                },
            }
        },
    },
    "cache keys": changed(
        {"Method.Properties.Integration.CacheKeyParameters": ["\n::stop-commands::x", "\x00"]}
    ),
}
#: What a terminal or GitHub's runner obeys: control characters but the line end, directions, surrogates.
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]|##\\[")


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("form", ["table", "json", "sarif", "github"])
@pytest.mark.parametrize("name", ["t.json", "::error::t\x1b[31m\n::error::\u202e##[x].json"])
def test_hostile_names_command_nothing_in_any_form(
    content: dict[str, Any],
    form: str,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(json.dumps(content), "utf-8")
    main([name, "--format", form])
    printed = capsys.readouterr()
    assert printed.out
    assert printed.err == ""
    assert OBEYED.search(printed.out) is None
    commands = [line for line in printed.out.splitlines() if line.lstrip().startswith("::")]
    if form == "github":
        assert all(re.match("::(error|warning) file=[^,]*,line=1,title=STREAM0", line) for line in commands)
        assert len(commands) == len(printed.out.splitlines()) - 1
    else:
        assert commands == []
    if form in ("json", "sarif"):
        json.loads(printed.out)


@pytest.mark.parametrize("name", ["\x1b[31m.json", "a\n::error::b.json", "::error::x"])
def test_hostile_argument_is_refused_in_one_harmless_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([name]) == 2
    refused = capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["t.json", f"--{name}"])
    usage = capsys.readouterr().err
    for text in (refused, usage):
        assert OBEYED.search(text) is None
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert refused.count("\n") == 1
