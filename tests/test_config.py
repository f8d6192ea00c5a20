"""Settings: every fault is named at once, and production refuses what is weak."""

from pathlib import Path

import pytest
from click.testing import CliRunner

import environment
import installing
from config import ROOT, BadSettings, Settings, from_environment
from environment import declared


def faults(**environ: str) -> str:
    """What a start with these settings says."""
    with pytest.raises(BadSettings) as caught:
        from_environment(environ)
    return str(caught.value)


def test_the_demo_starts_with_nothing_set() -> None:
    settings = from_environment({})
    assert (settings.host, settings.port, settings.embedded_valkey, settings.production) == (
        "127.0.0.1",
        8000,
        True,
        False,
    )


def test_the_demo_binds_to_loopback_only() -> None:
    assert "loopback only" in faults(HOST="0.0.0.0")


def test_production_names_every_missing_and_weak_setting_at_once() -> None:
    text = faults(
        SAFECONDUCT_ENV="production",
        PORT="many",
        SAFECONDUCT_TOTP="off",
        SAFECONDUCT_BASE_URL="http://x",
    )
    for name in (
        "DATABASE_URL",
        "REDIS_URL",
        "SAFECONDUCT_KEY_FILE",
        "SAFECONDUCT_BASE_URL",
        "SAFECONDUCT_SMTP_HOST",
        "SAFECONDUCT_TOTP",
        "PORT",
    ):
        assert name in text
    assert "password" in faults(SAFECONDUCT_ENV="production", REDIS_URL="redis://valkey:6379")


def test_production_starts_when_all_is_there() -> None:
    settings = from_environment(
        {
            "SAFECONDUCT_ENV": "production",
            "DATABASE_URL": "postgresql://u:p@db/sc",
            "REDIS_URL": "rediss://:secret@valkey:6379",
            "SAFECONDUCT_KEY_FILE": "/keys/master",
            "SAFECONDUCT_BASE_URL": "https://sc.example",
            "SAFECONDUCT_SMTP_HOST": "mail.example",
            "HOST": "0.0.0.0",
        }
    )
    assert settings.production
    assert settings.database_url == "postgresql+psycopg://u:p@db/sc"


def test_the_page_is_what_is_declared() -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == environment.page(Settings)


def test_every_field_is_declared_once() -> None:
    told = environment.declared(Settings)
    assert set(Settings.__dataclass_fields__) - set(told) == {"embedded_valkey"}
    assert len({each.name for each in told.values()}) == len(told)


FAULTS = {
    "SAFECONDUCT_ENV": ("staging", "must be 'demo' or 'production'."),
    "SAFECONDUCT_KEY_PROVIDER": ("usb", "must be 'file', 'environment', 'vault' or 'kms'."),
    "SAFECONDUCT_LOCK_MINUTES": ("ten", "must be a whole number, not 'ten'."),
    "SAFECONDUCT_OUTSIDE_SECONDS": ("long", "must be a number, not 'long'."),
    "SAFECONDUCT_SMTP_TLS": ("maybe", "must be 'on' or 'off'."),
    "SAFECONDUCT_WORKERS": ("33", "must be between 1 and 32."),
    "SAFECONDUCT_METRICS_TOKEN": ("x" * 19, "must have at least 20 characters."),
    "SAFECONDUCT_FOLLOW_UP_MONTHS": ("1,61", "must be months such as '1,3,6,12', or by programme"),
    "SAFECONDUCT_SURVEY_FILE": ("/nowhere", "names a file that is not there: /nowhere."),
    "SAFECONDUCT_SMALL_CELL": ("2", "must be at least 3."),
    "SAFECONDUCT_ROUND_TO": ("7", "must be 0 (not), 3, 5 or 10."),
    "SAFECONDUCT_AGE_BANDS": ("all", "must be 'field' or 'ctdc'."),
    "SAFECONDUCT_OPEN_DATA_K": ("4", "must be at least 5."),
    "SAFECONDUCT_PRIVACY_BUDGET": ("0", "must be a number between 0.001 and 100."),
}


def test_every_fault_is_named_at_once_in_one_line_each() -> None:
    given = {name: value for name, (value, _words) in FAULTS.items()}
    with pytest.raises(BadSettings) as caught:
        from_environment({**given, "HOST": "0.0.0.0", "SAFECONDUCT_OIDC_ISSUER": "https://id"})
    lines = caught.value.faults
    assert len(lines) == len(FAULTS) + 2, lines
    for name, (_value, words) in FAULTS.items():
        assert any(line.startswith(f"{name} {words}") for line in lines), name


