"""What stands in the trail, in words of its readers: the officer, and the person it is about."""

from flask_babel import lazy_gettext as _l

from standards import lists
from standards.notification_events import ACCESS_CHANGES

DEEDS: tuple[tuple[str, object], ...] = (
    ("refused", _l("Was refused")),
    ("answered_again", _l("A program was answered again as before")),
    ("callers_listed", _l("Read the list of callers")),
    ("organisation_made", _l("Made an organisation")),
    ("organisation_changed", _l("Changed what is said of an organisation")),
    ("organisation_closed", _l("Closed an organisation")),
    ("organisation_opened", _l("Opened an organisation again")),
    ("office_decided", _l("Decided settings of an office")),
    ("extra_field_asked", _l("Asked for a field on a form")),
    ("extra_field_approved", _l("Agreed to a field on a form")),
    ("extra_field_refused", _l("Refused a field on a form")),
    ("extra_field_hidden", _l("Took a field off a form")),
    ("extra_field_shown", _l("Put a field on a form again")),
    ("office_keys_asked", _l("Asked that the public keys of an office are entered")),
    ("office_keys_entered", _l("Entered the public keys of an office into the directory")),
    ("office_keys_refused", _l("Did not enter the public keys of an office")),
    ("letter_made", _l("Made a letter of the office")),
    ("letter_changed", _l("Changed a letter of the office")),
    ("letter_ended", _l("Took a letter out of use")),
    ("letter_offered", _l("Took a letter into use again")),
    ("code_added", _l("Added to a list")),
    ("code_renamed", _l("Renamed what an office added to a list")),
    ("code_ended", _l("Took something off a list")),
    ("code_offered", _l("Put something on a list again")),
    ("team_made", _l("Made a team")),
    ("team_changed", _l("Renamed a team")),
    ("team_ended", _l("Ended a team")),
    ("search", _l("Looked for somebody")),
    ("search_elsewhere", _l("Met somebody of another office in a search")),
    ("signed_in", _l("Signed in")),
    ("sign_in_failed", _l("A sign-in failed")),
    ("confirm_failed", _l("A confirmation failed")),
    ("unlock_failed", _l("A screen was not unlocked")),
    ("password_changed", _l("Changed a password")),
    ("second_factor_made", _l("Made a second factor")),
    ("recovery_codes_made", _l("Made recovery codes")),
    ("passkey_added", _l("Added a passkey")),
    ("passkey_removed", _l("Removed a passkey")),
    ("token_made", _l("Made an API token")),
    ("token_revoked", _l("Ended an API token")),
    ("account_made", _l("Made an account")),
    ("account_enabled", _l("Opened an account")),
    ("account_disabled", _l("Shut an account")),
    ("role_given", _l("Gave a role")),
    ("role_ended", _l("Ended a role")),
    ("invitation_accepted", _l("Accepted an invitation")),
    ("link_made", _l("Made a link for an account")),
    ("link_opened", _l("Opened a link")),
    ("alert_answered", _l("An alert was looked into")),
    ("message_tried", _l("A message was sent to oneself, to see whether it arrives")),
    ("link_failed", _l("A link was opened with a wrong code")),
    ("referral_link", _l("Made a link for a partner")),
    ("referral_reported", _l("Wrote down what a partner told")),
    ("export", _l("Made a file with data")),
    ("exported", _l("Took a file with data")),
    ("export_asked", _l("Asked for a file with data")),
    ("letter", _l("Made a letter")),
    ("printed", _l("Printed")),
    ("copy_made", _l("Made a copy for the person")),
    ("import", _l("Imported a file")),
    ("inspected", _l("Checked the quality of data")),
    ("words_looked_for", _l("Looked for a word in what is written of the case")),
    ("caller_written", _l("Wrote down what a caller said")),
    ("caller_read", _l("Read what a caller said")),
    ("callers_looked_for", _l("Looked for a caller by a word")),
    ("caller_erased", _l("Erased what a caller said")),
    ("caller_taken_over", _l("Took what a caller said over into the case")),
    ("unreadable", _l("Found content that was altered")),
    ("forged_job", _l("A forged job came")),
    ("trail_broken", _l("Somebody else changed the trail")),
    ("blocked", _l("Kept the case from somebody")),
    ("unblocked", _l("Ended that the case is kept from somebody")),
    ("emergency_asked", _l("Asked to open it in an emergency")),
    ("emergency_access", _l("Opened it in an emergency")),
    ("emergency_reviewed", _l("Judged an emergency access")),
    ("reading_stopped", _l("Was stopped after very many cases")),
    ("reading_on", _l("Said why they open very many cases")),
    ("forged_row", _l("Found a row that somebody else had written")),
    ("rows_sealed", _l("Rows of who may act were covered")),
    ("all_rows_sealed", _l("Rows of all that decides were covered")),
    ("request_received", _l("Wrote down what the person asked about their data")),
    ("request_extended", _l("Took longer for an answer to the person")),
    ("request_answered", _l("Answered what the person asked about their data")),
    ("corrected", _l("Corrected it because the person asked")),
    ("erasure_asked", _l("Asked for erasure")),
    ("erasure_refused", _l("Refused an erasure")),
    ("erased", _l("Erased")),
    ("withdrawn", _l("Took something back")),
    ("judged", _l("Said whether two cases are of one person")),
    ("merge_undone", _l("Took apart two cases of one person")),
    ("consent_said", _l("Asked the person")),
    ("file_begun", _l("Began to receive a file")),
    ("file_received", _l("Received a file")),
    ("file_removed", _l("Removed a file")),
    ("address_read", _l("Read the address of a house")),
    ("house_made", _l("Added a house")),
    ("house_changed", _l("Changed a house")),
    ("house_closed", _l("Closed a house, a room or a bed")),
    ("house_opened", _l("Opened a house, a room or a bed again")),
    ("names_shown", _l("Had the names of a house shown")),
    ("travellers_shown", _l("Had the names of those who travel together shown")),
    ("carrier_line", _l("Opened a name for the list of a carrier")),
    ("not_departed", _l("Took back that somebody left")),
    ("stay_changed", _l("Changed a stay")),
    ("card_renewed", _l("Renewed a card")),
    ("cut_off", _l("Cut off an organisation")),
    ("cut_off_asked", _l("Asked that an organisation comes in again")),
    ("cut_off_over", _l("Let an organisation in again")),
    ("cut_off_kept", _l("Kept an organisation out")),
    ("sessions_ended", _l("Ended all sessions of an account")),
    ("duress", _l("Signed in, maybe under force")),
    ("ending_link", _l("Made a link that ends sessions")),
    ("office_chosen", _l("Chose the office worked for")),
    ("second_password", _l("Changed what opens an account")),
    ("partner_changed", _l("Changed a partner")),
    ("webhook_set", _l("Set a webhook")),
    ("webhook_rotated", _l("Gave a webhook a new key")),
    ("message_again", _l("Sent a notice again")),
    ("fund_opened", _l("Opened a fund")),
    ("fund_received", _l("Received money for a fund")),
    ("published", _l("Published a table")),
    ("release_asked", _l("Asked for an open data release")),
    ("release_approved", _l("Approved an open data release")),
    ("release_refused", _l("Refused an open data release")),
    ("report_kept", _l("Kept a report")),
    ("access_asked", _l("Asked to change who may act")),
    ("access_announced", _l("Announced a change of who may act")),
    ("access_agreed", _l("Agreed to a change of who may act")),
    ("access_refused", _l("Refused a change of who may act")),
    ("access_stopped", _l("Stopped a change of who may act")),
    ("second_factor_guessed", _l("Guessed the second factor")),
    ("inward_accepted", _l("Took over a person whom a partner referred")),
    ("inward_declined", _l("Declined a person whom a partner referred")),
    ("presence_in", _l("Noted that somebody is in the house")),
    ("presence_out", _l("Noted that somebody is out of the house")),
    ("presence_missing", _l("Noted that somebody is missing")),
)
# What "read" and "write" stand beside: compartments, and what is released under a key of its own.
_SEALED: tuple[tuple[str, object], ...] = (
    *lists.COMPARTMENTS,
    ("released", _l("What was told to others")),
    ("answer", _l("The partner's answer")),
    ("thread", _l("Words between organisations")),
    ("told", _l("What a partner told")),
    ("journey", _l("The journey")),
    ("plan", _l("The plan of reintegration")),
    ("answers", _l("Answers of a survey")),
)
_ALL = (*DEEDS, *ACCESS_CHANGES)
_ASKED_FOR = ("refused", "search", "search_elsewhere", "signed_in", "sign_in_failed")


