"""The least that a page could cost in any system with the same protection.

The bare driver reads the rows that the page shows, ``cryptography`` opens what of them is sealed
(the key of the case under the wrapping key, the content under the key of the case), a template of
one line shows them. Nothing is looked for, compared, checked or noted: who does that has to pay for
it.
"""

import base64
import json
import random
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask

from reporting.facts.engine import Engine

HEAD = 3  # one byte of format, two of the key's version
NONCE = 12


class Floor:
    """A view for each page that is measured."""

    ROWS = """{% for row in rows %}
        <tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
        {% endfor %}"""

    def __init__(self, app: Flask, database: Path, key_file: Path) -> None:
        self.rows = sqlite3.connect(database, check_same_thread=False)
        self.wraps = self._wrapping_keys(AESGCM(base64.urlsafe_b64decode(key_file.read_text())))
        self.engine: Engine = app.extensions["statistics"]
        self.app = Flask("floor")
        self.page = self.app.jinja_env.from_string(self.ROWS)
        for path, view in (
            ("/list", self.list),
            ("/open/<number>", self.open),
            ("/search", self.search),
            ("/statistics", self.statistics),
            ("/register", self.register),
        ):
            self.app.add_url_rule(path, view.__name__, view)

    def _wrapping_keys(self, master: AESGCM) -> dict[int, AESGCM]:
        """Version → key, opened once, as every process holds them in memory."""
        query = "SELECT name, content FROM system_keys WHERE name LIKE 'wrap/%'"
        return {
            int(name.removeprefix("wrap/")): AESGCM(_unseal(master, content, name))
            for name, content in self.rows.execute(query)
        }

    def _case_key(self, wrapped: bytes, case_id: int, compartment: str) -> AESGCM:
        """The key of one compartment of a case; its head names the wrapping key."""
        wrapping_key = self.wraps[int.from_bytes(wrapped[1:HEAD], "big")]
        return AESGCM(_unseal(wrapping_key, wrapped, f"case_keys/{case_id}/{compartment}"))

    def _show(self, rows: Iterable[Any]) -> str:
        return self.page.render(rows=rows)

    def list(self) -> str:
        """25 cases with their office and owner, and whether there are more."""
        query = """SELECT c.*, o.name, u.name FROM cases c
            JOIN organisations o ON o.id = c.office_id JOIN users u ON u.id = c.owner_id
            WHERE c.owner_id = 1 ORDER BY c.changed_at DESC, c.id DESC LIMIT 26"""
        return self._show(self.rows.execute(query).fetchall())

    def open(self, number: str) -> str:
        """One case with the compartments that its page shows, its ledger, timeline, tasks."""
        case = self.rows.execute("SELECT * FROM cases WHERE number = ?", (number,)).fetchone()
        rows = [case]
        for table in ("consents", "events", "tasks"):
            query = f"SELECT * FROM {table} WHERE case_id = ?"
            rows += self.rows.execute(query, (case[0],)).fetchall()
        query = """SELECT d.compartment, d.content, k.content FROM case_documents d
            JOIN case_keys k ON k.case_id = d.case_id AND k.compartment = d.compartment
            WHERE d.case_id = ? AND d.compartment IN ('identity', 'protection')"""
        for compartment, content, wrapped in self.rows.execute(query, (case[0],)):
            key = self._case_key(wrapped, case[0], compartment)
            place = f"case_documents/{case[0]}/{compartment}"
            rows.append(json.loads(_unseal(key, content, place)).values())
        return self._show(rows)

    def search(self) -> str:
        """The ten cases that a page of hits shows, each with office and opened name card."""
        query = """SELECT c.id, c.number, o.name, n.content, k.content FROM name_cards n
            JOIN case_keys k ON k.case_id = n.case_id AND k.compartment = 'index'
            JOIN cases c ON c.id = n.case_id JOIN organisations o ON o.id = c.office_id LIMIT 10"""
        rows = []
        for case_id, number, office, content, wrapped in self.rows.execute(query):
            key = self._case_key(wrapped, case_id, "index")
            card = json.loads(_unseal(key, content, f"name_cards/{case_id}"))
            rows.append([number, office, *card["names"]])
        return self._show(rows)

    def statistics(self) -> str:
        """Two grouped counts from the engine, without disclosure control."""
        query = """SELECT citizenship, sex, count(DISTINCT person) FROM helps
            WHERE measure = 'registered' AND year(given_on) = 2026 GROUP BY 1, 2"""
        return self._show([*self.engine.query(query), *self.engine.query(query)])

    def register(self) -> str:
        """What one registration keeps: twenty sealed rows (case, keys, documents, index), one
        commit.
        """
        key = AESGCM(AESGCM.generate_key(256))
        table = "CREATE TABLE IF NOT EXISTS floor (a BLOB PRIMARY KEY, b BLOB) WITHOUT ROWID"
        self.rows.execute(table)
        for _ in range(20):
            sealed = key.encrypt(random.randbytes(NONCE), bytes(400), None)
            self.rows.execute("INSERT INTO floor VALUES (?, ?)", (random.randbytes(16), sealed))
        self.rows.commit()
        return self._show([[1]])


def _unseal(key: AESGCM, sealed: bytes, place: str) -> bytes:
    """The content of ``sealed``, which stands at ``place``."""
    head, nonce, rest = sealed[:HEAD], sealed[HEAD : HEAD + NONCE], sealed[HEAD + NONCE :]
    return key.decrypt(nonce, rest, head + place.encode())
