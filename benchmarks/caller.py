"""Somebody signed in, for the benchmarks."""

import random
import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

PASSWORD = "a password of the bench"  # noqa: S105 -- of a database that is thrown away


class Caller:
    """A signed-in client."""

    def __init__(self, app: Flask, email: str) -> None:
        self.client: FlaskClient = app.test_client()
        self._learn("/sign-in")
        self.post("/sign-in", email=email, password=PASSWORD)
        self._learn("/account")

    def _learn(self, path: str) -> None:
        found = re.search(r'csrf_token" value="([^"]+)"', self.client.get(path).text)
        self.token = found[1] if found else ""

    def get(self, path: str) -> Any:
        """Open a page."""
        return self.client.get(path)

    def post(self, path: str, **form: str) -> Any:
        """Send a form."""
        return self.client.post(path, data={"csrf_token": self.token, **form})

    def register(self, chance: random.Random) -> Any:
        """The last step of a registration: the draft becomes a case. The steps before it are not
        timed apart, they are part of it.
        """
        base = self.post("/registrations").headers["Location"].rsplit("/", 1)[0]
        self.post(f"{base}/1", channel="walk_in")
        self.post(f"{base}/2", assistance="agrees", manner="signed")
        self.post(
            f"{base}/3",
            given_names=f"Name{chance.randrange(10**6)}",
            family_name=f"Family{chance.randrange(10**6)}",
        )
        self.post(f"{base}/4")
        self.post(f"{base}/5")
        return self.post(f"{base}/6", duplicate="not_same")
