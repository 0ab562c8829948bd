"""Adds to the documentation site what is not in docs/: pages from the sources, and links out of the folder.

https://www.mkdocs.org/user-guide/configuration/#hooks
"""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from reference_docs import reference
from troubleshooting_docs import page as troubleshooting

ROOT = Path(__file__).resolve().parent.parent
CONSTRUCTS = """\
Everything that `import cdk_streaming_api` exports, from the docstrings. The pages about the
[constructs](constructs.md) explain when to use each."""
LAYER = """\
Everything that `import lambda_streaming` exports in a function, from the docstrings. See
[streaming from Python](lambda-streaming.md)."""
#: A link from docs/ to another folder of the repository.
OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)#]+)[^)]*\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are written anew in every build."""
    constructs = reference(ROOT / "cdk_streaming_api", "Construct reference", CONSTRUCTS)
    layer = ROOT / "lambda_src" / "layer" / "python" / "lambda_streaming"
    pages = {
        "reference.md": constructs,
        "reference-lambda.md": reference(layer, "Reference of lambda_streaming", LAYER),
        "troubleshooting.md": troubleshooting(),
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Name the file instead of linking to it: the site has the pages of docs/ only."""
    return OUTSIDE.sub(lambda link: link[1] if "`" in link[1] else f"{link[1]} (`{link[2]}`)", markdown)
