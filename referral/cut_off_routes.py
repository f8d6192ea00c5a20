"""Pages: organisations that were cut off.

One cuts; whoever asks that the people come in again is not who agrees.
"""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from models.cut_offs import CutOff
from referral import cut_off_pages as pages
from referral import cutting_off, queries, schemas
from web.finding import by_id
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("cut_offs", __name__)
_CUT: dict[str, Any] = {"subject": by_id(CutOff, "cut_off_id"), "fresh": True}


@blueprint.get("/cut-offs", permission=Permission.CUT_OFF_LIST)
def index(actor: Actor, form: Form | None = None) -> str:
    """Organisations that were cut off; whoever may, cuts off another."""
    shown = pages.index(actor, request.args.get("after", ""), form)
    return render_template("referral/cut_offs.html", **shown)


@blueprint.post(
    "/cut-offs",
    permission=Permission.CUT_OFF_MAKE,
    accepts=schemas.CutOffSchema,
    page=index,
    fresh=True,
)
def make(actor: Actor, given: dict[str, Any]) -> object:
    """Cut off a partner, at once."""
    partner = queries.organisation(given["partner"])
    made = cutting_off.cut_off(by=actor, partner=partner, sure=given["sure"])
    return redirect_to("cut_offs.show", made)


@blueprint.get(
    "/cut-offs/<int:cut_off_id>",
    permission=Permission.CUT_OFF_LIST,
    subject=by_id(CutOff, "cut_off_id"),
)
def show(actor: Actor, cut: CutOff) -> str:
    """Whom they had read of, as far as the reader's own office is concerned."""
    shown = pages.show(actor, cut, request.args.get("after", ""))
    return render_template("referral/cut_off.html", **shown)


@blueprint.post("/cut-offs/<int:cut_off_id>/ask", permission=Permission.CUT_OFF_MAKE, **_CUT)
def ask_back(actor: Actor, cut: CutOff) -> object:
    """Ask that its people come in again."""
    cutting_off.ask_back(by=actor, cut=cut)
    return redirect_to("cut_offs.show", cut)


@blueprint.post("/cut-offs/<int:cut_off_id>/let-in", permission=Permission.CUT_OFF_END, **_CUT)
def let_in(actor: Actor, cut: CutOff) -> object:
    """Agree."""
    cutting_off.let_in(by=actor, cut=cut)
    return redirect_to("cut_offs.show", cut)


@blueprint.post("/cut-offs/<int:cut_off_id>/keep-out", permission=Permission.CUT_OFF_END, **_CUT)
def keep_out(actor: Actor, cut: CutOff) -> object:
    """Do not agree."""
    cutting_off.keep_out(by=actor, cut=cut)
    return redirect_to("cut_offs.show", cut)
