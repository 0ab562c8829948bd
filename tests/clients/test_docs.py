"""The code of docs/formats.md, with an API to run against."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from node import node_binary

from tests.clients.install import CLIENTS, INSTALLED, NPM, ROOT

PAGE = (ROOT / "docs" / "formats.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
#: What a block imports first -> the folder of the client.
FOLDERS = {
    "from openai ": "openai-3",
    "from anthropic ": "anthropic-2",
    "from langchain_openai ": "langchain",
    "import os\n": "anthropic-2",
}
TEXT = "Hello wörld \U0001f642"


def test_clients_docs_every_block_can_be_run() -> None:
    assert {language for language, _ in BLOCKS} == {"python", "javascript"}


@pytest.mark.parametrize("code", [code for language, code in BLOCKS if language == "python"])
def test_clients_docs_python_block_prints_the_answer(api: str, code: str) -> None:
    folder = CLIENTS / next(folder for start, folder in FOLDERS.items() if code.startswith(start))
    if not (folder / INSTALLED).exists():
        pytest.skip("python -m tests.clients.install installs the clients")
    given = f"URL, KEY, MODEL = {api!r}, 'key', 'model-1'\n"
    if "boto3" in code:
        # it sends a key over TLS only, which the gateway does not speak
        code = code.replace('os.environ["AWS_BEARER_TOKEN_BEDROCK"] = KEY', "")
    done = _run([sys.executable, "-c", given + code], PYTHONPATH=str(folder))
    assert done.stdout == TEXT, done.stderr


@pytest.mark.parametrize("code", [code for language, code in BLOCKS if language == "javascript"])
def test_clients_docs_javascript_block_prints_the_answer(api: str, code: str, tmp_path: Path) -> None:
    if not (NPM / INSTALLED).exists():
        pytest.skip("python -m tests.clients.install installs the clients")
    (tmp_path / "node_modules").symlink_to(NPM / "node_modules")
    rest = _READ_TRANSPORT if "transport" in code else ""
    script = tmp_path / "block.mjs"
    script.write_text(f'const URL = "{api}", KEY = "key", MODEL = "model-1";\n{code}{rest}', "utf-8")
    done = _run([str(node_binary()), str(script)])
    assert done.stdout == TEXT, done.stderr


#: What useChat does with a transport.
_READ_TRANSPORT = """
const messages = [{ id: "m", role: "user", parts: [{ type: "text", text: "Say hello" }] }];
for await (const part of await transport.sendMessages({ chatId: "c", messages, trigger: "submit-message" })) {
  if (part.type === "text-delta") process.stdout.write(part.delta);
}
"""


def _run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {
        **os.environ,
        "NO_PROXY": "*",
        "PYTHONIOENCODING": "utf-8",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        **environment,
    }
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=variables)
