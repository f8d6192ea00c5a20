"""Assisted voluntary return and reintegration: the steps to departure, the handover between missions, what comes after.

Verbs
- :mod:`avrr.preparation`     start(), do_step(), withdraw(), depart()
- :mod:`avrr.handover`      hand_over(), accept(), send_back()
- :mod:`avrr.reintegration` arrive(), plan(), assist(), follow_up()
- :mod:`avrr.checklist`     what is missing, in one place
"""
