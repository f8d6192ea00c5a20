"""What stands on the pages of a person: the family or group, other cases, those who look alike."""

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.casefile.case_header import head
from casework.core import search, search_trail
from casework.people import families, merging, schemas
from models.cases import Case
from web.forms import Form


def family(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """Who belongs together, and the form to join somebody."""
    household = families.household_of(case)
    header = head(actor, case, "family")
    return {
        **header,
        "members": families.members(actor, household) if household else [],
        "may_leave": allows(actor, Permission.IDENTITY_WRITE, case),
        "may_join": header["may_change_identity"],
        "form": form or Form(schemas.RelativeSchema),
    }


def person(actor: Actor, case: Case, form: Form | None, why: str = "") -> dict[str, object]:
    """Other cases of the person, and those that may be of the same one."""
    hits = search.duplicates(
        by=actor, person=dict(case.identity), country=case.office.country, of=case, why=why
    )
    others = [other for other in merging.of_person(case) if other.id not in actor.blocked]
    opens = {other.id for other in others if allows(actor, Permission.CASE_OPEN, other)}
    elsewhere = [other for other in others if other.id not in opens]
    named = why if elsewhere and not search_trail.is_too_many(actor) else ""
    search_trail.note(
        by=actor,
        asked={"person": str(case.person_id)},
        own=sorted(opens),
        elsewhere=elsewhere,
        why=named,
    )
    return {
        **head(actor, case, "person"),
        "near": hits,
        "apart": merging.judged_apart(
            case.person_id, {hit.person_id for hit in hits if hit.person_id}
        ),
        "others": [(other, other.id in opens) for other in others],
        "offices_named": bool(named),
        "asks_elsewhere": bool(elsewhere) and not named,
        "may_open_another": allows(actor, Permission.IDENTITY_WRITE, case),
        "merges": merging.merges(case),
        "form": form or Form(schemas.JudgementSchema),
    }
