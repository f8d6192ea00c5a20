"""Shelter: houses with rooms and beds, who sleeps where, who is in, what was given out.

- :mod:`casework.shelter.facilities`  the houses, their rooms, incidents and inspections
- :mod:`casework.shelter.closing`     a house, a room, a bed is closed from a night on
- :mod:`casework.shelter.placing`     giving and ending beds under the rules of a house
- :mod:`casework.shelter.presence`    who is in; handing things out by card
- :mod:`casework.shelter.queries`     reading houses, beds and stays
"""
