"""Pages: the public keys of an office; an administrator asks, a data protection officer enters."""

from flask import render_template

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from models.office_pairs import OfficePair
from models.people import Organisation
from models.states import OFFICE_PAIR
from organisations import key_pairs, queries
from web.finding import by_id
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("office_keys", __name__)
_PAIR = by_id(OfficePair, "pair_id", seen_with=Permission.OFFICE_KEYS_ENTER)


@blueprint.get(
    "/organisations/<code>/keys",
    permission=Permission.OFFICE_KEYS_SEE,
    subject=queries.with_keys,
)
def index(actor: Actor, place: Organisation) -> str:
    """Which keys stand, which wait, who stands for them."""
    pairs = key_pairs.of_office(place)
    return render_template(
        "organisations/keys.html",
        place=place,
        pairs=[
            (pair, key_pairs.fingerprint(pair), OFFICE_PAIR.can(pair, "enter")) for pair in pairs
        ],
        may_ask=allows(actor, Permission.ORGANISATION_CHANGE, place),
        may_enter={pair.id for pair in pairs if allows(actor, Permission.OFFICE_KEYS_ENTER, pair)},
    )


@blueprint.post(
    "/organisations/<code>/keys",
    permission=Permission.ORGANISATION_CHANGE,
    subject=queries.organisation,
    page=index,
    fresh=True,
)
def ask(actor: Actor, place: Organisation) -> object:
    """Make new ones and ask."""
    key_pairs.ask(by=actor, place=place)
    return redirect_to("office_keys.index", place)


@blueprint.post(
    "/office-keys/<int:pair_id>/enter",
    permission=Permission.OFFICE_KEYS_ENTER,
    subject=_PAIR,
    fresh=True,
)
def enter(actor: Actor, pair: OfficePair) -> object:
    """Enter them."""
    key_pairs.enter(by=actor, pair=pair)
    return redirect_to("office_keys.index", pair.office)


@blueprint.post(
    "/office-keys/<int:pair_id>/refuse",
    permission=Permission.OFFICE_KEYS_ENTER,
    subject=_PAIR,
    fresh=True,
)
def refuse(actor: Actor, pair: OfficePair) -> object:
    """Do not."""
    key_pairs.refuse(by=actor, pair=pair)
    return redirect_to("office_keys.index", pair.office)
