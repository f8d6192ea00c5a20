"""Rules of the interview, of the decision that leans on it, and of the referral to the national
mechanism; and what the ticked indicators support, in words.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import ages
from casework.core.protection import newest
from casework.records import changes, interviews
from casework.records.completed import Values
from models.cases import Case
from models.rules import RuleBroken, stated
from standards import indicators, interviewing
from standards.lists import Options, label
from web import kept_rules

ELEMENTS: Options = (("act", _l("act")), ("means", _l("means")), ("purpose", _l("purpose")))


_SEEN = frozenset(("still_in", "others"))  # codes: somebody acts today, agreed to or not


@changes.rule("interview")
def _agreed_to_in_a_safe_place(by: Actor, case: Case, given: Values, _stands: Values) -> Values:
    """Nothing that is told is kept where the person did not agree to the interview, or where others
    could hear: it is held on another day, and that it was not is kept. That somebody is in danger
    is kept all the same.

    Source: IOM, Handbook on direct assistance for victims of trafficking (2007), not read; to be
    verified.
    """
    if not interviews.held(given) and (told := _told(given)):
        field = "agreed" if given.get("agreed") != "agrees" else "safe_place"
        raise RuleBroken(
            _("Not agreed to, or not safe: nothing that was told is kept (%(first)s).", first=told),
            field,
        )
    if interviews.held(given):
        _understood(by, case, given)
        _interpreted_by_nobody_near(given)
        _a_child_is_not_alone(case, given)
    return given


@kept_rules.left_out("records.protection_add_record", "records.protection_change_record")
def _never_in_a_draft(names: kept_rules.Names, fields: kept_rules.Fields) -> frozenset[str]:
    """Of an interview that was not agreed to, or not safe, no draft holds what was told."""
    said = dict(fields)
    if (names.get("kind") or said.get("record_kind")) != "interview":
        return frozenset()
    is_refused = said.get("agreed", "") not in {"", "agrees"}
    is_heard = said.get("safe_place", "") not in {"", "yes"}
    told = frozenset(interviews.TOLD_FIELDS) - _SEEN
    return told if is_refused or is_heard else frozenset()


def _told(given: Values) -> str:
    """How the form calls the first thing that was told; empty where nothing was. That somebody is
    in danger is seen as well as told, and kept whatever else is not.
    """
    of_the_form = interviews.InterviewSchema().fields
    told = [name for name in interviews.TOLD_FIELDS if name not in _SEEN and given.get(name)]
    return str(of_the_form[told[0]].metadata["label"]) if told else ""


@stated("record: interview")
def _understood(by: Actor, case: Case, given: Values) -> None:
    """In a language that the person speaks, or with an interpreter.

    Source: ours, as for the counselling before a return.
    """
    if given["interpreter"] != "none" or not allows(by, Permission.IDENTITY_READ, case):
        return
    spoken = case.identity.get("languages") or []
    if spoken and given["language"] not in spoken:
        raise RuleBroken(
            _("The person is not known to speak it: an interpreter is needed."), "interpreter"
        )


@stated("record: interview")
def _interpreted_by_nobody_near(given: Values) -> None:
    """Nobody of the family or community interprets: they may belong to those who did it.

    Source: IOM, Handbook on direct assistance for victims of trafficking (2007), not read; to be
    verified.

    Set aside: with a word why nobody else could.
    """
    if given["interpreter"] == "relative" and not given.get("interpreter_words"):
        raise RuleBroken(
            _("Somebody near may belong to those who did it: say why nobody else could."),
            "interpreter_words",
        )


@stated("record: interview")
def _a_child_is_not_alone(case: Case, given: Values) -> None:
    """A child is interviewed with a guardian, a lawyer or the child protection authority.

    Source: Council of Europe Convention on Action against Trafficking in Human Beings, art. 10(4);
    who may stand beside the child is to be verified with the country's law.

    Set aside: with a word why it could not wait.
    """
    there = set(given.get("present") or ()) & interviewing.WITH_A_CHILD
    if ages.counts_as_child(case, given["on"]) and not there and not given.get("alone_because"):
        raise RuleBroken(
            _("A child is not interviewed alone: who was there, or why could it not wait?"),
            "alone_because",
        )


@changes.rule("decision")
def _leans_on_an_interview(_by: Actor, case: Case, given: Values, stands: Values) -> Values:
    """Identified, not identified, not a victim: each leans on an interview that was agreed to, in a
    safe place. Presumed may be said at once, so that help begins.

    Source: ours; to be verified with the country's mechanism.

    Set aside: with the reason why there was none (an authority decided, papers suffice, the person
    does not want one or cannot be asked now).
    """
    is_new = given.get("decision") != stands.get("decision")
    if given.get("decision") == "possible" or not is_new or given.get("without_interview"):
        return given
    if not is_held(case):
        raise RuleBroken(
            _("No interview was held: write it down first, or say why there is none."),
            "without_interview",
        )
    return given


@changes.rule("mechanism")
def _with_their_agreement(_by: Actor, case: Case, given: Values, _stands: Values) -> Values:
    """An adult is referred to the national mechanism only if they agree. A child is referred in any
    case, and a guardian or the child protection authority is told.

    Source: the United Kingdom's guidance for first responders, not read; to be verified.
    """
    if ages.counts_as_child(case, given["on"]):
        if not given.get("guardian"):
            raise RuleBroken(_("Say which guardian or authority was told."), "guardian")
    elif given["agreed"] != "agrees":
        raise RuleBroken(_("An adult who does not agree is not referred."), "agreed")
    return given


def is_held(case: Case) -> bool:
    """Whether the newest interview was held: agreed to, in a safe place."""
    last = newest(case, "interview")
    return last is not None and interviews.held(dict(last.says or {}))


def told_of_age(case: Case) -> dict[str, Any]:
    """What the newest interview says of the time when it was done to them."""
    last = newest(case, "interview")
    said = dict(last.says or {}) if last is not None else {}
    return {"told": str(said.get("child_then", "")), "began_in": said.get("began_in")}


def was_child(case: Case, account: Mapping[str, Any]) -> bool:
    """Whether the means do not matter: see :func:`casework.core.ages.was_child`."""
    return ages.was_child(case, **told_of_age(case), age_then=account.get("age_then"))


def in_words(answers: Mapping[str, Any], *, child: bool) -> list[tuple[str, str]]:
    """What the ticked signs support, part by part; only parts of which something was ticked."""
    lines = [
        (str(one.part.label), _found(one))
        for one in indicators.found(answers, child=child)
        if one.ticked
    ]
    elements = indicators.supported(answers, child=child)
    if child:
        elements = [element for element in elements if element != "means"]
    lines.append((_("Together they support"), _names(elements) or _("nothing yet")))
    if child:
        lines.append((_("Means"), _("not needed for a child (Palermo Protocol, article 3(c))")))
    lines.append((_("How to read this"), _reading()))
    return lines


def _found(one: indicators.Found) -> str:
    counts = ((one.strong, "S"), (one.medium, "M"), (one.weak, "W"))
    ticked = ", ".join(
        f"{number} {label(indicators.STRENGTHS, code)}" for number, code in counts if number
    )
    if one.is_there:
        return _(
            "found (%(ticked)s): supports %(elements)s",
            ticked=ticked,
            elements=_names(one.part.supports),
        )
    return _("signs, but not enough by the source’s rule (%(ticked)s)", ticked=ticked)


def _names(elements: Iterable[str]) -> str:
    return ", ".join(label(ELEMENTS, element) for element in elements)


def _reading() -> str:
    return _(
        "By the rule of %(source)s: two strong signs, or a strong one and another, or three "
        "medium, or two medium and a weak one. Strengths and rule are to be verified. It "
        "explains, it measures nobody; you decide.",
        source=indicators.SOURCE,
    )
