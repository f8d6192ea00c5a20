"""What every part of casework stands on: the case found and listed, and what it consists of.

- :mod:`casework.core.queries`       every list of cases; each starts from what the viewer may see
- :mod:`casework.core.coded_fields`  what stands in codes beside the sealed identity and account
- :mod:`casework.core.ages`          how old somebody is on a day: the one place that rules ask
- :mod:`casework.core.held_ages`     a child counts as one until a second person agrees otherwise
- :mod:`casework.core.ageing`        what a child's age brings with it, and what ends at 18
- :mod:`casework.core.consent`       the consent ledger
- :mod:`casework.core.release`       who outside may see what, and the one rule for it
- :mod:`casework.core.gathered`      what is asked of many cases at once is read at once
- :mod:`casework.core.protection`    whether the person seeks protection, and from where
- :mod:`casework.core.consent_standing`  how a person stands to each purpose, for pages
- :mod:`casework.core.search`        finding a person by name, number, phone, document
- :mod:`casework.core.search_trail`  what the trail says of a search
- :mod:`casework.core.retention`     until when a closed case is kept
- :mod:`casework.core.reminders`     what comes due and was not told: tasks, consent that ends
- :mod:`casework.core.holding`       who hears of what concerns a case
- :mod:`casework.core.filing`        what a referral or a return leaves behind when it ends
- :mod:`casework.core.own_word`      who wrote down a vital interest does not review it
- :mod:`casework.core.timeline`      what happened, in codes
- :mod:`casework.core.tasks`         something to do for a case, by a day
- :mod:`casework.core.approvals`     one asks, another decides
- :mod:`casework.core.identification`  presumed, identified, not a victim: what counts
- :mod:`casework.core.ratings`       how a case is rated and sorted, with its history
- :mod:`casework.core.revisions`     two people who change the same thing
- :mod:`casework.core.histories`     the same, with versions, for what lies in no section of a case
- :mod:`casework.core.words`         words as they are compared
- :mod:`casework.core.signals`       what casework tells packages above it
"""
