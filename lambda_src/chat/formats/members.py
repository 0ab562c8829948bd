"""Say what becomes of each member of a request: one table for each format."""

from __future__ import annotations

from ..json_body import bad_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..json_body import JsonObject

HONOURED, IGNORED, REFUSED = "honoured", "ignored", "refused"


class Member:
    """A row of the table.

    :param effect: HONOURED, IGNORED or REFUSED
    :param note: how it is honoured, or why it is not
    :param harmless: values that ask for what happens anyway
    """

    __slots__ = ("effect", "harmless", "note")

    def __init__(self, effect: str, note: str, harmless: tuple[object, ...] = ()) -> None:
        self.effect = effect
        self.note = note
        self.harmless = harmless


def honoured(how: str) -> Member:
    """Return the row of a member that has its effect."""
    return Member(HONOURED, how)


def ignored(why: str, *harmless: object) -> Member:
    """Return the row of a member that the answer does not need, so that it is dropped and named."""
    return Member(IGNORED, why, harmless)


def refused(why: str, *harmless: object) -> Member:
    """Return the row of a member without which the answer would be wrong."""
    return Member(REFUSED, why, harmless)


def check_members(body: JsonObject, table: Mapping[str, Member], within: str = "") -> None:
    """Drop members that have no effect, and refuse those without which the answer would be wrong.

    :param within: what goes before the names of dropped members, with a dot at its end
    :raises HTTPError: 400 that names the member
    """
    for name, value in body.value.items():
        if value is None:
            continue
        row = table.get(name)
        if row is None:
            body.drop_unknown(name)
        elif row.effect is not HONOURED and value not in row.harmless:
            if row.effect is REFUSED:
                path = body.at(name)
                raise bad_request(f"{path} is not supported: {row.note}", "unsupported_value", path)
            body.drop(f"{within}{name}")


def kept(
    fields: JsonObject,
    table: Mapping[str, Member],
    within: str = "",
    takes: Callable[[Member], bool] | None = None,
) -> dict[str, Any]:
    """Return the members that reach the model as they are; the others are dropped and named, or counted.

    :param within: what goes before the names of dropped members, with a dot at its end
    :param takes: tells whether an honoured member reaches this model. Default: - each does
    :raises HTTPError: 400 for a member without which the answer would be wrong
    """
    check_members(fields, table, within)
    reached: dict[str, Any] = {}
    for name, value in fields.value.items():
        row = table.get(name)
        if value is None or row is None or row.effect != HONOURED:
            continue
        if takes is None or takes(row):
            reached[name] = value
        else:
            fields.drop(f"{within}{name}")
    return reached
