"""Coded lists of the interview on which an identification leans: who was there, what was explained,
what kept the person from telling, what the national mechanism answered. Our own words.

Content after: International Organization for Migration, Handbook on direct assistance for victims of
trafficking (2007), its screening interview; the United Kingdom's referral form of first responders
to its national mechanism. Both are to be verified.
"""

from flask_babel import lazy_gettext as _l

from standards.lists import Options

YES_OR_NO: Options = (("yes", _l("Yes")), ("no", _l("No")))
INTERPRETERS: Options = (
    ("none", _l("Not needed: a language that both speak")),
    ("room", _l("An interpreter, in the room")),
    ("far", _l("An interpreter, by telephone or screen")),
    ("colleague", _l("A colleague or volunteer")),
    ("relative", _l("Somebody of the family or community")),
)
PRESENT: Options = (
    ("nobody", _l("Nobody else")),
    ("guardian", _l("Guardian")),
    ("trusted", _l("Somebody they trust")),
    ("child_protection", _l("Child protection authority")),
    ("lawyer", _l("Lawyer")),
    ("psychologist", _l("Psychologist")),
    ("police", _l("Police or another authority")),
    ("other", _l("Somebody else")),
)
WITH_A_CHILD = frozenset({"guardian", "child_protection", "lawyer"})
EXPLAINED: Options = (
    ("purpose", _l("What the interview is for, and what it is not")),
    ("reads", _l("Who will read it, and where it is kept")),
    ("limits", _l("What cannot be kept secret")),
    ("free", _l("They may skip any question, and stop at any time")),
    ("help", _l("Help does not depend on what they say")),
    ("breaks", _l("They may ask for a break")),
)
BREAKS: Options = (
    ("taken", _l("Offered and taken")),
    ("offered", _l("Offered, not wanted")),
    ("stopped", _l("The interview was stopped, to go on another day")),
)
HINDERED: Options = (
    ("fear", _l("Fear of those who did it")),
    ("family", _l("Fear for the family")),
    ("authorities", _l("Fear of authorities, of detention or expulsion")),
    ("shame", _l("Shame")),
    ("debt", _l("Debt")),
    ("oath", _l("An oath or a belief")),
    ("tie", _l("A tie to the person who did it")),
    ("locked", _l("Locked in or watched")),
    ("language", _l("The language")),
    ("unknown", _l("Did not know where to turn, or that it is a crime")),
    ("before", _l("Was not believed before")),
    ("other", _l("Something else")),
)
WITHOUT_INTERVIEW: Options = (
    ("authority", _l("An authority decided, and its paper is on file")),
    ("papers", _l("Papers or statements of others suffice")),
    ("not_wanted", _l("The person does not want an interview")),
    ("not_able", _l("The person cannot be interviewed now: too young, too ill, away")),
)
MECHANISM: Options = (
    ("waiting", _l("No answer yet")),
    ("presumed", _l("Recognised as a presumed victim")),
    ("identified", _l("Identified as a victim")),
    ("refused", _l("Not recognised")),
)