def choices() -> list[tuple[str, str]]:
    """Deeds that readers of the trail ask for, as (code, words)."""
    reads = [f"{code}.read" for code, _word in lists.COMPARTMENTS]
    codes = [*_ASKED_FOR, *reads, "export", "exported", "letter", "emergency_access", "forged_job"]
    return [(code, deed(code)) for code in codes]


def deed(code: str) -> str:
    """A deed in words: "Read: Identity" for ``identity.read``; an unknown code stays as it is."""
    name, _dot, verb = code.partition(".")
    if verb in {"read", "write"}:
        word = _l("Read: %(what)s") if verb == "read" else _l("Wrote: %(what)s")
        return str(word) % {"what": lists.label(_SEALED, name)}
    return lists.label(_ALL, code)


# Who does what nobody presses, as the trail names them: ``system:filing``.
_SYSTEM: tuple[tuple[str, object], ...] = (
    ("accounts", _l("The application: roles and accounts")),
    ("ageing", _l("The application: birthdays that change what applies")),
    ("command", _l("Somebody at the machine")),
    ("consent", _l("The application: consents that end")),
    ("delivery", _l("The application: sending notices")),
    ("expiry", _l("The application: what runs out")),
    ("export", _l("The application: exports")),
    ("filing", _l("The application: codes for lists and statistics")),
    ("hooks", _l("The application: partners' systems")),
    ("import", _l("The application: an import")),
    ("inspection", _l("The application: looking through files")),
    ("session", _l("The application: sessions")),
    ("setup", _l("Somebody at the machine")),
    ("tidy", _l("The application: tidying up")),
    ("told", _l("The application: what was told")),
)


def actor(name: str) -> str:
    """Whoever did it, in words where it was no person."""
    kind, _colon, task = name.partition(":")
    if kind != "system":
        return str(_l("Nobody who is signed in")) if name == "nobody" else name
    return str(dict(_SYSTEM).get(task, name))
