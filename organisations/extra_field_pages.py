"""What stands on the pages of the fields of an office."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from models.base import db
from models.extra_fields import ExtraField
from models.people import Organisation, User
from models.states import EXTRA_FIELD, ExtraFieldState
from organisations import extra_fields, queries
from organisations.extra_field_schemas import ChangeFieldSchema
from standards import extra_fields as standard
from standards.languages import LANGUAGES
from web.extra_fields import in_words
from web.forms import Form


@dataclass(frozen=True)
class Line:
    """A field in the list: what it asks, and whether something of it waits."""

    field: ExtraField
    label: str
    waits: bool


def listed(_actor: Actor, place: Organisation) -> dict[str, object]:
    """All of an office, those that wait first."""
    lines = [
        Line(each, in_words((each.said or each.wanted)["labels"]), _waits(each))
        for each in queries.rows_of(ExtraField, place)
    ]
    return {
        "place": place,
        "lines": sorted(lines, key=lambda line: not line.waits),
        **_words(),
    }


def one(actor: Actor, place: Organisation, field: ExtraField, form: Form | None) -> dict[str, Any]:
    """One field, with both its words where others were asked for."""
    says = field.said or field.wanted
    by = _names(field.asked_by_id, field.decided_by_id)
    return {
        "place": place,
        "field": field,
        "label_of_field": in_words(says["labels"]),
        "waits": _waits(field),
        "wanted": _rows(field.wanted) if _waits(field) else [],
        "said": _rows(field.said),
        "past": [(before["until"][:10], _rows(before)) for before in reversed(field.past)],
        "form": form or Form(ChangeFieldSchema, extra_fields.as_typed(field.wanted or field.said)),
        "skip": () if field.kind in standard.LISTED else _OPTIONS,
        "may_hide": EXTRA_FIELD.can(field, "hide"),
        "may_show": EXTRA_FIELD.can(field, "show"),
        "may_change": EXTRA_FIELD.can(field, "ask_change"),
        "is_mine": actor.id is not None and actor.id == field.asked_by_id,
        "asked_by": by.get(field.asked_by_id, ""),
        "decided_by": by.get(field.decided_by_id, ""),
        **_words(),
    }


_OPTIONS = tuple(name for name in ChangeFieldSchema().fields if name.startswith("options_"))


def _waits(field: ExtraField) -> bool:
    return bool(field.wanted) and field.state != ExtraFieldState.REFUSED


def _words() -> dict[str, object]:
    return {"places": standard.PLACES, "kinds": standard.KINDS, "states": standard.STATES}


def _rows(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a field says, a line for each language and choice."""
    rows = [
        (f"{word}, {LANGUAGES.get(lang, lang)}", text)
        for word, what in ((_("Question"), "labels"), (_("Hint"), "hints"))
        for lang, text in said.get(what, {}).items()
    ]
    rows += [
        (option["code"], " · ".join(option["labels"].values()))
        for option in said.get("options", ())
        if not option.get("ended")
    ]
    return rows


def _names(*ids: int | None) -> dict[int | None, str]:
    wanted = [each for each in ids if each is not None]
    found = db.session.execute(select(User).where(User.id.in_(wanted))).scalars()
    return {user.id: user.name for user in found}
