"""Our own coded lists with their labels.

Codes are stored and counted; labels are shown, in the reader's language.
"""

from functools import lru_cache

from flask_babel import lazy_gettext as _l

from standards import htcds, notification_events
from standards.grown import Grown

Options = tuple[tuple[str, object], ...]

NOT_ANSWERED: Options = (
    ("does_not_know", _l("does not know")),
    ("prefers_not", _l("prefers not to say")),
    ("not_asked", _l("not asked")),
)
# Why a form was kept that its author did not finish.
UNFINISHED: Options = (
    ("typing", _l("Not sent")),
    ("locked", _l("The screen was locked")),
    ("ended", _l("The session was over")),
    ("factor", _l("A second factor was wanted")),
    ("refused", _l("It could not be done")),
    ("changed", _l("Changed after it was sent")),
    ("conflict", _l("Somebody else saved meanwhile")),
)
SEX: Options = (
    ("Feminine", _l("Woman or girl")),
    ("Masculine", _l("Man or boy")),
    ("TransgenderFeminine", _l("Trans woman")),
    ("TransgenderMasculine", _l("Trans man")),
    ("NonConforming", _l("In another way")),
)
AGE_BANDS: Options = (
    ("0-13", _l("0–13")),
    ("14-17", _l("14–17")),
    ("18-34", _l("18–34")),
    ("35-64", _l("35–64")),
    ("65+", _l("65 and over")),
    ("", _l("Age not known")),
)
# As lists and releases show it: whose age is uncertain has none of these groups.
AGES_SHOWN: Options = (*AGE_BANDS, ("maybe", _l("may be under 18")))
CATEGORIES: Options = (
    ("trafficking", _l("Victim of trafficking, presumed or identified")),
    ("vulnerable", _l("Migrant vulnerable to violence, exploitation and abuse")),
    ("stranded", _l("Stranded migrant")),
    ("child", _l("Unaccompanied or separated child")),
    ("smuggled", _l("Smuggled migrant")),
    ("medical", _l("Medical case")),
    ("other", _l("Other")),
)
# What a fund may be for: the same, and victims whose identification counts.
FUNDED: Options = (
    *CATEGORIES,
    ("identified", _l("Victim of trafficking, identified: not presumed alone")),
)
STATUS: Options = (
    ("open", _l("Registered")),
    ("assistance", _l("In assistance")),
    ("follow_up", _l("In follow-up")),
    ("closed", _l("Closed")),
    ("erased", _l("Erased")),
)
ERASURE_REASONS: Options = (
    ("asked_by_person", _l("The person asked for it")),
    ("entered_by_mistake", _l("It should never have been recorded")),
    ("retention", _l("The day until which it is kept has passed")),
)
JUDGEMENTS: Options = (
    ("same", _l("The same person")),
    ("not_same", _l("Not the same")),
    ("cannot_tell", _l("Cannot tell")),
)
FILE_STATES: Options = (
    ("receiving", _l("Upload not finished")),
    ("quarantine", _l("Being inspected")),
    ("kept", _l("Kept")),
    ("refused", _l("Refused")),
)
SHOWS_PERSON: Options = (
    ("no", _l("No, it does not")),
    ("yes", _l("Yes, it shows the person")),
)
FILE_REFUSALS: Options = (
    (
        "kind",
        _l(
            "This kind of file is not taken. Pictures, PDF, Office documents, sound, video of "
            "telephones and plain text are. Open it, print it to PDF and send that."
        ),
    ),
    ("archive", _l("Archives are not taken. Send the files one by one.")),
    (
        "active",
        _l(
            "It contains something that runs (a macro, a script, something that plays). Save it "
            "without, or print it to PDF, and send that."
        ),
    ),
    (
        "opens",
        _l(
            "It opens a web address, a program or another file. Save it as PDF/A, or print it to "
            "PDF, and send that."
        ),
    ),
    (
        "remote",
        _l(
            "It fetches something from elsewhere when it is opened (a template, a picture, figures "
            "of another file), which tells others when and where it is read. Print it to PDF and "
            "send that."
        ),
    ),
    (
        "carries",
        _l("It carries another file within. Send that one by itself, and this one printed to PDF."),
    ),
    (
        "form",
        _l(
            "It is a form that only Acrobat can open. Open it there, print it to PDF and send that."
        ),
    ),
    (
        "encrypted",
        _l(
            "It is protected by a password, so that nobody can look into it. Open it, print it to "
            "PDF or save it without the password, and send that."
        ),
    ),
    (
        "old_office",
        _l(
            "It is an Office document of the old kind, or protected by a password. Save it as DOCX, "
            "XLSX, PPTX or PDF, without a password, and send that."
        ),
    ),
    ("too_big", _l("It is too big for its kind. Save it smaller, or in several files.")),
    ("bomb", _l("It unpacks to more than it should. Print it to PDF and send that.")),
    ("broken", _l("It cannot be read. Save it anew and send it again.")),
    ("virus", _l("The scanner found a virus.")),
    (
        "photograph",
        _l("The person does not want photographs, and this file shows them. It was not kept."),
    ),
    (
        "not_said",
        _l(
            "The person does not want photographs. Send it again and say that it does not show "
            "the person."
        ),
    ),
)
ERASURE_STATES: Options = (
    ("asked", _l("Waiting for a decision")),
    ("done", _l("Erased")),
    ("refused", _l("Kept")),
)
PERSON_REQUESTS: Options = (
    ("access", _l("Access: what is held, and a copy")),
    ("correction", _l("Correction")),
    ("objection", _l("Objection to a use, or restriction")),
    ("erasure", _l("Erasure")),
    ("portability", _l("Portability: their data as a file, for them or another")),
)
PERSON_REQUEST_STATES: Options = (
    ("received", _l("Waits for an answer")),
    ("extended", _l("Takes longer, the person was told why")),
    ("granted", _l("Granted")),
    ("in_part", _l("Granted in part")),
    ("refused", _l("Refused")),
    ("taken_back", _l("Taken back by the person")),
)
PERSON_REQUEST_OUTCOMES: Options = PERSON_REQUEST_STATES[2:]
IDENTIFIED_BY: Options = (
    ("known", _l("Known to their caseworker")),
    ("document", _l("By a document")),
    ("questions", _l("By questions that only they can answer")),
    ("representative", _l("By a guardian or lawyer with a mandate")),
)
# Why less is given than was asked, by the principles of data protection.
REFUSAL_GROUNDS: Options = (
    ("not_identified", _l("It could not be made sure who asks")),
    ("danger", _l("It would put the person or somebody else in danger")),
    ("others", _l("It would tell about other people")),
    ("law", _l("A law or a court asks that it is kept")),
    ("claims", _l("It is needed for a legal claim")),
    ("correct", _l("What is held is correct")),
    ("repeated", _l("The same was asked and answered a short time ago")),
    ("not_held", _l("Nothing of the kind is held")),
)
ANSWERED_BY: Options = (
    ("handed", _l("A letter, handed over")),
    ("sent", _l("A letter, sent by a way the person allowed")),
    ("read_out", _l("Read out to them in a language they understand")),
    ("representative", _l("Through their guardian or lawyer")),
)
BLOCK_REASONS: Options = (
    ("relative", _l("A relative or acquaintance of the person")),
    ("conflict", _l("A conflict of interest")),
    ("fear", _l("The person is afraid of them")),
    ("other", _l("Another reason")),
)
# Why somebody asks which office knows a person.
ELSEWHERE_REASONS: Options = (
    ("helped_before", _l("They say that another office helped them")),
    ("referred", _l("They were sent to us")),
    ("danger", _l("They are in danger and somebody may know more")),
    ("family", _l("A relative of somebody we help")),
    ("registering", _l("We register them and want no second case")),
)
EMERGENCY_REASONS: Options = (
    ("danger_to_life", _l("Danger to life")),
    ("medical", _l("Medical emergency")),
    ("child", _l("A child in danger")),
    ("lost_contact", _l("The responsible caseworker cannot be reached and it cannot wait")),
)
FINDINGS: Options = (
    ("justified", _l("Justified")),
    ("not_justified", _l("Not justified: end it now")),
)
ALERTS: Options = notification_events.ALERTS
ALERT_FINDINGS: Options = (
    ("explained", _l("There was a good reason")),
    ("mistake", _l("A mistake; it was talked about")),
    ("misuse", _l("Access was misused")),
    ("outside", _l("Somebody from outside")),
    ("unclear", _l("It could not be found out")),
)
# What to do about each, in this order.
_ASK_THEM = _l(
    "Read what they opened in the trail, then ask them and their supervisor why. If there was no "
    "reason: keep the cases from them (Guard), and have an administrator end their role."
)
_SHUT_OUT = _l(
    "Call them by a number you know, not by mail. Have an administrator end their sessions and shut "
    "the account until it is clear; then they choose a new password."
)
_ON_THE_MACHINE = _l(
    "Call whoever keeps the machine. They look with ./run flask audit verify and ./run flask audit "
    "rows, keep copies of what they find, and change the passwords of database and queue."
)
ALERTS_TO_DO: Options = (
    *((kind, _ASK_THEM) for kind in ("many_cases", "at_night", "without_relation")),
    *((kind, _ASK_THEM) for kind in ("reading_stopped", "many_searches", "many_elsewhere")),
    (
        "sought_by_several",
        _l(
            "Somebody may be looked for. Ask each office, apart, who asked them to search and why; "
            "think of blocking the case before anything else."
        ),
    ),
    ("emergency", _l("Judge it above, under emergency access to review.")),
    ("guessed_codes", _SHUT_OUT),
    (
        "duress",
        _l(
            "Somebody may stand beside them. Do not call or write to them. Follow the procedure of "
            "the office for danger; have an administrator end their sessions only if it is agreed "
            "there that this helps."
        ),
    ),
    *((kind, _ON_THE_MACHINE) for kind in ("forged_job", "altered_content", "broken_trail")),
    ("forged_row", _ON_THE_MACHINE),
)
ACCESS_CHANGES: Options = notification_events.ACCESS_CHANGES
ACCESS_ASKED: Options = notification_events.ACCESS_ASKED
ACCESS_STATES: Options = (
    ("asked", _l("Waits for a second person")),
    ("waiting", _l("Agreed to; can still be stopped")),
    ("done", _l("Done")),
    ("refused", _l("Refused")),
    ("stopped", _l("Stopped")),
    ("lapsed", _l("Nobody answered in time")),
)
CUT_OFF_STATES: Options = (
    ("cut", _l("Cut off")),
    ("asked", _l("Somebody asks to let it in again")),
    ("over", _l("Let in again")),
)
CLOSURE = Grown.of(
    "closure",
    (
        ("completed", _l("Assistance completed")),
        ("referred", _l("Referred to another organisation")),
        ("returned", _l("Returned and reintegrated")),
        ("lost", _l("Lost to contact")),
        ("withdrew", _l("The person withdrew")),
        ("died", _l("The person died")),
        ("other", _l("Another reason")),
    ),
)
PRINT_REASONS: Options = (
    ("person", _l("The person asked for it")),
    ("meeting", _l("A meeting about the case")),
    ("authority", _l("An authority asks, and the person agrees")),
    ("interpreter", _l("To talk it through with an interpreter")),
    ("other", _l("Another reason")),
)
APPROVALS: Options = (
    ("plan", _l("The plan")),
    ("return", _l("The return")),
    ("closure", _l("Closing the case")),
    ("identified", _l("Identification as a victim")),
    ("grown", _l("An adult, who counted as a child")),
)
# Those that are asked by hand; the others follow from what is written down and are answered by
# reading it.
APPROVALS_TO_ASK: Options = APPROVALS[:3]
APPROVAL_STATES: Options = (
    ("asked", _l("Waits for an answer")),
    ("approved", _l("Approved")),
    ("refused", _l("Not approved")),
    ("withdrawn", _l("Not needed any more")),
)
RISK: Options = (
    ("low", _l("Low")),
    ("medium", _l("Medium")),
    ("high", _l("High")),
    ("extreme", _l("Extreme")),
)
CHANNELS = Grown.of(
    "channels",
    (
        ("referral", _l("Referred by another organisation")),
        ("hotline", _l("Hotline")),
        ("walk_in", _l("Walk-in")),
        ("outreach", _l("Outreach")),
        ("embassy", _l("Embassy")),
        ("detention", _l("Detention visit")),
        ("border", _l("Border")),
        ("crisis_list", _l("Crisis list")),
        ("import", _l("Imported")),
    ),
)
PURPOSES: Options = (
    ("assistance", _l("To be assisted by this office")),
    ("sharing", _l("To share what is needed with named services")),
    ("consulate", _l("To contact the consulate of their country")),
    ("statistics", _l("To be counted, without name, in statistics")),
    ("photograph", _l("To have a photograph taken")),
)
PURPOSES_SHORT: Options = (
    ("assistance", _l("Assistance")),
    ("sharing", _l("Sharing")),
    ("consulate", _l("Consulate")),
    ("statistics", _l("Statistics")),
    ("photograph", _l("Photograph")),
)
ANSWERS: Options = (
    ("agrees", _l("Agrees")),
    ("refuses", _l("Refuses")),
    ("not_asked", _l("Not asked yet")),
)
MANNERS: Options = (
    ("spoken", _l("Spoken, with a witness")),
    ("signed", _l("Signed on paper or on this screen")),
    ("thumbprint", _l("Thumbprint on paper")),
    ("guardian", _l("By a guardian, for a child")),
    ("recorded", _l("Recorded in the imported file")),
)
MANNERS_ASKED: Options = MANNERS[:-1]  # the last one is the importer's own
SERVICES = Grown.of(
    "services",
    (
        ("shelter", _l("Shelter")),
        ("counselling", _l("Counselling")),
        ("medical", _l("Medical care")),
        ("legal_aid", _l("Legal aid")),
        ("education", _l("Education")),
        ("training", _l("Vocational training")),
        ("job_placement", _l("Job placement")),
        ("material_help", _l("Material help")),
        ("family_tracing", _l("Family tracing")),
        ("interpretation", _l("Interpretation")),
    ),
)
URGENCY: Options = (
    ("emergency", _l("Emergency: answer within 24 hours")),
    ("urgent", _l("Urgent: answer within 72 hours")),
    ("standard", _l("Standard: answer within 7 days")),
)
REFERRAL_STATES: Options = (
    ("sent", _l("Waiting for an answer")),
    ("accepted", _l("Accepted")),
    ("in_service", _l("In service")),
    ("completed", _l("Completed")),
    ("declined", _l("Declined")),
    ("expired", _l("Not answered in time")),
    ("revoked", _l("Taken back")),
)
RATINGS: Options = (
    ("4", _l("Well")),
    ("3", _l("Rather well")),
    ("2", _l("Rather badly")),
    ("1", _l("Badly")),
)
FEEDBACK_SIDES: Options = (("office", _l("We, the office")), ("person", _l("The person")))
PATHWAY_WHEN: Options = (
    ("now", _l("Within 24 hours")),
    ("days", _l("Within days")),
    ("weeks", _l("Within weeks")),
)
INWARD_STATES: Options = (
    ("sent", _l("Waiting for an answer")),
    ("accepted", _l("Taken over")),
    ("declined", _l("Declined")),
)
DECLINE: Options = (
    ("full", _l("No place free")),
    ("not_ours", _l("Not our service")),
    ("not_safe", _l("Not safe here")),
    ("area", _l("Outside our area")),
    ("other", _l("Another reason")),
)
# What nobody chooses: it comes with a cut.
DECLINED: Options = (*DECLINE, ("cut_off", _l("The organisation was cut off")))
REPORTED_HOW: Options = (
    ("phone", _l("By telephone")),
    ("in_person", _l("In person")),
    ("paper", _l("On paper")),
    ("mail", _l("By mail or message")),
)
SERVICE_OUTCOMES: Options = (
    ("given", _l("Given")),
    ("partly", _l("Partly given")),
    ("not_come", _l("The person did not come")),
)
RELEASABLE: Options = (
    ("call_name", _l("Name to use")),
    ("given_names", _l("Given names")),
    ("family_name", _l("Family name")),
    ("birth", _l("Date of birth")),
    ("phone", _l("Phone")),
    ("languages", _l("Languages")),
    ("safe_contact", _l("Safe contact")),
    ("citizenship", _l("Citizenship")),
    ("sex", _l("Sex or gender")),
    ("age_band", _l("Age group")),
    ("needs", _l("Needs")),
    ("safety_note", _l("Safety")),
    ("account", _l("What happened")),
)
INWARD_FIELDS: Options = (
    ("why", _l("Why they are referred")),
    ("language", _l("Language used")),
    ("manner", _l("How they agreed")),
)
RETURN_STEPS: Options = (
    ("application", _l("Application")),
    ("counselling", _l("Counselling in a language understood")),
    ("eligibility", _l("Eligibility")),
    ("protection_check", _l("Check for protection grounds against return")),
    ("best_interests", _l("Best interests, guardian and family of a child")),
    ("declaration", _l("Signed declaration of voluntariness")),
    ("fit_to_travel", _l("Fit to travel")),
    ("travel_documents", _l("Travel documents")),
    ("funding", _l("Funding")),
    ("itinerary", _l("Itinerary")),
    ("escort", _l("Escort")),
    ("approval", _l("Agreed by a supervisor")),
)
RETURN_STATES: Options = (
    ("preparing", _l("In preparation")),
    ("departed", _l("Departed")),
    ("arrived", _l("Arrived")),
    ("reintegration", _l("In reintegration")),
    ("closed", _l("Closed")),
    ("withdrawn", _l("The person changed their mind")),
    ("mistaken", _l("Begun by mistake")),
)
HANDOVER: Options = (
    ("", _l("Not handed over yet")),
    ("sent", _l("Handed over, waiting for an answer")),
    ("accepted", _l("Accepted")),
    ("questions", _l("Sent back with questions")),
    ("kept", _l("Nobody there receives: this mission goes on")),
)
PROGRAMMES: Options = (
    ("hasm", _l("HASM")),
    ("gaf", _l("Global Assistance Fund")),
    ("avrr", _l("AVRR")),
    ("mefm", _l("MEFM")),
    ("victims", _l("Victims’ assistance")),
)
# What another programme answered that was asked before a fund of last resort.
TRIED_ANSWERS: Options = (
    ("not_eligible", _l("The person is not eligible")),
    ("no_money", _l("No money left")),
    ("not_there", _l("Not in this country")),
    ("too_late", _l("Too late for what is needed")),
    ("no_answer", _l("No answer")),
    ("in_part", _l("Pays a part only")),
)
PROGRAMME_NAMES: Options = (
    ("hasm", _l("Humanitarian Assistance to Stranded Migrants")),
    ("gaf", _l("Global Assistance Fund")),
    ("avrr", _l("Assisted voluntary return and reintegration")),
    ("mefm", _l("Migration Emergency Funding Mechanism")),
    ("victims", _l("Assistance to victims of trafficking")),
)
FUND_LINES: Options = (
    ("pre_departure", _l("Before departure")),
    ("travel", _l("Travel")),
    ("medical", _l("Medical")),
    ("escort", _l("Escort")),
    ("reception", _l("Reception")),
    ("reintegration", _l("Reintegration")),
    ("other", _l("Other")),
)
REQUEST_STATES: Options = (
    ("asked", _l("Waiting for approval")),
    ("second", _l("Approved once, a second person decides")),
    ("approved", _l("Approved")),
    ("closed", _l("Closed")),
    ("refused", _l("Refused")),
    ("cancelled", _l("Cancelled")),
)
CONSENT_ANSWERS: Options = (
    ("agrees", _l("agrees")),
    ("refuses", _l("refused")),
    ("withdrawn", _l("withdrawn")),
    ("ended", _l("ended")),
    ("not_asked", _l("not asked")),
)
RELEASE_STATES: Options = (
    ("asked", _l("waits for the first approval")),
    ("second", _l("waits for the second approval")),
    ("making", _l("being made")),
    ("made", _l("made")),
    ("refused", _l("refused")),
    ("failed", _l("could not be made")),
)
LEDGER: Options = (
    ("contribution", _l("Contribution")),
    ("commitment", _l("Set aside")),
    ("expenditure", _l("Payment")),
    ("release", _l("Given back")),
    ("loan", _l("Lent")),
    ("repayment", _l("Paid back")),
    ("correction", _l("Counter-entry")),
)
ADVANCE_STATES: Options = (
    ("asked", _l("Waits for approval")),
    ("second", _l("Waits for a second approval")),
    ("approved", _l("Approved, not drawn yet")),
    ("drawn", _l("Lent")),
    ("repaid", _l("Paid back")),
    ("refused", _l("Refused")),
    ("cancelled", _l("Not needed")),
)
ACCOUNTS: Options = (
    ("cash", _l("Cash")),
    ("available", _l("Available")),
    ("committed", _l("Set aside")),
)
ASSISTANCE: Options = (
    ("micro_business", _l("Micro-business")),
    ("job_placement", _l("Job placement")),
    ("training", _l("Training")),
    ("education", _l("Education")),
    ("housing", _l("Housing")),
    ("medical", _l("Medical")),
    ("psychosocial", _l("Psychosocial")),
    ("legal", _l("Legal")),
)
DIMENSIONS: Options = (
    ("economic", _l("Economic")),
    ("social", _l("Social")),
    ("psychosocial", _l("Psychosocial")),
)
FOLLOW_UP_MANNERS: Options = (
    ("visit", _l("Visit")),
    ("phone", _l("Phone")),
    ("partner", _l("Through a partner")),
)
FOLLOW_UP_OUTCOMES: Options = (
    ("reached", _l("Reached")),
    ("known", _l("Reached somebody who knows how they are")),
    ("migrate_again", _l("Reached: wishes to migrate again")),
    ("not_reached", _l("Not reached")),
    ("moved", _l("Not reached: moved away")),
)
# Where the person, or somebody who knows how they are, was spoken with.
FOLLOW_UP_REACHED = frozenset({"reached", "known", "migrate_again"})
CONTACTS: Options = (
    ("contact_phone", _l("Phone call")),
    ("contact_visit", _l("Meeting")),
    ("contact_message", _l("Message")),
    ("contact_other", _l("Other contact")),
)
EVENTS: Options = (
    *CONTACTS,
    ("registered", _l("Case opened")),
    ("first_contact", _l("At the first contact")),
    ("imported", _l("Case imported")),
    ("consent", _l("Consent recorded")),
    ("consent_withdrawn", _l("Consent withdrawn")),
    ("kept_all_the_same", _l("Kept although assistance was taken back")),
    ("step_taken_back", _l("What kept the person from leaving was taken back")),
    ("feedback_office", _l("How the office found a referral")),
    ("feedback_person", _l("How the person found a service")),
    ("vital_interest", _l("Kept in vital interest without consent")),
    ("vital_reviewed", _l("Vital interest reviewed")),
    ("vital_not_right", _l("Vital interest reviewed: it was not right")),
    ("identity_changed", _l("Identity changed")),
    ("protection_changed", _l("Protection record changed")),
    ("medical_changed", _l("Medical record changed")),
    ("legal_changed", _l("Legal record changed")),
    ("screened", _l("Screening decided")),
    ("referred", _l("Referred to a partner")),
    ("referral_answered", _l("The partner answered")),
    ("referral_answer_told", _l("The partner’s answer, as it was told to us")),
    ("referral_completed", _l("The partner completed the service")),
    ("referral_revoked", _l("Referral taken back")),
    ("return_started", _l("Return begun")),
    ("departed", _l("Departed")),
    ("not_departed", _l("Departure taken back: the person has not left")),
    ("arrived", _l("Arrived")),
    ("return_withdrawn", _l("Return withdrawn by the person")),
    ("return_mistaken", _l("Return begun by mistake, and ended")),
    (
        "counselled_before",
        _l("Counselled before the case was opened here, or before the application"),
    ),
    ("fund_asked", _l("Funding asked")),
    ("fund_closed", _l("Funding closed")),
    ("fund_answered", _l("Funding answered")),
    ("closed", _l("Case closed")),
    ("reopened", _l("Case reopened")),
    ("assigned", _l("Case assigned")),
    ("merged", _l("Recognised as the same person")),
    ("merge_undone", _l("Recognition taken back")),
    ("record_risks", _l("Risk and safety")),
    ("record_children", _l("Child")),
    ("record_plan", _l("Plan")),
    ("record_help", _l("Help given")),
    ("record_story", _l("What happened")),
    ("record_contact", _l("Safe contact")),
    ("record_care", _l("Care")),
    ("record_medical", _l("Medical")),
    ("record_legal", _l("Legal")),
    ("record_removed", _l("An entry was removed")),
    ("contacts_carried_over", _l("Contacts were made records of their own")),
    ("contact_forced", _l("Contact against the safe-contact rule")),
    ("transfer_asked", _l("Case offered to somebody else")),
    ("transferred", _l("Case taken over")),
    ("transfer_declined", _l("Offer of the case declined")),
    ("approval_asked", _l("Approval asked")),
    ("approved", _l("Approved")),
    ("not_approved", _l("Not approved")),
    ("placed", _l("Placed in shelter")),
    ("left_shelter", _l("Left the shelter")),
    ("joined_household", _l("Joined a family or group")),
    ("nobody_receives", _l("Nobody in the country of return receives")),
    ("came_home", _l("Came home by another way: reintegration begins")),
    ("grown_up", _l("Turned 18: not a child any more")),
    ("risk_lowered", _l("Rated as of no high risk any more")),
    ("left_household", _l("Left a family or group")),
    ("copy_made", _l("Copy for the person made")),
    ("printed", _l("Printed")),
)
TASKS: Options = (
    ("danger", _l("Somebody may be in danger: act, and write down what was done")),
    ("doctor", _l("Get medical help, and write down what was done")),
    ("interpreter", _l("Find an interpreter")),
    ("screening", _l("Screening interview")),
    ("safety", _l("Reassess safety")),
    ("consent_renewal", _l("Renew consent")),
    ("vital_review", _l("Review vital interest")),
    ("assistance_ended", _l("Close the case, or say why it must be kept")),
    ("plan_review", _l("Review the case plan together")),
    ("call", _l("Call the person back")),
    ("documents", _l("Collect documents")),
    ("guardian", _l("Find out who the guardian is, and check it")),
    ("best_interests", _l("Best-interests assessment")),
    ("tracing", _l("Family tracing")),
    ("ageing_out", _l("Review the plan: the person turns 18")),
    ("leave_house", _l("The person is 18: find another place than a house for children")),
    ("follow_up", _l("Follow-up after return")),
    ("referral_declined", _l("Find another partner")),
    ("handover_questions", _l("Answer questions about the handover")),
    ("goal_due", _l("A goal is due")),
    ("service_due", _l("A step of the plan is due")),
    ("appeal_ends", _l("The time to appeal ends")),
    ("mechanism_due", _l("National mechanism: an answer or a period is due")),
    ("guardian_ends", _l("Guardianship ends")),
    ("care_ends", _l("Look again at what care is needed")),
    ("medical_due", _l("Medical: something is due")),
    ("legal_due", _l("Legal: something is due")),
    ("inspection", _l("Inspection of a house")),
    ("takeover", _l("Get to know a case taken over")),
    ("photographs", _l("Remove files that show the person")),
)
# Those that people set by hand; the others follow from records.
TASKS_TO_SET: Options = tuple(
    task
    for task in TASKS
    if task[0]
    in {
        "screening",
        "safety",
        "consent_renewal",
        "plan_review",
        "call",
        "documents",
        "best_interests",
        "follow_up",
    }
)
TRAFFICKING: Options = (
    ("possible", _l("Presumed victim of trafficking")),
    ("actual", _l("Identified victim of trafficking")),
    ("unclear", _l("Not identified: what is known does not suffice")),
    ("not", _l("Not a victim of trafficking")),
)
DECIDED_BY: Options = (
    ("own", _l("This organisation")),
    *htcds.options("vic_TraffickingStatusDecisionMakingOrg"),
)
RETURN_PAPERS: Options = (
    ("receipt", _l("Receipt")),
    ("purchase", _l("Proof of purchase")),
    ("photo", _l("Photo")),
    ("plan", _l("Business plan")),
    ("other", _l("Another paper")),
)
COMPARTMENTS: Options = (
    ("identity", _l("Identity")),
    ("protection", _l("Protection")),
    ("medical", _l("Medical")),
    ("legal", _l("Legal")),
    ("care", _l("Care")),
    ("return", _l("Return")),
)
ROLES: Options = (
    ("caseworker", _l("Caseworker")),
    ("supervisor", _l("Supervisor")),
    ("health_officer", _l("Health officer")),
    ("legal_officer", _l("Legal officer")),
    ("shelter_manager", _l("Shelter manager")),
    ("partner_worker", _l("Partner worker")),
    ("mission_staff", _l("Mission staff, country of return")),
    ("programme_manager", _l("Programme manager")),
    ("data_protection_officer", _l("Data protection officer")),
    ("administrator", _l("Administrator")),
)
CASE_RELEASE_KINDS: Options = (
    ("referral", _l("Referral")),
    ("handover", _l("Handover of a return")),
    ("transit", _l("Help on the way")),
    ("shelter", _l("Stay in a house")),
    ("transfer", _l("Offer of the whole case")),
    ("export", _l("Export with names")),
    ("letter", _l("Paper")),
)
CASE_RELEASE_ENDS: Options = (
    ("withdrawn", _l("the person took their consent back")),
    ("refused", _l("the person refused")),
    ("ended", _l("the consent was over")),
    ("not_asked", _l("a newer answer does not name them")),
    ("assistance", _l("the person does not agree to be assisted any more")),
    ("protection", _l("the person seeks protection, or there are grounds against return")),
    ("cut_off", _l("the partner was cut off")),
    ("kept_from", _l("the case is kept from them")),
    ("time_over", _l("the time was over")),
    ("taken_back", _l("taken back by the office")),
    ("another", _l("another partner accepted")),
    ("declined", _l("declined")),
    ("not_answered", _l("not answered in time")),
    ("completed", _l("the service was completed")),
    ("referral_over", _l("the referral was over")),
    ("left", _l("the person left the house")),
    ("replaced", _l("told anew")),
    ("return_over", _l("the return was called off")),
    ("taken_over", _l("the case was taken over")),
    ("on_paper", _l("handed out once")),
    ("before_releases", _l("no consent was found for it")),
)
TOLD_WORDS: Options = (
    *RELEASABLE,
    ("name", _l("Name to use")),
    ("care", _l("Care")),
    ("journey", _l("Journey")),
    ("whole", _l("The whole case")),
)
VITAL_FINDINGS: Options = (
    ("right", _l("Reviewed, it was right")),
    ("not_right", _l("Not right: erase what was kept")),
)
KEPT_BECAUSE: Options = (
    ("law", _l("The law asks that it is kept")),
    ("vital", _l("It protects a life")),
)
EVENTS_TOLD: Options = notification_events.EVENTS


@lru_cache
def htcds_options(field: str) -> Options:
    """A list of HTCDS 2.0, its labels as the standard prints them."""
    return tuple((code, label) for code, label in htcds.options(field))


_TABLES: dict[int, tuple[Options, dict[str, object]]] = {}


def codes(options: Options) -> tuple[str, ...]:
    """The codes of a list."""
    return tuple(code for code, _ in options)


def label(options: Options, code: str) -> str:
    """The label of ``code``, or the code itself where the list has none."""
    if isinstance(options, Grown):
        return options.label(code)
    table = _TABLES.get(id(options))
    if table is None:
        # The lists are constants of this module or cached, so their identity stands for them; kept
        # with them, it stays theirs.
        table = _TABLES[id(options)] = (options, dict(NOT_ANSWERED) | dict(options))
    return str(table[1].get(code, code))