@pytest.mark.parametrize(
    ("name", "value", "field", "wanted"),
    [
        ("SAFECONDUCT_WORKERS", "32", "workers", 32),
        ("SAFECONDUCT_WORKERS", "1", "workers", 1),
        ("SAFECONDUCT_METRICS_TOKEN", "x" * 20, "metrics_token", "x" * 20),
        ("SAFECONDUCT_SMALL_CELL", "3", "small_cell", 3),
        ("SAFECONDUCT_OPEN_DATA_K", "5", "open_data_k", 5),
        ("SAFECONDUCT_PRIVACY_BUDGET", "0.001", "privacy_budget", 1),
        ("SAFECONDUCT_PRIVACY_BUDGET", "100", "privacy_budget", 100_000),
        ("SAFECONDUCT_OUTSIDE_SECONDS", "1", "outside_seconds", 1.0),
        ("SAFECONDUCT_BASE_URL", "http://here/", "base_url", "http://here"),
        ("PORT", "81", "base_url", "http://127.0.0.1:81"),
        ("SAFECONDUCT_SMTP_HOST", "mail.example", "mail_folder", None),
        ("SAFECONDUCT_DATA", "/d", "file_store", "/d/files"),
        ("SAFECONDUCT_DATA", "/d", "key_file", Path("/d/master.key")),
        ("SAFECONDUCT_DATA", "/d", "mail_folder", Path("/d/mail")),
        ("SAFECONDUCT_DATA", "/d", "redis_url", "unix:///d/valkey.sock"),
        ("SAFECONDUCT_DATA", "/d", "database_url", "sqlite:////d/safeconduct.sqlite"),
        ("SAFECONDUCT_TOTP", "on", "totp_required", True),
        ("SAFECONDUCT_TOTP", "", "totp_required", False),
        ("REDIS_URL", "redis://:x@v", "embedded_valkey", False),
        ("REDIS_URL", " ", "embedded_valkey", True),
        (
            "SAFECONDUCT_FOLLOW_UP_MONTHS",
            "1, 12,6;hasm=2",
            "follow_up_months",
            {"": (1, 6, 12), "hasm": (2,)},
        ),
    ],
)
def test_a_setting_is_read(name: str, value: str, field: str, wanted: object) -> None:
    assert getattr(from_environment({name: value}), field) == wanted


def test_private_webhooks_are_never_for_production() -> None:
    ready = {
        "SAFECONDUCT_ENV": "production",
        "DATABASE_URL": "postgres://u:p@db/sc",
        "REDIS_URL": "rediss://:secret@valkey:6379",
        "SAFECONDUCT_KEY_FILE": "/keys/master",
        "SAFECONDUCT_BASE_URL": "https://sc.example",
        "SAFECONDUCT_SMTP_HOST": "mail.example",
        "SAFECONDUCT_WEBHOOK_PRIVATE": "on",
    }
    assert not from_environment(ready).webhook_private
    assert from_environment({"SAFECONDUCT_WEBHOOK_PRIVATE": "on"}).webhook_private


def test_the_process_gives_nothing_where_a_mapping_was_handed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SAFECONDUCT_WORKERS", "9")
    assert from_environment({}).workers == 1
    assert from_environment().workers == 9


def test_what_no_installation_can_mean_is_refused() -> None:
    wrong = {
        "SAFECONDUCT_LOCK_MINUTES": ("0", "must be between 1 and 60."),
        "SAFECONDUCT_IDLE_MINUTES": ("-1", "must be between 1 and 720."),
        "SAFECONDUCT_SMTP_PORT": ("70000", "must be between 1 and 65535."),
        "SAFECONDUCT_MAIL_FROM": ("notices", "must be one mail address"),
        "PORT": ("0", "must be between 1 and 65535."),
        "SAFECONDUCT_UPLOAD_LIMIT": ("0", "must be at least 1."),
    }
    said = faults(**{name: value for name, (value, _words) in wrong.items()})
    for name, (_value, words) in wrong.items():
        assert f"{name} {words}" in said
    longer = faults(SAFECONDUCT_LOCK_MINUTES="40", SAFECONDUCT_IDLE_MINUTES="30")
    assert "must not be longer than SAFECONDUCT_IDLE_MINUTES" in longer


def test_r68_a_misspelt_name_stops_the_start_and_the_nearest_is_said() -> None:
    said = faults(SAFECONDUCT_SERACH_FIRST="on", SAFECONDUCT_SMPT_PORT="25", SAFECONDUCT_XYZ="1")
    assert "SAFECONDUCT_SERACH_FIRST is no setting. Did you mean SAFECONDUCT_SEARCH_FIRST?" in said
    assert "SAFECONDUCT_SMPT_PORT is no setting. Did you mean SAFECONDUCT_SMTP_PORT?" in said
    assert "SAFECONDUCT_XYZ is no setting. docs/settings.md names all." in said
    of_a_cluster = {
        "SAFECONDUCT_PORT": "tcp://10.0.0.1:8000",
        "SAFECONDUCT_SERVICE_HOST": "10.0.0.1",
        "SAFECONDUCT_WEB_PORT_8000_TCP_ADDR": "10.0.0.1",
        "SAFECONDUCT_TESTS": "all",
    }
    assert from_environment(of_a_cluster).port == 8000


def test_r68_what_is_in_force_is_printed_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = {
        "SAFECONDUCT_DATA": str(tmp_path),
        "SAFECONDUCT_SMTP_PASSWORD": "hush",
        "SAFECONDUCT_SMS_URL": "https://sms.example.org/send?key=hush",
        "REDIS_URL": "redis://:hush@queue.example.org:6379/0",
        "DATABASE_URL": "postgresql://app:hush@db.example.org/safeconduct",
        "SAFECONDUCT_MASTER_KEY": "hush",
        "SAFECONDUCT_SEARCH_FIRST": "on",
        "SAFECONDUCT_FOLLOW_UP_MONTHS": "1,3;hasm=1,6",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    said = CliRunner().invoke(installing.in_force).output
    assert "hush" not in said
    lines = dict(line.split(" = ", 1) for line in said.splitlines())
    assert set(lines) == {told.name for told in declared(Settings).values()}
    assert lines["SAFECONDUCT_SMTP_PASSWORD"] == installing.HIDDEN
    assert lines["SAFECONDUCT_SEARCH_FIRST"] == "on"
    assert lines["SAFECONDUCT_FOLLOW_UP_MONTHS"] == "1,3;hasm=1,6"
    assert lines["SAFECONDUCT_SMTP_TLS"] == "on  (default)"
    assert lines["DATABASE_URL"] == "postgresql+psycopg://app:…@db.example.org/safeconduct"
