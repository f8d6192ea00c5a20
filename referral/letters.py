"""The letter that goes with a person to a partner: what was released, in the partner's language."""

from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from casework.core import release
from casework.letters import documents, pdf
from models.referrals import Referral
from models.rules import RuleBroken
from referral.sending import shown
from standards import lists
from web import template_filters


def letter(*, by: Actor, referral: Referral, language: str) -> pdf.Paper:
    """The referral as a PDF in one of the languages letters are written in.

    Raises where what was released ended with the referral.
    """
    if referral.own_key is None:
        raise RuleBroken(_("What was released ended with the referral."))
    release.must_stand("referral", referral.reference)
    with documents.spoken(language):
        title = _("Referral %(reference)s", reference=referral.reference)
        page: pdf.Page = {
            "from": referral.office.name,
            "title": title,
            "about": referral.partner.name,
            "parts": _parts(referral),
        }
        audit.record(
            "letter",
            subject=referral.reference,
            cases=(referral.case_id,),
            fields=tuple(referral.fields),
        )
        return pdf.paper(title, [page])


def _parts(referral: Referral) -> list[pdf.Page]:
    greeting = _(
        "Dear colleagues of %(partner)s, we ask you to help this person. "
        "They agreed that you are told what stands here.",
        partner=referral.partner.name,
    )
    farewell = _(
        "Keep this letter locked away and destroy it when the service ends. "
        "Answer by the link you were sent, or by telephone."
    )
    asked = [
        [_("Service"), lists.label(lists.SERVICES, referral.service)],
        [_("Urgency"), lists.label(lists.URGENCY, referral.urgency)],
        [_("Answer before"), template_filters.moment(referral.answer_by)],
    ]
    released = [
        [lists.label(lists.RELEASABLE, name), template_filters.shown(name, value)]
        for name, value in shown(dict(referral.released)).items()
    ]
    return [
        {"words": greeting},
        {"rows": asked},
        {"heading": _("About the person")},
        {"rows": released},
        {"words": farewell},
        {"sign": [_("Signature"), _("Stamp")]},
    ]
