"""Shelter: houses with rooms and beds, who sleeps where, who is in, what was given out.

``houses`` keeps the houses, ``placing`` gives and ends beds under the rules of a house, ``presence`` knows who is in and hands things out by card.
"""
