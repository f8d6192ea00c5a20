"""How the person can be reached without danger."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema

from casework.records.contact import CLOCK
from standards import assistance
from web import forms
from web.forms import FormSchema, several, text, tick


class SafeContactSchema(FormSchema):
    """How, when, by whom, with which words; and never."""

    ways = several(_l("How"), assistance.WAYS)
    days = several(_l("On which days"), assistance.DAYS, hint=_l("None ticked: any day."))
    after = text(_l("Not before"), most=5, direction="ltr", hint=_l("For example 09:00"))
    before = text(_l("Not after"), most=5, direction="ltr", hint=_l("For example 17:00"))
    by = text(_l("Who may call"), hint=_l("For example: a woman; Arabic only."))
    others = text(_l("Who else may answer, and what to say to them"))
    opening = text(_l("Code words to begin with"))
    danger = text(_l("Code words for danger"))
    never = forms.textarea(_l("Never"), hint=_l("For example: never leave a message."), most=1000)
    never_contact = tick(_l("We must not contact the person at all; they contact us"))
    revision = forms.revision()

    @validates_schema
    def _times(self, data: dict[str, object], **_: object) -> None:
        wrong = {
            name: [str(_l("Give a time such as 09:30."))]
            for name in ("after", "before")
            if data.get(name) and not CLOCK.fullmatch(str(data[name]))
        }
        if wrong:
            raise ValidationError(wrong)


_WAY_OF = {
    "contact_phone": ("call",),
    "contact_message": ("text", "messenger", "mail"),
    "contact_visit": ("visit",),
}
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def objections(rule: dict[str, object], kind: str, at: datetime) -> list[str]:
    """What in ``rule`` speaks against contacting the person in this way at this moment.

    ``at`` is on the clock of the office; gives codes: never | way | day | hour.
    """
    against = []
    if rule.get("never_contact"):
        against.append("never")
    allowed, ways = rule.get("ways") or [], _WAY_OF.get(kind, ())
    if allowed and ways and not set(ways) & set(allowed):  # type: ignore[call-overload]
        against.append("way")
    if rule.get("days") and _WEEK[at.weekday()] not in rule["days"]:  # type: ignore[operator]
        against.append("day")
    clock = at.strftime("%H:%M")
    if not _within(clock, str(rule.get("after") or ""), str(rule.get("before") or "")):
        against.append("hour")
    return against


def _within(clock: str, after: str, before: str) -> bool:
    """Whether a time lies in a window that may pass midnight (22:00 to 06:00)."""
    if after and before and after > before:
        return clock >= after or clock <= before
    return clock >= after and (not before or clock <= before)
