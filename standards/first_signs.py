"""Signs for first contact, a shorter set than :mod:`standards.indicators`.

After: United Nations Office on Drugs and Crime, "Human trafficking indicators" (leaflet), in our
own words and with thanks: its groups and a choice of its signs, not read again, to be verified
(:data:`VERIFIED`). The source gives no strength to any of them: one sign may mean nothing, and
none of them missing does not mean that somebody is safe.
"""

from flask_babel import lazy_gettext as _l

from standards.lists import Options

SOURCE = "UNODC, Human trafficking indicators"
VERIFIED = False
GENERAL: Options = (
    ("against_will", _l("Believe that they must work against their will")),
    ("cannot_leave", _l("Cannot leave the place of work, or feel that they cannot")),
    ("movements", _l("Their movements are controlled")),
    ("fear", _l("Show fear or anxiety")),
    ("threatened", _l("They or their family are threatened or hurt")),
    ("injuries", _l("Injuries as of an assault, or of some kinds of control or work")),
    ("distrust", _l("Distrust the authorities, or are threatened with them")),
    ("status", _l("Are afraid to say what their status is")),
    ("papers", _l("Somebody else holds their documents, or they are false")),
    ("language", _l("Do not know the language, or the address where they live or work")),
    ("spoken_for", _l("Others speak for them, or they speak as if told what to say")),
    ("punished", _l("Are disciplined by punishment")),
    ("terms", _l("Cannot negotiate their conditions of work")),
    ("unpaid", _l("Get little or no pay, or cannot reach their money")),
    ("hours", _l("Work very long hours, without days off")),
    ("housing", _l("Live in poor housing, or where they work")),
    ("care", _l("Have no access to medical care")),
    ("contact", _l("Have little contact with family or others, cannot speak freely")),
    ("debt", _l("Believe that they owe a debt, or others paid for the journey")),
    ("depends", _l("Depend on those who control them")),
    ("promises", _l("Came because of promises that were false")),
)
CHILDREN: Options = (
    ("no_parents", _l("Have no access to their parents or guardians")),
    ("frightened", _l("Seem frightened, and not as others of their age")),
    ("no_friends", _l("Have no friends of their own age outside work")),
    ("no_school", _l("Have no access to school, no time to play")),
    ("apart", _l("Live apart from other children, in poor housing")),
    ("meals", _l("Eat apart from the others of the family, or get leftovers")),
    ("work", _l("Do work that is not for children")),
    ("alone", _l("Travel without adults, or in a group with somebody who is not family")),
    ("moved", _l("An adult comes and goes with them, and says little of who they are")),
    ("phone", _l("Are given a phone, clothes or money by somebody unknown")),
)
DOMESTIC: Options = (
    ("with_family", _l("Live with a family and do not eat with it")),
    ("no_room", _l("Have no place of their own, or sleep where others pass")),
    ("reported", _l("Are said to be missing by their employer although they live there")),
    ("never_out", _l("Never or seldom leave the house, or only with the employer")),
    ("leftovers", _l("Get only leftovers")),
    ("abused", _l("Are insulted, abused, threatened or hurt")),
)
SEXUAL: Options = (
    ("young", _l("Are under age, or look younger than is said")),
    ("moved", _l("Are moved from one place to the next")),
    ("escorted", _l("Are brought and fetched wherever they go")),
    ("marked", _l("Have marks that show that somebody owns them")),
    ("words", _l("Know of the language only words about sex")),
    ("no_money", _l("Have no money of their own")),
    ("cannot_refuse", _l("Cannot refuse clients, acts, or unsafe sex")),
    ("sold", _l("Were bought and sold")),
    ("group", _l("Live in a group with others under the same control")),
)
LABOUR: Options = (
    ("together", _l("Live in a group where they work, and seldom leave it")),
    ("unfit", _l("Live in places not fit for people")),
    ("clothes", _l("Are not dressed for the work that they do")),
    ("contract", _l("Have no contract")),
    ("depends", _l("Depend on the employer for work, transport and a bed")),
    ("watched", _l("Cannot move freely; there are means to keep them in")),
    ("fines", _l("Are disciplined by fines")),
    ("safety", _l("Have no training or gear for safety")),
    ("laws", _l("Labour law is broken where they work")),
)
BEGGING: Options = (
    ("begging", _l("Children, old or disabled people beg in public places")),
    ("carries", _l("Children carry or sell unlawful drugs")),
    ("maimed", _l("Have injuries that seem to have been done to them")),
    ("gang", _l("Take part in the crimes of a group, are punished if they get too little")),
    ("same", _l("Travel in a group with people who do not know each other")),
    ("moves", _l("Are moved from one country to another for it")),
    ("returns", _l("Are brought back after they left")),
)
