"""Everything that can be allowed, in the field's words."""

from enum import StrEnum


class Role(StrEnum):
    """What a grant makes of a person in an organisation (domain: who works in it)."""

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    HEALTH = "health_officer"
    LEGAL = "legal_officer"
    SHELTER = "shelter_manager"
    PARTNER = "partner_worker"
    ORIGIN = "mission_staff"
    MANAGER = "programme_manager"
    PROTECTION = "data_protection_officer"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """``subject.verb``. Each is decided in :data:`access.policy.GRANTS`; the comment says what it
    opens.
    """

    ACCOUNT_USE = "account.use"  # own account, notices, sign-out
    WORK_SEE = "work.see"  # My work
    CASE_REGISTER = "case.register"  # open a new case
    CALLER_LIST = "caller.list"  # callers of one's office before they agree; write one down
    CALLER_OPEN = "caller.open"  # what one of them said; write on, erase, begin a registration
    CASE_IMPORT = "case.import"  # bring cases in from a file
    CASE_LIST = "case.list"  # lists and search at all
    CASE_OPEN = "case.open"  # the head of one case, its coded fields, consent, timeline
    CASE_EDIT = "case.edit"  # consent, tasks, contacts of one case
    CASE_CLOSE = "case.close"  # close and reopen
    CASE_ASSIGN = "case.assign"  # change who holds a case
    CASE_TRANSFER = "case.transfer"  # offer a case to another worker or office
    CASE_COPY = "case.copy"  # make the copy that the person may have
    CASE_REVIEW = "case.review"  # review what was kept in vital interest
    TRAIL_OF_CASE = "trail.of_case"  # who looked at one case
    IDENTITY_READ = "identity.read"
    IDENTITY_WRITE = "identity.write"
    PROTECTION_READ = "protection.read"
    PROTECTION_WRITE = "protection.write"
    MEDICAL_READ = "medical.read"
    MEDICAL_WRITE = "medical.write"
    LEGAL_READ = "legal.read"
    LEGAL_WRITE = "legal.write"
    CARE_READ = (
        "care.read"  # what others must know to care for the person, without diagnosis or account
    )
    CARE_WRITE = "care.write"
    RETURN_READ = "return.read"
    RETURN_WRITE = "return.write"
    TRANSFER_ANSWER = "transfer.answer"  # take over a case that was offered, or not
    APPROVAL_DECIDE = (
        "approval.decide"  # decide what somebody else asked: a plan, a return, a closure
    )
    TEAM_SEE = "team.see"  # who has how much to do
    SHELTER_LIST = "shelter.list"  # houses and which beds are free
    SHELTER_PLACE = "shelter.place"  # give a person of a case a bed, a card; end the stay
    SHELTER_OPEN = "shelter.open"  # one house: board, presence, handouts
    SHELTER_RUN = "shelter.run"  # address, rooms, beds, incidents, inspections of a house
    REFERRAL_LIST = "referral.list"  # an inbox or a list of sent ones
    REFERRAL_SEND = "referral.send"  # refer a case to a partner
    REFERRAL_OPEN = "referral.open"  # one referral's card: need, urgency, state
    REFERRAL_RELEASED = "referral.released"  # the released fields
    REFERRAL_RELEASE = "referral.release"  # decide what is released
    REFERRAL_ANSWER = "referral.answer"  # accept or decline
    REFERRAL_SERVE = "referral.serve"  # log services, complete
    REFERRAL_REPORT = "referral.report"  # write down what the partner told of it another way
    REFERRAL_NOTE = "referral.note"  # words of the partner on a service
    REFERRAL_TALK = "referral.talk"  # ask and answer about one referral
    REFERRAL_LINK = "referral.link"  # make a link for a partner without accounts
    REFERRAL_FEEDBACK = "referral.feedback"  # say how a referral went
    REFERRAL_FILE = "referral.file"  # keep what partners said when a referral ends
    REFERRAL_LOG = "referral.log"  # own log of services, as a table
    PATHWAY_SEE = "pathway.see"  # who helps with what, where, in which order
    INWARD_SEND = "inward.send"  # refer a person to a mission
    INWARD_LIST = "inward.list"
    INWARD_OPEN = "inward.open"  # the state of one, without what was told
    INWARD_TELL = "inward.tell"  # write what is told
    INWARD_TOLD = "inward.told"  # what the partner told
    INWARD_ANSWER = "inward.answer"  # take the person, or not
    PARTNER_KEEP = "partner.keep"  # what a partner says of itself: places, hours, languages
    MESSAGE_RESEND = "message.resend"  # see what could not be delivered, send it again
    REFERRAL_REVOKE = "referral.revoke"  # take it back
    RETURN_LIST = "returns.list"
    RETURN_START = "returns.start"  # begin a return of a case
    RETURN_OPEN = "returns.open"  # one return's steps and dates
    RETURN_PREPARE = "returns.prepare"  # steps to departure, handover
    RETURN_RECEIVE = "returns.receive"  # accept, arrival, reintegration, follow-up
    RETURN_TRANSIT = "returns.transit"  # help on the way, say how it went
    RETURN_JOURNEY = "returns.journey"  # legs, escorts, needs
    RETURN_TALK = "returns.talk"  # questions and answers between the missions
    RETURN_APPROVE = "returns.approve"  # an item of assistance that somebody else planned
    APPROVAL_LIST = "approval.list"  # items of assistance that wait for one's approval
    MOVEMENT_LIST = "movement.list"
    MOVEMENT_RUN = "movement.run"  # plan, fill, print and depart a movement of one's mission
    RETURN_PAPERS = "returns.papers"  # read the files of a return
    RETURN_KEEP_PAPER = "returns.keep_paper"  # add a file to a return, and remove it
    RETURN_RELEASED = "returns.released"  # what the handover released
    RETURN_RELEASE = "returns.release"  # decide what the handover releases
    FUND_LIST = "fund.list"
    FUND_ASK = "fund.ask"  # ask money for a case
    FUND_SEE = "fund.see"  # one request
    FUND_APPROVE = "fund.approve"  # answer a request of somebody else
    FUND_SPEND = "fund.spend"  # write down payments of an approved request, close it
    REFERRAL_COST = "referral.cost"  # say from whose money a partner's service was paid
    OPERATION_LIST = "operation.list"  # operations in a crisis
    OPERATION_BEGIN = "operation.begin"  # a new one of one's mission
    OPERATION_SEE = "operation.see"  # one operation, its advances, its counts
    OPERATION_RUN = "operation.run"  # ask for an advance, count people, end it
    ADVANCE_ANSWER = "advance.answer"  # approve what an operation asks a fund to lend
    ADVANCE_BOOK = "advance.book"  # write down what was drawn and paid back
    FUND_KEEP = "fund.keep"  # open funds, write down contributions, export the ledger
    FUND_CORRECT = "fund.correct"  # take an entry back by its counter-entry
    STATISTICS_READ = (
        "statistics.read"  # tables of people, small counts hidden, and figures of work
    )
    STATISTICS_PUBLISH = "statistics.publish"  # publish a table, withdraw one
    DATA_EXPORT = (
        "data.export"  # cases as files of the field's standards; names only of cases one may open
    )
    WAREHOUSE_READ = "warehouse.read"  # coded facts under pseudonyms, for a data warehouse
    RELEASE_LIST = "release.list"  # open data: what was asked, made, what it cost
    RELEASE_ASK = "release.ask"
    RELEASE_APPROVE = "release.approve"  # approve or refuse what somebody else asked for; two do
    TRAIL_READ = "trail.read"  # the whole trail, never contents
    ALERT_READ = "alert.read"  # unusual access, forged jobs, altered contents
    PERSON_MERGE = "person.merge"  # say that two cases are of one person, and take it back
    ERASURE_LIST = "erasure.list"
    ERASURE_ASK = "erasure.ask"  # ask that a case is erased
    ERASURE_DECIDE = "erasure.decide"  # erase or keep what somebody else asked for
    READING_LIST = "reading.list"  # who read very many cases within an hour, and said why
    READING_SEE = "reading.see"  # the words of one of them
    REQUEST_LIST = "request.list"  # the register of what persons asked about their data
    REQUEST_RECEIVE = "request.receive"  # write down what the person of a case asked
    REQUEST_SEE = "request.see"  # one request, with its words
    REQUEST_ANSWER = "request.answer"  # take longer, with a reason told; answer
    CUT_OFF_LIST = "cut_off.list"  # organisations that were cut off, and whom they had read of
    CUT_OFF_MAKE = "cut_off.make"  # cut off a partner, ask that its people come in again
    CUT_OFF_END = "cut_off.end"  # agree that they come in again, or not: never who asked
    SESSIONS_END = "sessions.end"  # end the sessions of somebody of one's own office
    BLOCK_SET = "block.set"  # keep a case from a person or an organisation
    EMERGENCY_ASK = "emergency.ask"  # open one case of anybody for hours, with a reason
    EMERGENCY_REVIEW = "emergency.review"  # judge an emergency access of somebody else
    EMERGENCY_LIST = "emergency.list"  # emergency access that is open or waits for a yes
    EMERGENCY_ALLOW = "emergency.allow"  # let somebody open another case in an emergency
    USER_LIST = "user.list"  # people, roles and organisations
    USER_MANAGE = "user.manage"  # invite, give and end roles, disable: of others, never of oneself
    ORGANISATION_LIST = "organisation.list"  # missions, partners, headquarters that one keeps
    ORGANISATION_OPEN = "organisation.open"  # make a new one
    ORGANISATION_CHANGE = "organisation.change"  # what is said of one, its teams
    ORGANISATION_CLOSE = "organisation.close"  # close one, open it again
    OFFICE_KEYS_SEE = "organisation.keys"  # public keys of an office in the directory
    OFFICE_KEYS_ENTER = "pair.enter"  # enter what somebody else asked for, or not
    SYSTEM_SEE = "system.see"  # how the parts of the installation stand; nothing of any person
    ACCESS_LIST = "access.list"  # changes of who may act, of all one oversees
    ACCESS_SEE = "access.see"  # one such change; stop it while it waits
    ACCESS_DECIDE = "access.decide"  # agree to one that somebody else asked for, or not
