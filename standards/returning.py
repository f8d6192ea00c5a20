"""Coded lists of return and reintegration with their labels."""

from flask_babel import lazy_gettext as _l

Options = tuple[tuple[str, object], ...]

PURPOSES: Options = (
    ("return", _l("Return to the country of origin")),
    ("relocation", _l("Permanent relocation to a third country")),
)
KINDS: Options = (
    ("avr", _l("Assisted voluntary return")),
    ("vhr", _l("Voluntary humanitarian return")),
)
# How who is home already came there without us.
WAYS_HOME: Options = (
    ("forced", _l("After a forced return")),
    ("own_means", _l("By own means")),
    ("others", _l("With help of another organisation or of authorities")),
)
ANY_KIND = (*KINDS, *WAYS_HOME)
# Why somebody returns to a country that is not the one of their citizenship.
BASES: Options = (
    ("residence", _l("They lived there")),
    ("family", _l("Spouse, parent or child is there")),
    ("citizenship", _l("Another citizenship, shown by a document")),
    ("stateless", _l("Stateless: they lived there")),
)
ADMISSIONS: Options = (
    ("passport", _l("A passport of that country")),
    ("permit", _l("A residence permit or right of residence")),
    ("visa", _l("A visa or entry permit")),
    ("admitted", _l("The authorities there agreed in writing")),
)
NOBODY: Options = (
    ("no_mission", _l("There is no mission, and no mission of the region takes it on")),
    ("wish", _l("The person wants nobody there to know")),
    ("refused", _l("The mission there cannot take the person on")),
    ("ended", _l("What the person agreed to has ended: the mission there is told no more")),
)
# The questions of the check before a return, each answered.
GROUNDS_ASKED = ("wants_protection", "at_risk", "trafficking_risk", "may_be_child")
# Own papers, or what a consulate gave, that let somebody travel.
TRAVEL_PAPERS: Options = (
    ("passport", _l("Passport")),
    ("laissez_passer", _l("Emergency travel document")),
    ("identity_card", _l("Identity card, where it is enough")),
    ("permit", _l("Residence permit")),
)
# What counselling explains, so that the choice is one.
OPTIONS: Options = (
    ("stay", _l("Staying and regularising")),
    ("asylum", _l("International protection")),
    ("family", _l("Joining family elsewhere")),
    ("resettlement", _l("Resettlement or relocation")),
    ("return", _l("Voluntary return")),
    ("own", _l("Returning by own means")),
)
STEP_OUTCOMES: Options = (
    ("ok", _l("Nothing against return")),
    ("grounds", _l("There are grounds for protection")),
    ("eligible", _l("Eligible for the programme")),
    ("not_eligible", _l("Not eligible")),
    ("fit", _l("Fit to travel")),
    ("fit_escort", _l("Fit to travel with an escort")),
    ("not_fit", _l("Not fit to travel")),
)
OUTCOMES_OF_STEP = {
    "protection_check": ("ok", "grounds"),
    "eligibility": ("eligible", "not_eligible"),
    "fit_to_travel": ("fit", "fit_escort", "not_fit"),
}
STEP_OF_OUTCOME = {code: step for step, codes in OUTCOMES_OF_STEP.items() for code in codes}
ESCORTS: Options = (
    ("medical", _l("Medical escort")),
    ("operational", _l("Operational escort")),
    ("guardian", _l("Guardian")),
)
NEEDS: Options = (
    ("wheelchair", _l("Wheelchair")),
    ("stretcher", _l("Stretcher")),
    ("oxygen", _l("Oxygen")),
    ("medication", _l("Medication at hand")),
    ("pregnant", _l("Pregnant")),
    ("infant", _l("With an infant")),
    ("interpreter", _l("Interpreter")),
    ("quiet", _l("A quiet seat")),
)
WHY_MISSING: Options = (
    ("funding", _l("no money was approved yet")),
    ("consulate", _l("the person has not agreed that the consulate is contacted")),
    ("asylum", _l("the person seeks protection: no return while that is so")),
    ("grounds", _l("there are grounds for protection: no return")),
    ("not_eligible", _l("the programme does not cover the person")),
    ("not_fit", _l("the doctor says not fit to travel")),
    ("fit_ended", _l("the certificate ends before the day of travel")),
    ("document_ended", _l("the travel document ends before the day of travel")),
    ("fit_ended_already", _l("the certificate has ended: another examination is needed")),
    ("document_ended_already", _l("the travel document has ended: another one is needed")),
    ("journey_past", _l("the day of the journey has passed: give the new one")),
    ("thinking", _l("the time to think is not over")),
    ("too_early", _l("signed before the time to think was over: sign anew")),
    ("signed_as_child", _l("signed as a child, with the guardian: the adult signs anew")),
    (
        "best_interests",
        _l("what a child needs before a journey is not all there: see the child’s page"),
    ),
    ("approval", _l("a supervisor has not agreed: ask for the approval of the return on the case")),
    ("approval_refused", _l("a supervisor has not agreed to this return")),
    ("escort", _l("an escort is needed and none is named")),
    ("handover", _l("the mission in the country of return has not accepted")),
)
EVENTS: Options = (
    ("started", _l("Begun")),
    ("kept", _l("Nobody there receives: the mission goes on by itself")),
    ("came_home", _l("Came home by another way: reintegration begins")),
    ("not_cleared", _l("Something new keeps the person from leaving")),
    ("handed_over", _l("Handed over")),
    ("accepted", _l("Accepted by the receiving mission")),
    ("questions", _l("Sent back with questions")),
    ("answered", _l("Question or answer")),
    ("handover_ended", _l("What was told to the other mission ended")),
    ("step_taken_back", _l("What kept the person from leaving was taken back")),
    ("listed", _l("Listed for a movement")),
    ("unlisted", _l("Taken off the movement")),
    ("no_show", _l("Did not come to the departure")),
    ("departed", _l("Departed")),
    ("not_departed", _l("Departure taken back: the person has not left")),
    ("transit_ok", _l("Passed through transit")),
    ("transit_helped", _l("Helped in transit")),
    ("transit_stopped", _l("Held up in transit")),
    ("arrived", _l("Arrived")),
    ("received", _l("Met on arrival")),
    ("onward", _l("Brought onward")),
    ("planned", _l("Reintegration planned")),
    ("assisted", _l("Assistance given")),
    ("item_ended", _l("An item of assistance ended before all was given")),
    ("referred", _l("Referred to a local partner")),
    ("followed_up", _l("Followed up")),
    ("tried", _l("Tried to follow up, nobody reached")),
    ("ending_asked", _l("Asked to close, for a second person to agree")),
    ("ending_refused", _l("Not closed: a second person did not agree")),
    ("surveyed", _l("Survey taken")),
    ("closed", _l("Closed")),
    ("withdrawn", _l("The person changed their mind")),
    ("mistaken", _l("Begun by mistake, and ended")),
)
TRANSIT: Options = (
    ("ok", _l("Passed through")),
    ("helped", _l("We helped")),
    ("stopped", _l("Held up")),
)
MOVEMENTS: Options = (("flight", _l("Flight")), ("bus", _l("Bus")), ("ship", _l("Ship")))
MOVEMENT_STATES: Options = (
    ("planned", _l("Planned")),
    ("departed", _l("Departed")),
    ("cancelled", _l("Cancelled")),
)
SEAT_STATES: Options = (
    ("listed", _l("Listed")),
    ("boarded", _l("On board")),
    ("no_show", _l("Did not come")),
)
LEVELS: Options = (
    ("individual", _l("Individual")),
    ("community", _l("Community")),
    ("structural", _l("Structural")),
)
FORMS: Options = (("kind", _l("In kind")), ("cash", _l("In cash")))
ITEM_STATES: Options = (
    ("planned", _l("Waits for approval")),
    ("approved", _l("Approved")),
    ("refused", _l("Not approved")),
    ("partly", _l("Given in part")),
    ("ended", _l("Ended")),
)
BUSINESS: Options = (
    ("not_begun", _l("Not begun")),
    ("runs", _l("Runs")),
    ("grows", _l("Grows")),
    ("struggles", _l("Struggles")),
    ("closed", _l("Closed down")),
)
OUTCOMES: Options = (
    ("completed", _l("Completed")),
    ("lost", _l("Lost to contact")),
    ("migrated_again", _l("Migrated again")),
    ("withdrew", _l("Withdrew")),
    ("died", _l("Died")),
)
WARNINGS: Options = (
    ("falls", _l("A score fell")),
    ("low", _l("A score is low")),
    ("missed", _l("Nobody was reached for a follow-up")),
    ("lost", _l("Nobody is reached any more")),
    ("migrate", _l("Wishes to migrate again")),
    ("unsafe", _l("Does not feel safe")),
    ("business", _l("The business is in trouble")),
)
