"""Somebody in front of a browser, over the network: cookies, the token of forms, and what they were
answered. For loads and faults, where the application runs in processes of its own.
"""

import http.client
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

PATIENCE = 90.0  # seconds for one answer


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds. Status 0: the line broke."""

    status: int
    text: str
    location: str
    seconds: float


class Visitor:
    """A browser with cookies; it follows nothing by itself."""

    def __init__(self, url: str) -> None:
        self.place = urlsplit(url)
        self.cookies: dict[str, str] = {}
        self.token = ""

    def get(self, path: str) -> Answer:
        """Open a page."""
        answer = self._ask("GET", path, None)
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, **form: Any) -> Answer:
        """Send a form."""
        body = urlencode({"csrf_token": self.token, **form}, doseq=True)
        return self._ask("POST", path, body.encode())

    def sign_in(self, email: str, password: str) -> Answer:
        """Sign in as the page does."""
        self.get("/sign-in")
        answer = self.post("/sign-in", email=email, password=password)
        self.get("/account")
        return answer

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        began = time.monotonic()
        line = http.client.HTTPConnection(self.place.netloc, timeout=PATIENCE)
        try:
            line.request(method, path, body, self._headers(body))
            answer = line.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return Answer(0, "", "", time.monotonic() - began)
        finally:
            line.close()
        self._learn(answer.headers.get_all("Set-Cookie") or [])
        location = urlsplit(answer.headers.get("Location", ""))._replace(scheme="", netloc="")
        return Answer(answer.status, text, location.geturl(), time.monotonic() - began)

    def _headers(self, body: bytes | None) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        return headers | kind

    def _learn(self, lines: list[str]) -> None:
        for line in lines:
            name, _, value = line.partition(";")[0].partition("=")
            if value and "Max-Age=0" not in line:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
