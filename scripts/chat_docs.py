"""Write docs/errors.md and docs/formats.md from the tables of the chat function."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import botocore.session

_ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(_ROOT / "lambda_src"), str(_ROOT / "lambda_src" / "layer" / "python")]

from chat import errors, routes, settings  # noqa: E402
from chat.bedrock.retry import pause  # noqa: E402
from chat.converse import media  # noqa: E402
from chat.converse import request as members  # noqa: E402
from chat.formats import native_whole, openai, ui  # noqa: E402
from chat.formats.anthropic import request as anthropic_request  # noqa: E402
from chat.formats.anthropic import response as anthropic_response  # noqa: E402
from chat.formats.claude import members as claude  # noqa: E402
from chat.formats.members import Member  # noqa: E402
from chat.formats.responses import members as responses_members  # noqa: E402
from chat.formats.responses import response as responses_response  # noqa: E402
from chat.formats.responses import tools as responses_tools  # noqa: E402
from chat.formats.responses.gpt import members as gpt  # noqa: E402
from chat.limits import caller_fields, families, native_policy  # noqa: E402

ERRORS = _ROOT / "docs" / "errors.md"
FORMATS = _ROOT / "docs" / "formats.md"
_TEMPLATES = {ERRORS: "chat_docs_errors.md", FORMATS: "chat_docs_formats.md"}


def errors_page() -> str:
    """Return docs/errors.md."""
    own = {
        "the stream ended without `messageStop`": errors.TRUNCATED,
        "the model's output is malformed": errors.MALFORMED,
        "the prompt is longer than the context of the model": errors.CONTEXT_LENGTH,
        "`ModelErrorException` whose original status is a 4xx": errors.MODEL_REFUSED,
        "any other failure between function and Bedrock": errors.UNKNOWN,
    }
    statuses = {f"`{status}`": row for status, row in errors.STATUSES.items()}
    retried = {f"`{code}`" for code, status in _served().items() if _retried(code, status)}
    retried |= {f"`{status}`" for status in errors.STATUSES if _retried("", status)}
    return _filled(
        ERRORS,
        BEDROCK=_faults("error of Bedrock", _quoted(errors.BEDROCK), retried),
        STATUSES=_faults("status of Bedrock", statuses, retried),
        TRANSPORT=_faults("exception", _quoted(errors.TRANSPORT)),
        OWN=_faults("what", own),
    )


def formats_page() -> str:
    """Return docs/formats.md."""
    return _filled(
        FORMATS,
        ROUTES=_routes(),
        DECIDED=_names([*settings.DECIDED_HERE, "system"]),
        SENDABLE=_names(caller_fields.DEFAULT),
        FAMILIES=_families(),
        NAMES=_names(name for name in members.NAMES if name != "messages"),
        REASONS=_reasons(),
        MEDIA=_names(media.KINDS),
        OPENAI=_members(openai.request.MEMBERS),
        RESPONSES=_members(responses_members.MEMBERS),
        RESPONSES_TOOLS=_members(responses_tools.TOOL_MEMBERS),
        SERVER_TOOLS=_names(responses_tools.SERVER_TOOLS),
        ANTHROPIC=_members(anthropic_request.MEMBERS),
        ANTHROPIC_TOOLS=_members(anthropic_request.TOOL_MEMBERS),
        CLAUDE=_native(_claude_tables()),
        CLAUDE_BLOCKS=_names(claude.BLOCKS),
        CLAUDE_TOOLS=_names(f"{begin}*" for begin in claude.CLIENT_TOOLS),
        CLAUDE_BETAS=_names(sorted(claude.BETAS)),
        GPT=_members(gpt.BODY),
        GPT_ITEMS=_names(gpt.ITEMS),
        GPT_PARTS=_names(gpt.PARTS),
        GPT_TOOLS=_names(gpt.TOOLS),
        MESSAGES_BETAS=_names(sorted(claude.MESSAGES_BODY.betas - claude.BETAS)),
        ASSEMBLED=_names(native_whole.ASSEMBLED),
        URLS=_names(native_policy.URLS),
        RAW_REFUSED=_names(native_policy.REFUSED),
        UI=_members(ui.request.MEMBERS),
    )


def _filled(page: Path, **parts: str) -> str:
    text = Path(__file__).with_name(_TEMPLATES[page]).read_text("utf-8")
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    return text


def _served() -> dict[str, int]:
    """Return the HTTP statuses with which Bedrock sends its errors."""
    model = botocore.session.get_session().get_service_model("bedrock-runtime")
    operations = ("ConverseStream", "InvokeModelWithResponseStream")
    shapes = [shape for name in operations for shape in model.operation_model(name).error_shapes]
    served = {shape.name: int(shape.metadata["error"]["httpStatusCode"]) for shape in shapes}
    # of the common errors of AWS services this one alone is the service's fault
    return {"InternalFailure": 500, **served}


def _retried(code: str, status: int) -> bool:
    """Return whether the function asks Bedrock again for an error before the stream."""
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {}}
    return pause({"Error": {"Code": code}, "ResponseMetadata": metadata}, 1, lambda: 0.0) is not None


def _quoted(table: dict[str, errors.ErrorRow]) -> dict[str, errors.ErrorRow]:
    return {f"`{name}`": row for name, row in table.items()}


def _faults(what: str, table: dict[str, errors.ErrorRow], retried: Collection[str] = ()) -> str:
    rows = [f"| {what} | status | type | code | retried by | headers |", "|---|---|---|---|---|---|"]
    for name, row in table.items():
        sent = {**row.headers, **errors._NOT_AGAIN} if name in retried else row.headers
        headers = ", ".join(f"`{header}: {value}`" for header, value in sent.items())
        again = "the function" if name in retried else "SDKs" if row.retryable else ""
        rows.append(f"| {name} | {row.status} | `{row.type}` | `{row.code}` | {again} | {headers} |")
    return "\n".join(rows)


def _routes() -> str:
    found = dict.fromkeys(name for _, name in routes.ROUTES)
    rows = ["| path | format |", "|---|---|", f"| every other path | {_title(routes.NATIVE)} |"]
    rows += [f"| `...{path}` | {_title(name)} |" for path, name in routes.ROUTES if name in found]
    return "\n".join(rows)


def _title(name: str) -> str:
    module = __import__(f"chat.formats.{name}", fromlist=["read"])
    return str(module.__doc__).splitlines()[0].partition(": ")[2].rstrip(".")


def _reasons() -> str:
    rows = ["| Bedrock | OpenAI | OpenAI Responses | Anthropic | AI SDK |", "|---|---|---|---|---|"]
    for reason, finish in openai.response.FINISH_REASONS.items():
        why = responses_response.STOP_REASONS[reason]
        status = f"`incomplete`: `{why}`" if why else "`completed`"
        theirs = anthropic_response.STOP_REASONS.get(reason, reason)
        finished = ui.response.FINISH_REASONS[reason]
        rows.append(f"| `{reason}` | `{finish}` | {status} | `{theirs}` | `{finished}` |")
    return "\n".join(rows)


def _claude_tables() -> dict[str, Member]:
    """Return the rows of every object of a native body, by path."""
    tables = {
        "": claude.BODY,
        "tools.": claude.TOOL,
        "output_config.": claude.OUTPUT_CONFIG,
        "thinking.": claude.THINKING,
        "cache_control.": claude.CACHE_CONTROL,
    }
    rows = {f"{within}{name}": row for within, table in tables.items() for name, row in table.items()}
    edits = {
        f"context_management.edits: {edit}": claude.NativeMember("as it is", betas=(beta,))
        for edit, beta in claude.CONTEXT_EDITS.items()
    }
    return {**rows, **edits}


def _native(table: Mapping[str, Member]) -> str:
    rows = ["| member | effect | how, or why not | Claude | beta |", "|---|---|---|---|---|"]
    for name, row in table.items():
        versions, betas = "", ""
        if isinstance(row, claude.NativeMember):
            versions = " ".join(
                f"{word} {version[0]}.{version[1]}"
                for word, version in (("from", row.since), ("before", row.before))
                if version
            )
            betas = _names(row.betas)
        rows.append(f"| `{name}` | {row.effect} | {row.note} | {versions} | {betas} |")
    return "\n".join(rows)


def _members(table: Mapping[str, Member]) -> str:
    rows = ["| member | effect | how, or why not | values without effect |", "|---|---|---|---|"]
    for name, row in table.items():
        harmless = _names(json.dumps(value) for value in row.harmless)
        rows.append(f"| `{name}` | {row.effect} | {row.note} | {harmless} |")
    return "\n".join(rows)


def _families() -> str:
    rows = ["| models | limit | several answers |", "|---|---|---|"]
    for begin, family in families.FAMILIES.items():
        answers = f"`{family.answers}`" if family.answers else ""
        rows.append(f"| `{begin}*` | `{'.'.join(family.limit)}` | {answers} |")
    return "\n".join(rows)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    ERRORS.write_text(errors_page(), "utf-8")
    FORMATS.write_text(formats_page(), "utf-8")
