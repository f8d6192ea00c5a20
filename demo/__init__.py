"""Invented people and cases, made through the verbs. Nobody in here exists."""
