"""Assisted voluntary return and reintegration: from application to the end of reintegration.

Verbs
- :mod:`avrr.preparation`      begin a return, record departure, take note of a change of mind
- :mod:`avrr.not_left`         a departure that did not happen, taken back
- :mod:`avrr.steps`            the steps to departure and the journey (:mod:`avrr.journeys`)
- :mod:`avrr.step_drafts`      what was begun to be typed of a step
- :mod:`avrr.checklist`        what is missing before departure, computed in one place
- :mod:`avrr.handover`         between the missions: hand over, accept, send back, talk
- :mod:`avrr.movements`        flights and buses of many, their manifest and departure
- :mod:`avrr.movement_money`   one request for all who are on board
- :mod:`avrr.travellers`       names and families on board, and the carrier's list
- :mod:`avrr.reintegration`    arrival and plan
- :mod:`avrr.coming_home`      who is home already, by another way than ours
- :mod:`avrr.recipients`       whom to tell of a return after arrival
- :mod:`avrr.visits`           attempts to see or call a person, and follow-ups these make done
- :mod:`avrr.visits_open`      which of these are due, by days that are sealed
- :mod:`avrr.tries`            when contact counts as lost
- :mod:`avrr.endings`          how a return ends, and what that needs
- :mod:`avrr.papers`           files of a return, under its own key
- :mod:`avrr.at_home`          where the person lives, and how they are reached safely
- :mod:`avrr.assistance_items` what is given, approved and paid
- :mod:`avrr.surveys`, :mod:`avrr.early_warnings`, :mod:`avrr.local_referral`
- :mod:`avrr.readiness`        what the checklist is told of a return, gathered
- :mod:`avrr.clearing`         what a newer word changes of a return in preparation
- :mod:`avrr.home_consent`     what the person is asked again by the mission at home
- :mod:`avrr.declaration`      the declaration of free will, on paper
- :mod:`avrr.events`           the timeline that the missions of a return share

The shapes of what is sent stand in :mod:`avrr.schemas` and :mod:`avrr.home_schemas`.

What stands on each page is gathered in :mod:`avrr.pages`, :mod:`avrr.return_history`,
:mod:`avrr.visit_pages`, :mod:`avrr.item_pages` and :mod:`avrr.movement_pages`; what goes out is
shown before by :mod:`avrr.previewing`.
"""
