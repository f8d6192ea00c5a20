"""Settings: every fault is named at once, and production refuses what is weak."""

import pytest

from config import BadSettings, from_environment


def faults(**environ: str) -> str:
    """What a start with these settings says."""
    with pytest.raises(BadSettings) as caught:
        from_environment(environ)
    return str(caught.value)


def test_the_demo_starts_with_nothing_set() -> None:
    settings = from_environment({})
    assert (settings.host, settings.port, settings.embedded_valkey, settings.production) == ("127.0.0.1", 8000, True, False)


def test_the_demo_binds_to_loopback_only() -> None:
    assert "loopback only" in faults(HOST="0.0.0.0")


def test_production_names_every_missing_and_weak_setting_at_once() -> None:
    text = faults(SAFECONDUCT_ENV="production", PORT="many", SAFECONDUCT_TOTP="off", SAFECONDUCT_BASE_URL="http://x")
    for name in ("DATABASE_URL", "REDIS_URL", "SAFECONDUCT_KEY_FILE", "SAFECONDUCT_BASE_URL", "SAFECONDUCT_SMTP_HOST", "SAFECONDUCT_TOTP", "PORT"):
        assert name in text
    assert "password" in faults(SAFECONDUCT_ENV="production", REDIS_URL="redis://valkey:6379")


def test_production_starts_when_all_is_there() -> None:
    settings = from_environment({
        "SAFECONDUCT_ENV": "production", "DATABASE_URL": "postgresql://u:p@db/sc", "REDIS_URL": "rediss://:secret@valkey:6379", "SAFECONDUCT_KEY_FILE": "/keys/master",
        "SAFECONDUCT_BASE_URL": "https://sc.example", "SAFECONDUCT_SMTP_HOST": "mail.example", "HOST": "0.0.0.0",
    })  # fmt: skip
    assert settings.production
    assert settings.database_url == "postgresql+psycopg://u:p@db/sc"
