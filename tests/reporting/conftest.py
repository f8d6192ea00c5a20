"""Statistics in tests: a page waits for the first load as long as a busy machine needs."""

import pytest

from reporting.facts import engine


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two seconds after which a page says that figures are being prepared are for people."""
    monkeypatch.setattr(engine, "WAIT", 120)
