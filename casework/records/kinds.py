"""Which kinds of records there are, where each belongs, and what follows from it."""

from typing import Any

from flask_babel import lazy_gettext as _l

from casework.records import (
    children,
    completed,
    contact,
    giving,
    health,
    interviews,
    legal,
    plan,
    risks,
    safe_contact,
)
from casework.records.kind import SECTIONS, Kind
from models.records import Record, kind_token
from standards import extra_fields

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            "contact",
            _l("Contact"),
            "contacts",
            contact.ContactSchema,
            ("on", "at", "kind", "note"),
            "next_on",
            "call",
            renews=True,
            event="kind",
            leaves=contact.reached_nobody,
        ),
        Kind(
            "risk",
            _l("Risk assessment"),
            "risks",
            risks.RiskSchema,
            ("on", "rating"),
            "next_on",
            "safety",
            renews=True,
            complete=completed.reassess,
        ),
        Kind(
            "safety_plan",
            _l("Safety plan"),
            "risks",
            risks.SafetySchema,
            ("dangers",),
            "review_on",
            "safety",
            once=True,
        ),
        Kind("incident", _l("Incident"), "care", risks.IncidentSchema, ("on", "kind")),
        Kind("note", _l("Note"), "story", risks.NoteSchema, ("words",)),
        Kind(
            "decision",
            _l("Decision on identification"),
            "story",
            risks.DecisionSchema,
            ("on", "decision", "decided_by"),
            "appeal_until",
            "appeal_ends",
            says=completed.says("decision", "appeal_result", "appeal_decision", "elements"),
        ),
        Kind(
            "interview",
            _l("Interview"),
            "story",
            interviews.InterviewSchema,
            ("on", "agreed", "language"),
            says=completed.says(
                "agreed", "safe_place", "child_then", "began_in", "still_in", "others"
            ),
        ),
        Kind(
            "indicators",
            _l("Indicators of trafficking"),
            "story",
            interviews.IndicatorsSchema,
            ("on", "field"),
        ),
        Kind(
            "mechanism",
            _l("Referral to the national mechanism"),
            "story",
            interviews.MechanismSchema,
            ("on", "to", "answer"),
            "next_on",
            "mechanism_due",
            complete=completed.waits_for,
            says=completed.says("answer", "on"),
        ),
        Kind(
            "event", _l("Event"), "story", risks.TraffickingEventSchema, ("on", "type", "country")
        ),
        Kind(
            "involved", _l("Somebody involved"), "story", risks.InvolvedSchema, ("called", "roles")
        ),
        Kind(
            "inward",
            _l("Referred to us"),
            "story",
            risks.InwardSchema,
            ("on", "organisation"),
            once=True,
        ),
        Kind(
            "age",
            _l("Age assessment"),
            "children",
            children.AgeSchema,
            ("status", "result"),
            once=True,
            says=completed.says("status", "result", "on", "least", "most"),
        ),
        Kind(
            "guardian",
            _l("Guardian"),
            "children",
            children.GuardianSchema,
            ("name", "kind"),
            "until",
            "guardian_ends",
            settled=completed.checked,
            says=completed.says("kind", "checked", "until"),
        ),
        Kind(
            "bia",
            _l("Best-interests assessment"),
            "children",
            children.AssessmentSchema,
            ("on", "recommended"),
            "review_on",
            "best_interests",
            renews=True,
            says=completed.says("on"),
        ),
        Kind(
            "bid",
            _l("Best-interests determination"),
            "children",
            children.DeterminationSchema,
            ("on", "decision"),
            "valid_until",
            "best_interests",
            settled=completed.allows_return,
            says=completed.says("decision", "country", "valid_until"),
        ),
        Kind(
            "tracing",
            _l("Family tracing"),
            "children",
            children.TracingSchema,
            ("state", "by"),
            once=True,
            settled=completed.traced,
            says=completed.says("state", "safe"),
        ),
        Kind(
            "receives",
            _l("Who receives the child"),
            "children",
            children.ReceivesSchema,
            ("called", "relation", "country"),
            "valid_until",
            "best_interests",
            says=completed.says("country", "agreed", "checked_on", "valid_until"),
        ),
        Kind(
            "guardian_consent",
            _l("Consent of the guardian"),
            "children",
            children.GuardianConsentSchema,
            ("answer", "country", "on"),
            says=completed.says("country", "answer", "view", "on"),
        ),
        Kind("need", _l("Need"), "plan", plan.NeedSchema, ("area", "words")),
        Kind(
            "goal",
            _l("Goal"),
            "plan",
            plan.GoalSchema,
            ("area", "words", "progress"),
            "until",
            "goal_due",
        ),
        Kind(
            "service",
            _l("Step"),
            "plan",
            plan.PlanStepSchema,
            ("area", "what", "progress"),
            "until",
            "service_due",
        ),
        Kind(
            "review",
            _l("Review"),
            "plan",
            plan.ReviewSchema,
            ("on", "own_view"),
            "next_on",
            "plan_review",
            renews=True,
        ),
        Kind(
            "help",
            _l("Help given"),
            "help",
            giving.HelpSchema,
            ("on", "kind", "words", "amount", "currency"),
        ),
        Kind(
            "safe_contact",
            _l("Safe contact"),
            "contact",
            safe_contact.SafeContactSchema,
            ("ways", "after", "before", "never"),
            once=True,
        ),
        Kind(
            "care",
            _l("What is needed"),
            "care",
            health.CareSchema,
            ("kind", "words"),
            "until",
            "care_ends",
        ),
        Kind(
            "health",
            _l("Health assessment"),
            "medical",
            health.HealthSchema,
            ("on", "findings"),
            "next_on",
            "medical_due",
            renews=True,
        ),
        Kind("condition", _l("Condition"), "medical", health.ConditionSchema, ("name", "state")),
        Kind(
            "medication",
            _l("Medication"),
            "medical",
            health.MedicationSchema,
            ("name", "dose"),
            "until",
            "medical_due",
        ),
        Kind(
            "appointment",
            _l("Appointment"),
            "medical",
            health.AppointmentSchema,
            ("on", "at", "kind", "came"),
            "on",
            "medical_due",
        ),
        Kind(
            "fitness",
            _l("Fit to travel"),
            "medical",
            health.FitnessSchema,
            ("result", "valid_until"),
            "valid_until",
            "medical_due",
            settled=completed.fit,
            says=completed.says("result", "examined_on", "valid_until"),
        ),
        Kind(
            "session",
            _l("Psychosocial session"),
            "medical",
            health.SessionSchema,
            ("on", "score"),
            "next_on",
            "medical_due",
            renews=True,
            complete=completed.scored,
        ),
        Kind(
            "pregnancy",
            _l("Pregnancy"),
            "medical",
            health.PregnancySchema,
            ("due_on",),
            "due_on",
            "medical_due",
            once=True,
        ),
        Kind(
            "disability",
            _l("Functioning"),
            "medical",
            health.DisabilitySchema,
            ("on", "disability"),
            complete=completed.counted,
        ),
        Kind("medical_note", _l("Note"), "medical", risks.NoteSchema, ("words",)),
        Kind(
            "status",
            _l("Status"),
            "legal",
            legal.StatusSchema,
            ("status", "until"),
            "until",
            "legal_due",
        ),
        Kind(
            "asylum",
            _l("International protection"),
            "legal",
            legal.AsylumSchema,
            ("state", "on"),
            "deadline",
            "legal_due",
            once=True,
            settled=completed.seeks_protection,
        ),
        Kind(
            "paper",
            _l("Document"),
            "legal",
            legal.PaperSchema,
            ("kind", "state", "expires_on"),
            "expires_on",
            "legal_due",
            says=completed.says("kind", "state", "expires_on"),
        ),
        Kind(
            "proceeding",
            _l("Proceeding"),
            "legal",
            legal.ProceedingSchema,
            ("kind", "party", "court"),
        ),
        Kind(
            "hearing",
            _l("Hearing"),
            "legal",
            legal.HearingSchema,
            ("on", "at", "what"),
            "on",
            "legal_due",
        ),
        Kind(
            "compensation",
            _l("Compensation"),
            "legal",
            legal.CompensationSchema,
            ("state", "amount", "currency"),
            "deadline",
            "legal_due",
        ),
        Kind(
            "detention",
            _l("Detention"),
            "legal",
            legal.DetentionSchema,
            ("since", "place", "alternative"),
            "review_on",
            "legal_due",
        ),
        Kind("legal_note", _l("Note"), "legal", risks.NoteSchema, ("words",)),
    )
}

for _code, _label in extra_fields.RECORDS:  # where an office may ask more
    KINDS[_code].schema.extends = _code


def code_of(record: Record) -> str:
    """Which kind a record is; empty for one that this version does not know."""
    return codes(record.case_id).get(record.kind_token, "")


def codes(case_id: int) -> dict[bytes, str]:
    """The names under which kinds stand in a case."""
    return {kind_token(case_id, code): code for code in KINDS}


def of_section(section: str) -> list[Kind]:
    """The kinds of a section, in the order they are shown."""
    return [kind for kind in KINDS.values() if kind.section == section]


def sections_of(compartment: str) -> list[tuple[str, Any]]:
    """The sections that lie in a compartment."""
    return [(code, label) for code, place, label in SECTIONS if place == compartment]
