"""What is said after a deed, and what is asked before one that cannot be taken back.

By the name of the route, so that all of it is read and translated in one place. What stands in
neither list is told as *Saved.* and not asked about; a verb that knows more says it by
``web.telling.tell``.
"""

from typing import Any

from flask_babel import lazy_gettext as _l

SAID: dict[str, Any] = {
    "accounts.sign_out": "",
    "accounts_security.confirmed": "",  # what it was asked for comes next
    "accounts.work_for": "",  # the rail says for whom
    # Nothing is saved by these: they open, ask, or lead on.
    "accounts.second_factor": "",
    "accounts_security.unlocked": "",
    "families.again": "",
    "imports.upload": "",
    "letters.interview_sheet": "",  # the file itself
    "movements.print_for_carrier": "",  # the list itself
    "movements.with_names": "",
    "imports.choose_columns": "",
    "notifications.follow": "",
    "reading_on.go_on": "",
    "accounts_access.approve": _l("Agreed."),
    "accounts_access.approve_ticked": _l("Agreed."),
    "accounts_access.refuse": _l("Not agreed to. It stays as it was."),
    "accounts_access.stop": _l("Stopped. It stays as it was."),
    "accounts_people.disable": _l("The account is shut."),
    "accounts_people.enable": _l("The account is open again."),
    "accounts_people.end_role": _l("The role has ended."),
    "accounts_people.end_way": _l("Ended."),
    "accounts_people.forgive": _l("They may try again."),
    "accounts_people.open_referrals": _l("Opened."),
    "accounts_security.end_other_sessions": _l("Ended. This is your only session now."),
    "accounts_security.end_session": _l("The session has ended."),
    "accounts_security.end_sessions_of": _l("All their sessions have ended."),
    "accounts_security.remove_passkey": _l("The passkey opens nothing any more."),
    "accounts_security.revoke_token": _l("The token opens nothing any more."),
    "sections.second_reading": _l("What you say is kept. Who decided is told."),
    "sections.answer_of_age": _l("What you say is kept. Who changed the age is told."),
    "cut_offs.ask_back": _l("Asked. Another one agrees to it."),
    "cut_offs.keep_out": _l("They stay cut off."),
    "cut_offs.let_in": _l("They come in again."),
    "cut_offs.make": _l("Cut off."),
    "data_protection.allow": _l("Allowed."),
    "data_protection.answer": _l("Written down. The alert is answered."),
    "data_protection.approve_erasure": _l("Erased."),
    "data_protection.open_in_emergency": _l("Open to you now. Those who watch over it were told."),
    "data_protection.refuse_erasure": _l("Kept. It is not erased."),
    "exports.ask_ctdc": _l("Asked for. It lies here as soon as it is made."),
    "exports.ask_htcds": _l("Asked for. It lies here as soon as it is made."),
    "exports.remove": _l("Removed."),
    "imports.start": _l("Begun. You may leave this page; it goes on by itself."),
    "incoming.accept": _l("Accepted."),
    "incoming.decline": _l("Declined. The sender was told."),
    "incoming.send": _l("Sent."),
    "funds.let_share_go": _l("Their share is back in the fund."),
    "movements.ask": _l("Asked. You hear when it is answered."),
    "movements.depart": _l("Departure written down."),
    "movements.take_off": _l("The seat is free."),
    "notifications.send_again": _l("It is sent once more."),
    "open_data.approve": _l("Approved."),
    "open_data.ask": _l("Asked. Two others approve it."),
    "open_data.refuse": _l("Refused."),
    "organisations.close": _l("Closed."),
    "organisations.end_team": _l("The team has ended."),
    "organisations.open_again": _l("It is open again."),
    "partner_links.accept": _l("Accepted."),
    "partner_links.decline": _l("Declined. The sender was told."),
    "partners.again": _l("It is sent once more."),
    "persons.undo": _l("Taken back: they are two persons again."),
    "publishing.publish": _l("Published."),
    "publishing.withdraw": _l("Taken back."),
    "reintegration.refer": _l("Sent."),
    "reintegration.take_back": _l("Taken back."),
    "requests.take_back": _l("Taken back."),
    "shelter.close": _l("The house is closed."),
    "shelter.close_part": _l("Closed."),
    "shelter.leave": _l("Written down: the bed is free."),
    "shelter.open_again": _l("The house is open again."),
    "shelter.open_part": _l("It is open again."),
    "team.end_feed": _l("The address opens nothing any more."),
    "registrations.begin": "",  # the steps of a form say themselves where one is
    "registrations.keep": "",
    "casefile.add_task": _l("Task set."),
    "casefile.assign": _l("Handed to its new worker."),
    "casefile.close": _l("Case closed."),
    "casefile.finish_task": _l("Task done."),
    "casefile.correct_contact": _l("This contact can be put right now."),
    "casefile.record_consent": _l("What the person said is written down."),
    "casefile.reopen": _l("The case is open again."),
    "casefile.reopen_task": _l("The task is open again."),
    "casefile.withdraw_consent": _l(
        "Withdrawn. What leaned on it has ended, and those who saw it were told."
    ),
    "advances.end": _l("Ended."),
    "avrr.accept": _l("Accepted."),
    "avrr.choose_receiver": _l("Chosen. Nothing was told yet."),
    "avrr.nobody_receives": _l("Written down. A supervisor must agree before departure."),
    "avrr.arrive": _l("Arrival written down."),
    "avrr.came_home": _l("Begun. Follow-ups are counted from the day of arrival."),
    "avrr.depart": _l("Departure written down."),
    "avrr.hand_over": _l("Handed over. The mission at home was told."),
    "avrr.send_back": _l("Sent back; the mission that asked was told."),
    "avrr.talk": _l("Sent."),
    "avrr.undo": _l("Ended: it was begun by mistake. No figure counts it."),
    "avrr.stay": _l("Taken back: the person has not left. Both missions were told."),
    "movements.stay": _l("Taken back: nobody of it has left. Both missions were told."),
    "avrr.withdraw": _l("Ended: the person changed their mind."),
    "data_protection.ask_erasure": _l("Asked. The data protection officer decides."),
    "data_protection.block": _l("This person is kept from the case."),
    "data_protection.unblock": _l("This person may open the case again."),
    "extra_fields.ask": _l("Asked for. Another administrator, or the headquarters, agrees to it."),
    "extra_fields.change": _l("Asked for. Another administrator, or the headquarters, agrees."),
    "extra_fields.approve": _l("Agreed. The forms ask it from now on."),
    "extra_fields.refuse": _l("It stays as it was."),
    "extra_fields.hide": _l("The forms ask it no longer; answers that were given stay."),
    "office_keys.ask": _l("Asked for. A data protection officer compares them and enters them."),
    "office_keys.enter": _l("Entered. From now on what goes to this office is sealed to them."),
    "office_keys.refuse": _l("Not entered. What goes to this office goes as before."),
    "extra_fields.show_again": _l("The forms ask it again."),
    "own_letters.make": _l("The letter is among those of the office now."),
    "own_letters.change": _l("Saved. Letters say it so from now on."),
    "own_letters.end": _l("The letter is offered no longer."),
    "own_letters.offer": _l("The letter is offered again."),
    "code_lists.add": _l("It stands in the list now."),
    "code_lists.rename": _l("Saved. It is called so everywhere."),
    "code_lists.end": _l("It is offered no longer; where it was chosen it stays."),
    "code_lists.offer": _l("It is offered again."),
    "families.join": _l("Written down as family."),
    "families.come_back": _l("Back in this family."),
    "families.leave": _l("No longer in this family."),
    "files.remove": _l("File removed."),
    "advances.answer": _l("Answered."),
    "advances.ask": _l("Asked. A manager answers."),
    "advances.begin": _l("Kept."),
    "advances.cancel": _l("What was held for it went back to the fund."),
    "advances.draw": _l("Booked: it is lent from now on."),
    "advances.helped": _l("Counted. Who stood there already was not counted twice."),
    "advances.repay": _l("Booked: this much was paid back."),
    "funds.answer": _l("Answered."),
    "funds.cancel": _l("Cancelled. What was held went back to the fund."),
    "funds.close": _l("Closed. What was not spent went back to the fund."),
    "funds.correct": _l("Corrected by an entry against it."),
    "funds.open_fund": _l("Fund opened."),
    "funds.pay": _l("Payment booked."),
    "funds.receive": _l("Contribution booked."),
    "funds.say_cost": _l("Written down."),
    "funds.send": _l("Asked. You hear when it is answered."),
    "imports.cancel": _l("Stopped. What was taken before stays."),
    "movements.cancel": _l("Movement cancelled."),
    "reintegration.keep_paper": _l("Received. It can be opened as soon as it was looked into."),
    "reintegration.remove_paper": _l("Removed."),
    "referral.accept": _l("Accepted."),
    "referral.complete": _l("Completed. What was released has ended."),
    "referral.decline": _l("Declined. The sender was told."),
    "referral.log_service": _l("Service written down."),
    "referral.report_completion": _l("Completed. What was released has ended."),
    "team.answer": _l("What you say is kept. Whoever asked is told."),
    "referral.report_acceptance": _l("Written down: they take the person, as told to us."),
    "referral.report_refusal": _l("Written down: they cannot. Ask another partner."),
    "referral.report_service": _l("Service written down."),
    "referral.revoke": _l("Taken back: the partner sees nothing more."),
    "referral.send": _l("Referral sent."),
    "referral.talk": _l("Sent."),
    "callers.erase": _l("Erased. Nothing of it was kept."),
    "callers.register": "",
    "callers.write_down": _l("Written down. The team of this office can read it."),
    "callers.write_on": _l("Written down."),
    "registrations.stop": _l("Stopped. Nothing of it was kept."),
    "reintegration.answer_ending": _l("Answered."),
    "reintegration.close": _l("Return closed."),
    "reintegration.follow_up": _l("Written down."),
    "reintegration.looked_into": _l("Looked into: it is off the list."),
    "reintegration.look_again": _l("It is on the list again."),
    "reintegration.step_done": _l("The next step is done."),
    "reintegration.assist": _l("Kept. The fund was asked where it is to pay."),
    "reintegration.keep_home": _l("Saved."),
    "reintegration.pay": _l("Payment booked."),
    "system.try_message": _l("Sent to you. Load this page again to see whether it was taken."),
    "reintegration.stop": _l("Ended. What was not given went back to the fund."),
    "team.accept": _l("Accepted. The case is yours now."),
    "team.approve": _l("Approved."),
    "team.decline": _l("Declined. The case stays where it was."),
    "team.ask_approval": _l("Asked. You hear when it is decided."),
    "team.offer": _l("Offered. Until it is accepted, the case stays where it is."),
    "team.remove_filter": _l("Filter removed."),
    "team.save_filter": _l("Filter kept."),
    "team.put_filter_back": _l("Filter kept."),
    "team.take_back": _l("Offer taken back."),
    "unfinished.drop": _l("Erased."),
}
# The deed against one, about the same record and without words: it is offered at once.
UNDONE_BY = {
    "code_lists.end": "code_lists.offer",
    "code_lists.offer": "code_lists.end",
    "extra_fields.hide": "extra_fields.show_again",
    "extra_fields.show_again": "extra_fields.hide",
    "own_letters.end": "own_letters.offer",
    "own_letters.offer": "own_letters.end",
    "reintegration.looked_into": "reintegration.look_again",
    "shelter.close": "shelter.open_again",
    "shelter.close_part": "shelter.open_part",
}
ASKS: dict[str, Any] = {
    "accounts_people.end_role": _l(
        "The role ends now, with all that this person may open by it. It is given again as any role "
        "is, where two agree by both."
    ),
    "accounts_people.end_way": _l("This way into the account is shut for good."),
    "accounts_security.remove_passkey": _l(
        "The passkey opens your account no longer. To use it again you add it anew."
    ),
    "exports.remove": _l("This report is destroyed; it can be counted anew."),
    "movements.no_show": _l(
        "The seat is free and may be given on the spot. The return says that the person did not come."
    ),
    "organisations.end_team": _l(
        "The team ends for good. Cases that it held are held by nobody until they are handed over."
    ),
    "organisations.leave_team": _l(
        "Cases of this team are closed to this person now. To come back, somebody asks for it and "
        "another one agrees."
    ),
    "accounts_access.refuse": _l("Nothing changes. Whoever asked is told, and would ask anew."),
    "data_protection.refuse_erasure": _l(
        "The case is kept, and whoever asked is told. To erase it after all, somebody asks anew."
    ),
    "office_keys.refuse": _l(
        "What goes to this office goes as before. To enter keys after all, somebody asks anew."
    ),
    "extra_fields.refuse": _l(
        "The forms stay as they are. To ask it after all, it is asked for anew."
    ),
    "open_data.refuse": _l("It is not published. To publish it after all, somebody asks anew."),
    "requests.take_back": _l(
        "The request of the person ends without an answer, and its days no longer run."
    ),
    "team.decline": _l("The case stays where it is, and whoever offered it is told."),
    "team.take_back": _l("The offer ends, and those it was made to see nothing more of it."),
    "team.end_feed": _l("Calendars that read this address see nothing more of yours."),
    "organisations.close": _l(
        "The roles of everybody who works there end today, and whoever has no other role cannot "
        "come in. Nothing is sent to it any more. What it did stays; opened again, it has nobody "
        "until roles are given anew."
    ),
    "reviews.review_list": _l(
        "The answer counts for everybody of this list who needs no look of their own. Where it was "
        "not right, nothing new is kept of them, and their cases are to be closed."
    ),
    "callers.erase": _l("All that this caller said is erased for good, for the whole team."),
    "accounts_people.disable": _l(
        "The account can no longer sign in; its sessions, tokens and feeds end now. Cases and tasks "
        "in its name wait for the supervisor, who hands them over."
    ),
    "accounts_people.new_link": _l(
        "The link that was sent before ends, and a new one goes to the owner by mail."
    ),
    "accounts_people.reset_factor": _l(
        "The second factor of this account ends. Its owner sets up another one when signing in."
    ),
    "accounts_security.recovery_codes": _l("The codes you have now end, and you get ten new ones."),
    "accounts_security.revoke_token": _l("Programs that use this token are shut out at once."),
    "avrr.withdraw": _l(
        "The return ends: its seat, the money held for it and its handover go. Another return "
        "begins from the start."
    ),
    "casefile.close": _l(
        "The case leaves everybody's work: its open tasks end, nothing more is written into it, and "
        "the days begin after which it is erased. It can be opened again, with a reason."
    ),
    "casefile.withdraw_consent": _l(
        "Everything that leans on this consent ends at once: referrals, handovers and links close. "
        "What somebody has read they have read."
    ),
    "files.remove": _l("The file is destroyed and cannot be brought back."),
    "reintegration.remove_paper": _l("The file is destroyed and cannot be brought back."),
    "funds.let_share_go": _l(
        "Their share of the money for the journey goes back to the fund, and is no funding of theirs."
    ),
    "advances.cancel": _l("What is held for this operation and not drawn goes back to the fund."),
    "funds.cancel": _l("What is held for this request goes back to the fund."),
    "funds.close": _l(
        "What was not spent goes back to the fund, and nothing more can be paid on this request."
    ),
    "funds.correct": _l("An entry against this one is written into the books. Both stay for ever."),
    "imports.cancel": _l("Rows that were not taken yet are dropped. Cases that were made stay."),
    "unfinished.drop": _l("What you typed there is destroyed and cannot be brought back."),
    "movements.cancel": _l("Everybody on this movement loses their seat."),
    "partners.rotate_webhook": _l("The secret of now holds for one more day only."),
    "reintegration.stop": _l(
        "Nothing more is given of this item, and what is held for it goes back to its fund."
    ),
    "referral.decline": _l("The referral ends, and what was shown of the person is closed to you."),
    "referral.revoke": _l(
        "The partner sees nothing more of this person from this moment, and is told. To refer again "
        "you make a new referral."
    ),
    "registrations.stop": _l("All that was typed into this registration is erased for good."),
    "shelter.renew_card": _l("The card that the person has now opens nothing any more."),
    "team.hand_over": _l("All open cases of this person go to the one you chose."),
}
