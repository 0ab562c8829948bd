"""Lists the files of a new app, and fills their templates in."""

from __future__ import annotations

import json
import re
import unicodedata
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

DISTRIBUTION = "cdk-streaming-api"
#: What `cdk init` writes into the context of a new app: recommended-feature-flags.json of aws-cdk-lib.
FLAGS = "common/feature-flags.json"
TEMPLATES = Path(__file__).parent / "templates"
#: Path in the new app -> path of its template.
COMMON = {
    "cdk.json": "common/cdk.json",
    "package.json": "common/package.json",
    "package-lock.json": "common/package-lock.json",
    "requirements.txt": "common/requirements.txt",
    "requirements-dev.txt": "common/requirements-dev.txt",
    ".gitignore": "common/gitignore",
    ".github/workflows/test.yml": "common/test.yml",
    ".github/workflows/deploy.yml": "common/deploy.yml",
}
#: Name of a template -> its own files, the same way.
PROJECTS = {
    "chat": {"app.py": "chat/app.py", "test_app.py": "chat/test_app.py"},
    "function": {
        "app.py": "function/app.py",
        "hello/app.py": "function/hello.py",
        "test_app.py": "function/test_app.py",
    },
    "mcp": {
        "app.py": "mcp/app.py",
        "cdk.json": "mcp/cdk.json",
        "tools/requirements.in": "mcp/server-requirements.in",
        "tools/requirements.txt": "mcp/server-requirements.txt",
        "tools/server.py": "mcp/server.py",
        "test_app.py": "mcp/test_app.py",
    },
}
#: "The name must start with an alphabetic character and can't be longer than 128 characters."
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stack-parameters.html
LONGEST_NAME = 128
FALLBACK_NAME = "StreamingApp"


def stack_name(folder: str) -> str:
    """Return the name of the stack for a folder's name.

    >>> stack_name("my-app"), stack_name("2 apps"), stack_name("été")
    ('MyApp', 'Apps', 'Ete')
    """
    # letters without their accents, which are characters of their own then
    plain = re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFKD", folder))
    words = re.findall("[A-Za-z0-9]+", plain)
    name = "".join(word[0].upper() + word[1:] for word in words).lstrip("0123456789")
    return name[:1].upper() + name[1:LONGEST_NAME] if name else FALLBACK_NAME


def files_of(template: str, stack: str, version: str) -> dict[str, str]:
    """Return the files of a new app: path -> text.

    :param template: a key of ``PROJECTS``
    :param stack: name of the stack
    :param version: version of this package, which the app is held to
    """
    values = {"@STACK@": stack, "@VERSION@": version, "@FLAGS@": _text(FLAGS).rstrip()}
    return {path: _filled(source, values) for path, source in (COMMON | PROJECTS[template]).items()}


def _filled(source: str, values: dict[str, str]) -> str:
    text = _text(source)
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


def _text(source: str) -> str:
    return (TEMPLATES / f"{source}.template").read_text("utf-8")


def own_wheel() -> Path | None:
    """Return the wheel that this package was installed from, None where it is not there.

    https://packaging.python.org/en/latest/specifications/direct-url/
    """
    try:
        recorded = distribution(DISTRIBUTION).read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    url = urlsplit(json.loads(recorded)["url"]) if recorded else None
    if url is None or url.scheme != "file" or not url.path.endswith(".whl"):
        return None
    wheel = Path(unquote(url.path))
    return wheel if wheel.is_file() else None
