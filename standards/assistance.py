"""Coded lists of casework beyond registration: assessments, children, plans, health, legal matters,
help, shelter. Our own words.
"""

from flask_babel import lazy_gettext as _l

from standards.grown import Grown
from standards.lists import SERVICES, Options

YES_NO: Options = (("yes", _l("Yes")), ("no", _l("No")), ("unknown", _l("Not known")))
REACHED: Options = (
    ("person", _l("Yes, the person")),
    ("another", _l("Somebody else answered")),
    ("nobody", _l("Nobody answered")),
)
# Determinants of migrant vulnerability: four levels, each with what raises and what lowers the
# risk. After: International Organization for Migration, Handbook on protection and assistance for
# migrants vulnerable to violence, exploitation and abuse (2019), in our own words. The model
# explains; it is no measure, and nothing of it is added up.
RISK_INDIVIDUAL: Options = (
    ("age", _l("Age")),
    ("gender", _l("Gender or orientation")),
    ("ethnicity", _l("Nationality, ethnicity or belief")),
    ("health", _l("Illness or disability")),
    ("trauma", _l("Distress, trauma, thoughts of suicide")),
    ("status", _l("No status or no documents")),
    ("debt", _l("Debt")),
    ("dependence", _l("Use of alcohol or drugs")),
    ("trafficker_contact", _l("The trafficker knows where they are")),
    ("history", _l("Lived through violence, exploitation or abuse before")),
    ("resources", _l("No money, goods or support to turn to")),
    ("literacy", _l("Cannot read or write, little schooling")),
    ("language", _l("Does not know the language of the place")),
)
RISK_HOUSEHOLD: Options = (
    ("violence", _l("Violence at home")),
    ("complicit", _l("The family took part in what happened")),
    ("income", _l("No income in the household")),
    ("separation", _l("Separated from the family")),
    ("dependants", _l("Many depend on them")),
    ("threatened_family", _l("The family is threatened")),
    ("size", _l("A large household")),
    ("head", _l("A child or a single parent heads the household")),
    ("migration", _l("Unsafe migration in the family before")),
    ("unequal", _l("Girls and boys are not given the same")),
    ("schooling", _l("Little schooling in the family")),
)
RISK_COMMUNITY: Options = (
    ("stigma", _l("Stigma or rejection")),
    ("crime", _l("Armed or criminal groups")),
    ("no_services", _l("No schools, health care or police to turn to")),
    ("custom", _l("Customs that harm")),
    ("isolation", _l("Nobody they can trust")),
    ("livelihoods", _l("No work or income to be had")),
    ("unequal", _l("Not everybody may use what there is")),
    ("environment", _l("Drought, floods, land that feeds nobody")),
)
RISK_STRUCTURAL: Options = (
    ("conflict", _l("War or disaster")),
    ("policy", _l("Laws that punish migrants or victims")),
    ("impunity", _l("Offenders go free")),
    ("labour", _l("Work without protection")),
    ("detention", _l("Danger of detention or expulsion")),
    ("governance", _l("A state that does not work, or works for a few")),
    ("rights", _l("Human rights are not respected")),
    ("discrimination", _l("Laws or authorities discriminate")),
    ("routes", _l("No lawful way to migrate")),
)
# Those that endanger the person now, at whatever level they stand.
URGENT = frozenset({"trafficker_contact", "threatened_family", "violence", "trauma", "detention"})
PROTECTS_INDIVIDUAL: Options = (
    ("skills", _l("Education or a trade")),
    ("health", _l("Good health")),
    ("language", _l("Speaks the language of the place")),
    ("status", _l("Secure status")),
    ("income", _l("An income")),
    ("coping", _l("Own ways to cope")),
    ("knowledge", _l("Knows their rights and where to turn")),
)
PROTECTS_HOUSEHOLD: Options = (
    ("family", _l("A family that supports")),
    ("housing", _l("A safe place to live")),
    ("household_income", _l("An income in the household")),
    ("equal", _l("Girls and boys are given the same")),
    ("safe_migration", _l("Safe migration in the family before")),
)
PROTECTS_COMMUNITY: Options = (
    ("friends", _l("Friends or a community")),
    ("services", _l("Services within reach")),
    ("school", _l("Schools for all")),
    ("work", _l("Work to be had")),
    ("norms", _l("Customs that protect")),
)
PROTECTS_STRUCTURAL: Options = (
    ("law", _l("Laws that protect migrants and victims")),
    ("justice", _l("Offenders are brought to court")),
    ("rights", _l("Human rights are respected")),
    ("routes", _l("Lawful ways to migrate")),
    ("peace", _l("Peace")),
)
# Of a version before, where what protects had no levels.
PROTECTIVE: Options = (
    ("family", _l("A family that supports")),
    ("friends", _l("Friends or a community")),
    ("skills", _l("Education or a trade")),
    ("health", _l("Good health")),
    ("language", _l("Speaks the language of the place")),
    ("status", _l("Secure status")),
    ("income", _l("An income")),
    ("coping", _l("Own ways to cope")),
    ("housing", _l("A safe place to live")),
    ("services", _l("Services within reach")),
)
AGE_STATUS: Options = (
    ("not_doubted", _l("Age is not in doubt")),
    ("needed", _l("An assessment is needed")),
    ("ongoing", _l("Being assessed")),
    ("done", _l("Assessed")),
)
AGE_RESULT: Options = (
    ("child", _l("A child")),
    ("adult", _l("An adult")),
    ("doubt", _l("In doubt: treated as a child")),
)
AGE_METHODS: Options = (
    ("documents", _l("Documents")),
    ("interview", _l("Interview")),
    ("psychosocial", _l("Psychosocial assessment")),
    ("medical", _l("Medical examination, as a last resort")),
)
GUARDIANS: Options = (
    ("parent", _l("Parent")),
    ("relative", _l("Relative with legal responsibility")),
    ("appointed", _l("Appointed by an authority")),
    ("temporary", _l("Temporary")),
)
BEST_INTERESTS: Options = (
    ("stay", _l("Stay and integrate here")),
    ("family_here", _l("Join family here")),
    ("return", _l("Return to the family")),
    ("relocate", _l("Join family in a third country")),
    ("not_yet", _l("Not decided: temporary care")),
)
PANEL: Options = (
    ("child_protection", _l("Child protection authority")),
    ("guardian", _l("Guardian")),
    ("caseworker", _l("Caseworker")),
    ("health", _l("Health officer")),
    ("legal", _l("Legal officer")),
    ("interpreter", _l("Interpreter")),
    ("other", _l("Another person")),
)
TRACING: Options = (
    ("not_wanted", _l("The child does not want it")),
    ("not_safe", _l("It would not be safe")),
    ("asked", _l("Asked for")),
    ("ongoing", _l("Ongoing")),
    ("found", _l("Family found")),
    ("not_found", _l("Family not found")),
)
RECEIVERS: Options = (
    ("parent", _l("Parent")),
    ("relative", _l("Relative")),
    ("foster", _l("Foster family")),
    ("institution", _l("Institution")),
    ("authority", _l("Child protection authority")),
)
CONSENTS: Options = (("agrees", _l("Agrees")), ("refuses", _l("Does not agree")))
CHILD_VIEWS: Options = (
    ("wants", _l("Wants to go")),
    ("unsure", _l("Is not sure")),
    ("does_not", _l("Does not want to go")),
    ("too_young", _l("Is too young to say")),
)
PROOFS: Options = (
    ("file", _l("A file of the case")),
    ("paper", _l("On paper, kept at the office")),
)
CLEARED_BY_TRACING = ("found", "not_found", "not_safe")
NEEDS = Grown.of(
    "needs",
    (
        ("shelter", _l("A place to stay")),
        ("safety", _l("Safety")),
        ("health", _l("Health")),
        ("mind", _l("Psychosocial support")),
        ("legal", _l("Legal help and documents")),
        ("material", _l("Food, clothes, things of daily life")),
        ("education", _l("Education")),
        ("work", _l("Work and income")),
        ("family", _l("Family")),
        ("return", _l("Return")),
        ("other", _l("Something else")),
    ),
)
PROGRESS: Options = (
    ("planned", _l("Planned")),
    ("ongoing", _l("Ongoing")),
    ("reached", _l("Reached")),
    ("dropped", _l("Given up")),
)
PROVIDERS: Options = (
    ("own", _l("This office")),
    ("partner", _l("A partner")),
    ("state", _l("A public service")),
    ("person", _l("The person")),
)
PLANS: Options = (
    ("trafficking", _l("Victim of trafficking")),
    ("stranded", _l("Stranded migrant who wishes to return")),
    ("child", _l("Unaccompanied or separated child")),
    ("medical", _l("Medical case")),
)
HELP = Grown.of(
    "help",
    (
        ("food", _l("Food")),
        ("clothes", _l("Clothes")),
        ("hygiene", _l("Hygiene items")),
        ("cash", _l("Cash")),
        ("voucher", _l("Voucher")),
        ("transport", _l("Transport")),
        ("phone", _l("Phone or credit")),
        ("education", _l("Education")),
        ("training", _l("Vocational training")),
        ("job", _l("Job placement")),
        ("interpretation", _l("Interpretation")),
        ("other", _l("Other help")),
    ),
)
SEVERITY: Options = (
    ("none", _l("No difficulty")),
    ("some", _l("Some difficulty")),
    ("a_lot", _l("A lot of difficulty")),
    ("cannot", _l("Cannot do it at all")),
)
FITNESS: Options = (
    ("fit", _l("Fit to travel")),
    ("fit_with", _l("Fit under conditions")),
    ("unfit", _l("Not fit to travel")),
)
APPOINTMENTS: Options = (
    ("doctor", _l("Doctor")),
    ("hospital", _l("Hospital")),
    ("dentist", _l("Dentist")),
    ("psychologist", _l("Psychologist")),
    ("examination", _l("Examination or laboratory")),
    ("vaccination", _l("Vaccination")),
)
CAME: Options = (
    ("planned", _l("Planned")),
    ("came", _l("Came")),
    ("not_come", _l("Did not come")),
    ("moved", _l("Moved")),
)
CONDITION_STATES: Options = (
    ("active", _l("Active")),
    ("treated", _l("Under treatment")),
    ("past", _l("Past")),
)
CARE: Options = (
    ("room", _l("Room")),
    ("mobility", _l("Moving about")),
    ("diet", _l("Food")),
    ("language", _l("Language and communication")),
    ("company", _l("Company or supervision")),
    ("other", _l("Other")),
)
LEGAL_STATUS: Options = (
    ("none", _l("No status")),
    ("visa", _l("Visa")),
    ("reflection", _l("Recovery and reflection period")),
    ("permit", _l("Residence permit")),
    ("asylum_seeker", _l("Asylum seeker")),
    ("refugee", _l("Refugee or protected")),
    ("expulsion", _l("Order to leave")),
)
ASYLUM: Options = (
    ("wish", _l("Wishes to ask for asylum")),
    ("referred", _l("Referred to the asylum authority")),
    ("lodged", _l("Claim lodged")),
    ("granted", _l("Granted")),
    ("rejected", _l("Rejected")),
    ("withdrawn", _l("Withdrawn")),
)
SEEKS_PROTECTION = ("wish", "referred", "lodged", "granted")
PAPERS: Options = (
    ("passport", _l("Passport")),
    ("laissez_passer", _l("Emergency travel document")),
    ("identity_card", _l("Identity card")),
    ("birth_certificate", _l("Birth certificate")),
    ("marriage_certificate", _l("Marriage certificate")),
    ("permit", _l("Residence permit")),
    ("other", _l("Another document")),
)
PAPER_STATES: Options = (
    ("missing", _l("Missing")),
    ("asked", _l("Asked for")),
    ("held", _l("In hand")),
    ("withheld", _l("Kept by somebody else")),
    ("expired", _l("Expired")),
)
PARTIES: Options = (
    ("victim", _l("Victim")),
    ("witness", _l("Witness")),
    ("claimant", _l("Claimant")),
    ("accused", _l("Accused")),
)
PROCEEDINGS: Options = (
    ("criminal", _l("Criminal")),
    ("civil", _l("Civil")),
    ("labour", _l("Labour")),
    ("administrative", _l("Administrative")),
)
CLAIMS: Options = (
    ("prepared", _l("Being prepared")),
    ("filed", _l("Filed")),
    ("awarded", _l("Awarded")),
    ("paid", _l("Paid")),
    ("refused", _l("Refused")),
)
ALTERNATIVES: Options = (
    ("none", _l("None yet")),
    ("reporting", _l("Reporting duty")),
    ("shelter", _l("Shelter")),
    ("bail", _l("Bail or guarantor")),
    ("released", _l("Released")),
)
DAYS: Options = (
    ("mon", _l("Monday")), ("tue", _l("Tuesday")), ("wed", _l("Wednesday")), ("thu", _l("Thursday")), ("fri", _l("Friday")), ("sat", _l("Saturday")), ("sun", _l("Sunday")),
)  # fmt: skip
WAYS: Options = (
    ("call", _l("Phone call")),
    ("text", _l("Text message")),
    ("messenger", _l("Messenger")),
    ("mail", _l("E-mail")),
    ("visit", _l("Visit")),
    ("through", _l("Through somebody they trust")),
)
RELATIONS: Options = (
    ("head", _l("Head of the family")),
    ("partner", _l("Wife, husband or partner")),
    ("child", _l("Child")),
    ("parent", _l("Parent")),
    ("sibling", _l("Brother or sister")),
    ("relative", _l("Other relative")),
    ("companion", _l("Travels with them")),
)
INCIDENTS: Options = (
    ("violence", _l("Violence")),
    ("threat", _l("Threat from outside")),
    ("self_harm", _l("Self-harm")),
    ("accident", _l("Accident or illness")),
    ("theft", _l("Theft or damage")),
    ("missing", _l("Somebody is missing")),
    ("other", _l("Other")),
)
LEAVING: Options = (
    ("own_home", _l("Own home")),
    ("other_shelter", _l("Another shelter")),
    ("family", _l("Family")),
    ("returned", _l("Return")),
    ("hospital", _l("Hospital")),
    ("unknown", _l("Left without a word")),
    ("excluded", _l("Broke the house rules")),
)
SHELTER_SEX: Options = (
    ("any", _l("Anybody")),
    ("women", _l("Women and girls")),
    ("men", _l("Men and boys")),
)
SHELTER_AGES: Options = (
    ("any", _l("All ages")),
    ("adults", _l("Adults")),
    ("children", _l("Children without parents")),
    ("families", _l("Families")),
)
GIVEN: Options = (
    ("meal", _l("Meal")),
    ("hygiene", _l("Hygiene kit")),
    ("clothes", _l("Clothes")),
    ("bedding", _l("Bedding")),
    ("allowance", _l("Allowance")),
)
ISSUED_EVERY = {
    "meal": "meal",
    "hygiene": "month",
    "clothes": "month",
    "bedding": "stay",
    "allowance": "week",
}
MEALS: Options = (("breakfast", _l("Breakfast")), ("lunch", _l("Lunch")), ("dinner", _l("Dinner")))
OUTCOMES: Options = (
    ("better", _l("Safe and able to go on")),
    ("partly", _l("Some needs are met")),
    ("same", _l("As before")),
    ("worse", _l("Worse than before")),
    ("unknown", _l("Not known")),
)
MARITAL: Options = (
    ("Single", _l("Single")), ("Married", _l("Married")), ("Divorced", _l("Divorced")), ("Widowed", _l("Widowed")), ("Separated", _l("Separated")),
)  # fmt: skip
HELP_OF = SERVICES
