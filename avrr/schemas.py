"""The shapes of a return; those of what follows at home stand in :mod:`avrr.home_schemas`."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, post_load

from casework.core.schemas import country_options, language_options
from standards import assistance, declaration, lists, returning
from web import forms
from web.forms import FormSchema, choice, day, several, text, textarea, tick, whole

LEGS = 3


class StartSchema(FormSchema):
    """Begin a return."""

    country = choice(_l("Country of return"), country_options, required=True)
    purpose = choice(_l("What for"), returning.PURPOSES, widget="radio")
    kind = choice(_l("Kind of return"), returning.KINDS)
    basis = choice(
        _l("Why there, if it is not the country of their citizenship"),
        returning.BASES,
        after="country",
    )
    admission = choice(_l("What lets the person into it"), returning.ADMISSIONS, after="country")
    programme = choice(_l("Programme"), lists.PROGRAMMES)
    from_transit = tick(
        _l("From a transit country"), hint=_l("The person was on the way to another country.")
    )


class CameHomeSchema(FormSchema):
    """Who is home already, by another way than ours."""

    kind = choice(_l("How they came home"), returning.WAYS_HOME, required=True, widget="radio")
    came_from = choice(_l("From which country"), country_options, required=True)
    arrived_on = day(
        _l("Home since"),
        hint=_l("Follow-ups are counted from this day. Where it is not known, the nearest day."),
        required=True,
        past=True,
    )
    basis = choice(
        _l("Why this is home, if it is not the country of their citizenship"), returning.BASES
    )
    programme = choice(_l("Programme"), lists.PROGRAMMES)


_DONE_ELSEWHERE = frozenset({"funding", "escort", "approval"})


def _asked(question: Any) -> fields.Field[Any]:
    """A question of the check before a return."""
    return choice(question, assistance.YES_NO[:2], widget="radio", steps="protection_check")


class StepSchema(FormSchema):
    """A step was done. ``steps`` of a field names the steps that it belongs to: the page shows it
    for those alone.
    """

    step = choice(
        _l("Step"),
        tuple(pair for pair in lists.RETURN_STEPS if pair[0] not in _DONE_ELSEWHERE),
        required=True,
    )
    done_on = day(_l("Done on"), required=True)
    language = choice(
        _l("Language used"),
        language_options,
        steps="application counselling declaration",
    )
    interpreter = tick(_l("With an interpreter"), steps="counselling declaration")
    options = several(
        _l("What was explained"),
        returning.OPTIONS,
        hint=_l("Return is a choice only beside others."),
        steps="counselling",
    )
    think_until = day(
        _l("Time to think until"),
        hint=_l("Nothing is signed before this day. Empty: as the office decides."),
        steps="counselling",
    )
    before_because = textarea(
        _l("Held before the case was opened here, or before the application, because"),
        hint=_l("Only where the day above lies before."),
        most=1000,
        steps="counselling",
    )
    wants_protection = _asked(_l("Does the person wish to ask for asylum?"))
    at_risk = _asked(_l("Would the person be in danger on return?"))
    trafficking_risk = _asked(_l("Is there a risk of being trafficked, or trafficked again?"))
    may_be_child = _asked(_l("May the person be under 18?"))
    outcome = choice(
        _l("Outcome"),
        returning.STEP_OUTCOMES,
        belongs=returning.STEP_OF_OUTCOME,
        steps="eligibility protection_check fit_to_travel",
    )
    proof = choice(
        _l("Where is the signed paper?"),
        assistance.PROOFS,
        steps="declaration fit_to_travel",
    )
    guardian = tick(_l("The guardian signed too"), steps="declaration")
    paper = choice(_l("Travel document"), returning.TRAVEL_PAPERS, steps="travel_documents")
    document_number = text(
        _l("Number of the document"),
        hint=_l("As it stands there. The carrier’s list needs it."),
        most=40,
        direction="ltr",
        steps="travel_documents",
    )
    consulate = tick(
        _l("A consulate was asked for it"),
        hint=_l("Only where the person agreed, and never while they seek protection."),
        steps="travel_documents",
    )
    valid_until = day(_l("Valid until"), steps="fit_to_travel travel_documents")
    travel_on = day(_l("Day of travel"), steps="itinerary")
    why = textarea(
        _l("Why it does not hold any more"),
        hint=_l("Where an earlier outcome kept the person from leaving. By somebody else."),
        most=1000,
        steps="counselling eligibility protection_check fit_to_travel",
    )


class ReceiverSchema(FormSchema):
    """Which mission receives."""

    mission = text(_l("Mission"), required=True, most=20, widget="select", options=())


class NobodySchema(FormSchema):
    """Nobody in the country of return receives."""

    because = choice(_l("Why"), returning.NOBODY, required=True, widget="radio")
    in_hand = textarea(
        _l("What the person has in hand"),
        hint=_l("Telephone numbers, addresses, money, medicine; how you stay in touch."),
        required=True,
        most=2000,
    )


class JourneySchema(FormSchema):
    """Legs, escorts, needs.

    Up to three legs: ``from_1``, ``to_1``, ``carrier_1``, ``on_1`` and so on; loaded, they are one
    list ``legs``.
    """

    from_1 = text(_l("From"), most=60, leg=1)
    to_1 = text(_l("To"), most=60, leg=1)
    carrier_1 = text(_l("Carrier and number"), most=60, leg=1)
    on_1 = day(_l("Day"), leg=1)
    from_2 = text(_l("From"), most=60, leg=2)
    to_2 = text(_l("To"), most=60, leg=2)
    carrier_2 = text(_l("Carrier and number"), most=60, leg=2)
    on_2 = day(_l("Day"), leg=2)
    from_3 = text(_l("From"), most=60, leg=3)
    to_3 = text(_l("To"), most=60, leg=3)
    carrier_3 = text(_l("Carrier and number"), most=60, leg=3)
    on_3 = day(_l("Day"), leg=3)
    via = text(_l("Mission that helps on the way"), most=20, widget="select", options=())
    escort_needed = tick(_l("An escort is needed"))
    escorts = several(_l("Who goes with the person"), returning.ESCORTS)
    escort_name = text(_l("Name of the escort"), most=120)
    needs = several(_l("Special needs on the way"), returning.NEEDS)
    airline = textarea(
        _l("Notes for the airline"), hint=_l("Only what the crew must know."), most=500
    )
    onward = textarea(_l("Transport after arrival"), most=500)
    revision = forms.revision()

    @post_load
    def _legs(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        legs = []
        for number in range(1, LEGS + 1):
            leg = {
                name: data.pop(f"{name}_{number}", None) for name in ("from", "to", "carrier", "on")
            }
            if leg["from"] and leg["to"] and leg["on"]:
                legs.append({**leg, "carrier": leg["carrier"] or ""})
        return {**data, "legs": legs}


class DepartSchema(FormSchema):
    """The person left."""

    departed_on = day(_l("Departed on"), required=True)


class MistakenSchema(FormSchema):
    """It was begun by mistake."""

    mistake = textarea(_l("What was the mistake?"), required=True, most=1000)


class NotLeftSchema(FormSchema):
    """They have not left after all."""

    why = textarea(_l("Why it is taken back"), required=True, most=1000)
    as_left = text("", widget="hidden", most=40)


class ArriveSchema(FormSchema):
    """The person arrived."""

    arrived_on = day(_l("Arrived on"), required=True)
    met = tick(_l("We met them on arrival"))
    onward = tick(_l("We brought them onward"))
    together = tick(_l("Everybody else of the same movement is here too"), of_movement=True)
    but = textarea(
        _l("But for"),
        hint=_l("The numbers of returns of who is not here, with spaces or commas between them."),
        most=3000,
        of_movement=True,
    )


class WordSchema(FormSchema):
    """A question or an answer between missions."""

    words = forms.textarea(
        _l("Question or answer"),
        hint=_l("Both missions read it. It ends with the return."),
        required=True,
        most=3000,
    )


class TransitSchema(FormSchema):
    """How it went on the way."""

    went = choice(_l("On the way"), returning.TRANSIT, required=True, widget="radio")


class LanguageSchema(FormSchema):
    """In which language."""

    language = choice(_l("Language"), declaration.options, required=True)


class MovementSchema(FormSchema):
    """A movement."""

    kind = choice(_l("By"), returning.MOVEMENTS, required=True, widget="radio")
    country = choice(_l("To"), country_options, required=True)
    travel_on = day(_l("Day of travel"), required=True)
    seats = whole(_l("Seats"), least=1, most=1000, required=True)
    carrier = text(_l("Carrier and number"), most=80)


class MovementChangeSchema(FormSchema):
    """Another day, other seats."""

    travel_on = day(_l("Day of travel"), required=True)
    seats = whole(_l("Seats"), least=1, most=1000, required=True)
    carrier = text(_l("Carrier and number"), most=80)
    revision = forms.revision()


class SeatSchema(FormSchema):
    """One person for a movement."""

    reference = text(_l("Return"), required=True, most=12, direction="ltr")
    instead_of = day(_l("Instead of the day that was planned"))


class CarrierListSchema(FormSchema):
    """Which seats are printed for the carrier."""

    seats = fields.List(
        fields.Integer(),
        metadata={"label": _l("On board"), "hint": "", "widget": "none"},
    )


class StepOut(FormSchema):
    """A step of the checklist."""

    step = fields.String()
    state = fields.String()
    why = fields.String()
    done_on = fields.Date(allow_none=True)
    valid_until = fields.Date(allow_none=True)


class FollowUpOut(FormSchema):
    """A follow-up: done on the day somebody was reached."""

    month = fields.Integer()
    due_on = fields.Date()
    done_on = fields.Date(allow_none=True)
    not_needed_on = fields.Date(allow_none=True)
    outcome = fields.String()


class ReturnOut(FormSchema):
    """A return as both missions may see it."""

    reference = fields.String()
    state = fields.String()
    handover = fields.String()
    country = fields.String()
    purpose = fields.String()
    kind = fields.String()
    came_from = fields.String()
    basis = fields.String(attribute="shown_basis")
    admission = fields.String(attribute="shown_admission")
    programme = fields.String()
    from_transit = fields.Boolean()
    outcome = fields.String()
    sending = fields.String(attribute="sending.code")
    receiving = fields.String(attribute="receiving.code", allow_none=True)
    travel_on = fields.Date(allow_none=True)
    departed_on = fields.Date(allow_none=True)
    arrived_on = fields.Date(allow_none=True)
    steps = fields.List(fields.Nested(StepOut), attribute="shown_steps")
    follow_ups = fields.List(fields.Nested(FollowUpOut), attribute="shown_follow_ups")
