"""What stands on the pages of the network: the directory, a partner's own pages, the pathways."""

from collections.abc import Mapping

from access.actors import Actor
from access.permissions import Role
from casework.core import histories
from casework.core import queries as cases
from models.base import now, today
from models.people import Organisation
from notifications import webhooks
from referral import directory, pathways, schemas
from standards import lists
from web import paging
from web.forms import Form

PARTNERS = 50  # on a page of the directory


def partners(
    actor: Actor, asked: Mapping[str, str], *, open_only: bool, after: str = ""
) -> dict[str, object]:
    """The directory: by service, place, language, open places."""
    listed = directory.partners(
        service=asked["service"],
        place=asked["place"],
        language=asked["language"],
        open_only=open_only,
    )
    page = paging.part_of([] if actor.forced else listed, after, PARTNERS)
    ids = [partner.id for partner in page.items]
    return {
        "page": page,
        "asked": {name: value for name, value in asked.items() if value}
        | ({"open_only": 1} if open_only else {}),
        "quality": {} if actor.holds(Role.PARTNER) else directory.quality(ids),
        "form": Form(schemas.FindSchema, {**asked, "open_only": open_only}),
        "own": actor.at(Role.PARTNER),
        "stale": now() - directory.STALE,
        "today": today(),
    }


def places(partner: Organisation, form: Form | None) -> dict[str, object]:
    """What an organisation says of itself: places open, hours, languages."""
    history = directory.history_of(partner).versions()
    stands = directory.says_of_itself(partner)
    stands["revision"] = histories.revision_after(history)
    return {
        "partner": partner,
        "form": form or Form(schemas.PlacesSchema, stands),
        "history": history,
        "other_labels": {f"places__{code}": word for code, word in lists.SERVICES},
        "writers": cases.names(version.by_id for version in history),
    }


def webhook(
    partner: Organisation, form: Form | None, secret: str, after: str = ""
) -> dict[str, object]:
    """Notices to an organisation's own system, and what became of them."""
    hook = webhooks.hook_of(partner.id)
    return {
        "partner": partner,
        "hook": hook,
        "messages": webhooks.messages(hook, after) if hook else paging.part_of([]),
        "secret": secret,
        "form": form or Form(schemas.HookSchema, {"url": hook.url if hook else ""}),
    }


def pathway(actor: Actor, category: str, place: str | None) -> dict[str, object]:
    """Who helps with what, in which order; around the actor's office where no place is named."""
    category = category if category in pathways.STEPS else "trafficking"
    place = _country_of(actor) if place is None else place[:60]
    stops = pathways.pathway(category, place)
    return {
        "stops": stops,
        "picture": pathways.drawn(stops),
        "form": Form(schemas.PathwaySchema, {"category": category, "place": place}),
        "category": category,
        "place": place,
    }


def _country_of(actor: Actor) -> str:
    """The country of the first office the actor works for; empty for others."""
    grants = actor.user.grants if actor.user else []
    offices = [grant.organisation for grant in grants if grant.in_force]
    return offices[0].country if offices else ""
