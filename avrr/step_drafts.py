"""What somebody began to type of a step of a return: how it is called, and when it is over."""

from access.actors import Actor
from models.returns import Return
from standards import lists
from web import keeping, kept_rules


def forget(by: Actor, return_: Return, step: str) -> None:
    """What somebody began to type of a step is over once they recorded it, whatever way."""

    def is_of_step(kept: keeping.Typed) -> bool:
        return dict(kept.fields).get("step", "itinerary") == step

    keeping.forget(return_.reference, ("avrr.step", "avrr.journey"), is_of_step, by=by)


@kept_rules.called("avrr.step")
def _which_step(_names: kept_rules.Names, fields: kept_rules.Fields) -> str:
    return lists.label(lists.RETURN_STEPS, dict(fields).get("step", ""))
