"""Settings: read once from the environment, every fault named at once, then frozen.

Each setting is declared once, as a field of :class:`Settings`: its name, how it is read, its
default and one sentence. ``docs/settings.md`` is made of the same: ``python -m config``.
"""
# ruff: noqa: RUF009 -- setting() makes a field, it is called once for each on purpose

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from marshmallow import ValidationError, validate

from environment import (
    Before,
    Given,
    at_least,
    between,
    is_file,
    one_of,
    page,
    read,
    setting,
    unknown,
)
from models import clock

ROOT = Path(__file__).resolve().parent
MEBIBYTE = 1024 * 1024
PREFIX = "SAFECONDUCT_"
ACCENTS = ("blue", "indigo", "violet", "plum", "brick", "ochre", "moss", "slate")  # static/accents
OF_TESTS = ("TESTS", "CHROMIUM", "SHOTS", "FUZZ")  # names of the prefix that no installation reads


class BadSettings(Exception):
    """One or more settings are missing or weak; ``faults`` names each."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        listed = "\n".join(f"  - {fault}" for fault in faults)
        super().__init__("Safeconduct cannot start:\n" + listed)


def _socket(data: Path) -> Path:
    """Where the embedded Valkey listens.

    A socket's path may have 107 characters at most, so a long one moves to a folder of ours in
    the system's temporary one: mode 0700, and its owner is checked.
    """
    path = data / "valkey.sock"
    if len(str(path)) <= 100:
        return path
    name = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    return Path("/tmp") / f"safeconduct-{os.getuid()}-{name}" / "valkey.sock"  # noqa: S108


def _mail_folder(before: Before) -> Path | None:
    quiet = before["env"] == "production" or before["smtp_host"]
    return None if quiet else before["data"] / "mail"


def _names_a_moment(words: str) -> None:
    try:
        clock.meant(words or "now")
    except clock.NoMoment:
        raise ValidationError(
            "must be a moment such as 2027-03-01T09:30, or how far from now, such as '+6 months'."
        ) from None


@dataclass(frozen=True)
class Settings:
    """What an installation decides."""

    env: str = setting(
        "SAFECONDUCT_ENV",
        "str",
        "demo",
        "`demo` or `production`",
        check=one_of("demo", "production", "test", words="'demo' or 'production'"),
    )
    data: Path = setting(
        "SAFECONDUCT_DATA",
        "folder",
        str(ROOT / "instance"),
        "data directory, mode 0700",
        shown="`instance` beside the code",
    )
    database_url: str = setting(
        "DATABASE_URL",
        "database",
        lambda before: f"sqlite:///{before['data'] / 'safeconduct.sqlite'}",
        "`postgresql://…`, 15 or later; needed in production",
        shown="SQLite in the data directory",
    )
    redis_url: str = setting(
        "REDIS_URL",
        "str",
        lambda before: f"unix://{_socket(before['data'])}",
        "Valkey or Redis; needed in production, with a password",
        shown="embedded Valkey",
    )
    host: str = setting("HOST", "str", "127.0.0.1", "the demo binds to loopback only")
    port: int = setting(
        "PORT", "int", 8000, "where the web server listens", check=between(1, 65535)
    )
    base_url: str = setting(
        "SAFECONDUCT_BASE_URL",
        "address",
        lambda before: f"http://127.0.0.1:{before['port']}",
        "how people reach it; `https://` in production",
        shown="`http://127.0.0.1:PORT`",
    )
    key_provider: str = setting(
        "SAFECONDUCT_KEY_PROVIDER",
        "str",
        "file",
        "`file`, `environment`, `vault` or `kms`; `./run` installs the clients of the last two",
        check=one_of(
            "file", "environment", "vault", "kms", words="'file', 'environment', 'vault' or 'kms'"
        ),
    )
    key_file: Path = setting(
        "SAFECONDUCT_KEY_FILE",
        "path",
        lambda before: before["data"] / "master.key",
        "mode 0600",
        shown="`master.key` in the data directory",
    )
    master_key: str = setting(
        "SAFECONDUCT_MASTER_KEY",
        "str",
        "",
        "base64 of 32 bytes, with provider `environment`; `2:NEW,1:OLD` while it is rotated",
    )
    vault_address: str = setting(
        "SAFECONDUCT_VAULT_ADDRESS", "str", "", "HashiCorp Vault, with provider `vault`"
    )
    vault_token: str = setting(
        "SAFECONDUCT_VAULT_TOKEN", "str", "", "token for HashiCorp Vault, with provider `vault`"
    )
    key_name: str = setting(
        "SAFECONDUCT_KEY_NAME",
        "str",
        "safeconduct",
        "name of the transit key, or id of the KMS key",
    )
    kms_endpoint: str = setting(
        "SAFECONDUCT_KMS_ENDPOINT",
        "str",
        "",
        "with provider `kms`; credentials from the AWS environment",
    )
    kms_region: str = setting("SAFECONDUCT_KMS_REGION", "str", "", "with provider `kms`")
    offices: tuple[str, ...] = setting(
        "SAFECONDUCT_OFFICES",
        "words",
        "",
        "codes of the offices and partners whose wrapping keys this machine takes, with commas "
        "between; a case of another office does not open here",
        shown="all",
    )
    file_store: str = setting(
        "SAFECONDUCT_FILE_STORE",
        "str",
        lambda before: str(before["data"] / "files"),
        "a folder, or `s3://bucket` (`./run` installs its client)",
        shown="`files` in the data directory",
    )
    file_endpoint: str = setting(
        "SAFECONDUCT_FILE_ENDPOINT", "str", "", "address of an S3-compatible store"
    )
    file_region: str = setting(
        "SAFECONDUCT_FILE_REGION", "str", "", "region of an S3-compatible store"
    )
    file_limit: int = setting(
        "SAFECONDUCT_FILE_LIMIT",
        "int",
        200 * MEBIBYTE,
        "largest file, in bytes",
        shown="200 MiB",
        check=at_least(1),
    )
    upload_limit: int = setting(
        "SAFECONDUCT_UPLOAD_LIMIT",
        "int",
        8 * MEBIBYTE,
        "largest request, in bytes",
        shown="8 MiB",
        check=at_least(1),
    )
    clamd: str = setting(
        "SAFECONDUCT_CLAMD", "str", "", "antivirus scanner: `unix:/path` or `tcp://host:port`"
    )
    oidc_issuer: str = setting(
        "SAFECONDUCT_OIDC_ISSUER", "address", "", "single sign-on by OpenID Connect"
    )
    oidc_client: str = setting("SAFECONDUCT_OIDC_CLIENT", "str", "", "needed with an issuer")
    oidc_secret: str = setting("SAFECONDUCT_OIDC_SECRET", "str", "", "needed with an issuer")
    oidc_second_factor: tuple[str, ...] = setting(
        "SAFECONDUCT_OIDC_SECOND_FACTOR",
        "words",
        "",
        "values of `acr` or `amr` with which your provider says that it asked for two factors, "
        "such as `mfa`; without it everybody is asked for our own as well",
    )
    lock_minutes: int = setting(
        "SAFECONDUCT_LOCK_MINUTES",
        "int",
        10,
        "a session left alone is locked after so long",
        check=between(1, 60),
    )
    blank_minutes: int = setting(
        "SAFECONDUCT_BLANK_MINUTES",
        "int",
        10,
        "so many minutes without a touch somebody may choose until their screen goes blank",
        check=between(1, 10),
    )
    idle_minutes: int = setting(
        "SAFECONDUCT_IDLE_MINUTES",
        "int",
        30,
        "a session left alone ends after so long",
        check=between(1, 720),
    )
    session_hours: int = setting(
        "SAFECONDUCT_SESSION_HOURS",
        "int",
        12,
        "a session ends so long after signing in, however busy it is",
        check=between(1, 24),
    )
    factor_delay_hours: int = setting(
        "SAFECONDUCT_FACTOR_DELAY_HOURS",
        "int",
        24,
        "so long the owner can stop that somebody else takes off the second factor",
        check=between(1, 168),
    )
    lock_seconds: int = setting(
        "SAFECONDUCT_LOCK_SECONDS",
        "int",
        5,
        "so long a page waits in PostgreSQL for what somebody holds; then it says *one moment* "
        "and gives back what was typed. 0: for ever",
        check=between(0, 300),
    )
    statement_seconds: int = setting(
        "SAFECONDUCT_STATEMENT_SECONDS",
        "int",
        30,
        "so long a page waits in PostgreSQL for the answer to one statement. 0: for ever",
        check=between(0, 600),
    )
    idle_seconds: int = setting(
        "SAFECONDUCT_TRANSACTION_IDLE_SECONDS",
        "int",
        60,
        "so long a page may hold a transaction in PostgreSQL without asking anything: a process "
        "that hangs lets go of what it holds. 0: for ever",
        check=between(0, 600),
    )
    trusted_proxies: tuple[str, ...] = setting(
        "SAFECONDUCT_TRUSTED_PROXIES",
        "networks",
        "",
        "addresses or networks of your own proxies, with commas between them: only what comes "
        "from there is asked for whom it comes (`X-Forwarded-For`)",
    )
    totp_required: bool = setting(
        "SAFECONDUCT_TOTP",
        "bool",
        lambda before: before["env"] == "production",
        "second factor; production refuses `off`",
        shown="`off` in the demo, `on` in production",
    )
    search_first: bool = setting(
        "SAFECONDUCT_SEARCH_FIRST",
        "bool",
        False,
        "`on`: nobody registers a person before a search in the last half hour",
    )
    caller_days: int = setting(
        "SAFECONDUCT_CALLER_DAYS",
        "int",
        30,
        "days for which what a caller said who agreed to nothing yet is kept after the last talk",
        check=between(1, 90),
    )
    unusual_cases: int = setting(
        "SAFECONDUCT_UNUSUAL_CASES",
        "int",
        60,
        "more cases than this opened by one person in an hour are an alert",
        check=at_least(1),
    )
    # role, "token", "elsewhere", or "" for all others → how many
    reading_most: dict[str, int] = setting(
        "SAFECONDUCT_READING_MOST",
        "counts",
        "40;supervisor=120;health_officer=120;legal_officer=120;shelter_manager=120;"
        "token=500;elsewhere=30",
        "cases of others that one person opens in an hour before they must say why: for all, then "
        "by role, for programs with a `token`, and people of other offices met (`elsewhere`)",
    )
    wipe_memory: bool = setting(
        "SAFECONDUCT_WIPE_MEMORY",
        "bool",
        lambda before: before["env"] == "production",
        "web and workers write over the memory they free (glibc), so that a machine seized while "
        "it runs has neither keys nor names of what was open before; pages take longer",
        shown="`off` in the demo, `on` in production",
    )
    smtp_host: str = setting("SAFECONDUCT_SMTP_HOST", "str", "", "needed in production")
    smtp_port: int = setting(
        "SAFECONDUCT_SMTP_PORT", "int", 587, "port of the mail server", check=between(1, 65535)
    )
    smtp_user: str = setting("SAFECONDUCT_SMTP_USER", "str", "", "who signs in to it")
    smtp_password: str = setting("SAFECONDUCT_SMTP_PASSWORD", "str", "", "and by which password")
    smtp_tls: bool = setting("SAFECONDUCT_SMTP_TLS", "bool", True, "cannot be off in production")
    product_name: str = setting(
        "SAFECONDUCT_PRODUCT_NAME",
        "str",
        "Office notes",
        "what tabs, the browser's history, subjects of mail, SMS, the calendar and authenticator "
        "apps say: a name that tells nobody who looks on what the work is",
        check=validate.And(
            validate.Length(min=1, max=40, error="must have 1 to 40 characters."),
            validate.Predicate("isprintable", error="must be one line."),
        ),
    )
    product_icon: str = setting(
        "SAFECONDUCT_PRODUCT_ICON",
        "str",
        "notes",
        "the drawing in the tab: `notes`, `calendar` or `sheet`",
        check=one_of("notes", "calendar", "sheet", words="'notes', 'calendar' or 'sheet'"),
    )
    accent: str = setting(
        "SAFECONDUCT_ACCENT",
        "str",
        "",
        "the colour of buttons and links: `blue`, `indigo`, `violet`, `plum`, `brick`, `ochre`, "
        "`moss` or `slate`; all are read as well as ours, light and dark",
        shown="ours, a green",
        check=one_of("", *ACCENTS, words=f"one of {', '.join(ACCENTS)}"),
    )
    mail_from: str = setting(
        "SAFECONDUCT_MAIL_FROM",
        "str",
        "notices@office-notes.invalid",
        "sender of notices; its name is that of the product",
        check=validate.Email(error="must be one mail address, such as notices@example.org."),
    )
    mail_folder: Path | None = setting(
        "SAFECONDUCT_MAIL_FOLDER",
        "path",
        _mail_folder,
        "where the demo puts mails",
        shown="`mail` in the data directory (demo without SMTP)",
    )
    sms_url: str = setting(
        "SAFECONDUCT_SMS_URL",
        "str",
        "",
        'gateway for SMS: gets `{"to", "text", "id"}` as JSON; `https://` in production',
    )
    sms_token: str = setting(
        "SAFECONDUCT_SMS_TOKEN", "str", "", "bearer token for the gateway for SMS"
    )
    outside_seconds: float = setting(
        "SAFECONDUCT_OUTSIDE_SECONDS",
        "float",
        10.0,
        "how long a mail server, gateway or partner's system may take to answer",
        shown="`10`",
    )
    webhook_private: bool = setting(
        "SAFECONDUCT_WEBHOOK_PRIVATE",
        "bool",
        False,
        "`on`: webhooks may go to private addresses and by HTTP, to try them; never in production",
    )
    workers: int = setting(
        "SAFECONDUCT_WORKERS",
        "int",
        1,
        "worker processes for mail, imports and inspections, beside the one for webhooks",
        check=between(1, 32),
    )
    metrics_token: str = setting(
        "SAFECONDUCT_METRICS_TOKEN",
        "str",
        "",
        "bearer token of `/metrics`; without it there is no such page",
        check=validate.Length(min=20, error="must have at least 20 characters."),
    )
    # programme, or "" for all others → months
    follow_up_months: dict[str, tuple[int, ...]] = setting(
        "SAFECONDUCT_FOLLOW_UP_MONTHS",
        "months",
        "1,3,6,12",
        "months after arrival in which people are followed up; by programme: `1,3,6,12;hasm=1,6`",
    )
    overdue_supervisor: int = setting(
        "SAFECONDUCT_OVERDUE_SUPERVISOR",
        "int",
        14,
        "days after which supervisors, too, hear once a week that tasks are overdue",
        check=between(1, 365),
    )
    # in percent of the months before it
    follow_up_early: int = setting(
        "SAFECONDUCT_FOLLOW_UP_EARLY",
        "int",
        50,
        "how much of the time since the follow-up before it may be left when one is made early, in "
        "percent; it counts until the day the next one is due",
        check=between(0, 100),
    )
    follow_up_tolerance: int = setting(
        "SAFECONDUCT_FOLLOW_UP_TOLERANCE",
        "int",
        14,
        "days after its day by which a follow-up still counts as made in time; figures say so",
        check=between(0, 60),
    )
    # programme, or "" for all others → how many tries, by how many different ways
    lost_after: dict[str, tuple[int, ...]] = setting(
        "SAFECONDUCT_LOST_AFTER",
        "tries",
        "3,3",
        "after how many tries that reached nobody, by how many different ways, it is proposed that "
        "contact was lost; by programme: `3,3;hasm=2,1`. To be verified with the programme",
    )
    survey_file: Path | None = setting(
        "SAFECONDUCT_SURVEY_FILE",
        "path",
        None,
        "the official questions and weights of the reintegration survey, in the shape of "
        "`standards/data/rss_provisional.json`; without it the weights are provisional, "
        "and every screen says so",
        check=is_file,
    )
    leave_url: str = setting(
        "SAFECONDUCT_LEAVE_URL", "str", "https://weather.com/", "where *Leave quickly* goes"
    )
    small_cell: int = setting(
        "SAFECONDUCT_SMALL_CELL",
        "int",
        10,
        "statistics hide counts under this, and what would give them away; at least 3",
        check=at_least(3),
    )
    round_to: int = setting(
        "SAFECONDUCT_ROUND_TO",
        "int",
        0,
        "statistics round what they show to 3, 5 or 10; 0 does not",
        check=one_of(0, 3, 5, 10, words="0 (not), 3, 5 or 10"),
    )
    age_bands: str = setting(
        "SAFECONDUCT_AGE_BANDS",
        "str",
        "field",
        "age groups of statistics: `field` (0–13, 14–17, 18–34, 35–64, 65+) or `ctdc` (the "
        "CTDC's nine). One for all: two sets side by side would tell what lies between them",
        check=one_of("field", "ctdc", words="'field' or 'ctdc'"),
    )
    open_data_k: int = setting(
        "SAFECONDUCT_OPEN_DATA_K",
        "int",
        11,
        "k of k-anonymous open data; at least 5",
        check=at_least(5),
    )
    privacy_budget: int = setting(  # thousandths of epsilon for one year of data
        "SAFECONDUCT_PRIVACY_BUDGET",
        "thousandths",
        "6",
        "epsilon that all synthetic releases of one year of data may spend together",
    )

    now: str = setting(
        "SAFECONDUCT_NOW",
        "str",
        "",
        "the moment at which the demo begins, such as `2027-03-01` or `2027-03-01T09:30`, or how "
        "far from now: `+6 months`; from there its clock goes on (`./run flask clock set` moves it "
        "while it runs). Production refuses it",
        check=_names_a_moment,
    )

    embedded_valkey: bool = False  # REDIS_URL is not given: the server starts with the application

    @property
    def production(self) -> bool:
        """Whether this installation holds real people."""
        return self.env == "production"


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from ``environ`` (default: the process's own).

    Raises :class:`BadSettings` naming every fault, never only the first.
    """
    given = Given(os.environ if environ is None else environ)
    values, faults = read(given, Settings)
    settings = Settings(**values, embedded_valkey="REDIS_URL" not in given.values)
    faults += unknown(given.values, Settings, PREFIX, OF_TESTS)
    faults += _faults(settings, given.values)
    if faults:
        raise BadSettings(faults)
    return replace(settings, webhook_private=settings.webhook_private and not settings.production)


def _faults(settings: Settings, given: Mapping[str, str]) -> list[str]:
    """What does not go together."""
    provider, loopback = settings.key_provider, settings.host in {"127.0.0.1", "localhost", "::1"}
    vault = bool(settings.vault_address and settings.vault_token)
    client = bool(settings.oidc_client and settings.oidc_secret)
    rules = {
        "SAFECONDUCT_VAULT_ADDRESS and SAFECONDUCT_VAULT_TOKEN: say where Vault is "
        "and by which token.": provider != "vault" or vault,
        "SAFECONDUCT_OIDC_CLIENT and SAFECONDUCT_OIDC_SECRET are needed with "
        "SAFECONDUCT_OIDC_ISSUER.": not settings.oidc_issuer or client,
        "SAFECONDUCT_MASTER_KEY must be 32 random bytes in base64 (./run flask keys "
        "new prints one).": provider != "environment" or len(settings.master_key) >= 43,
        "SAFECONDUCT_LOCK_MINUTES must not be longer than SAFECONDUCT_IDLE_MINUTES: "
        "a session that has ended is never locked.": (settings.lock_minutes or 0)
        <= (settings.idle_minutes or settings.lock_minutes or 0),
        "HOST: the demo binds to loopback only. Set SAFECONDUCT_ENV=production for a "
        "real server.": settings.production or loopback,
    }
    if settings.production:
        rules |= _production_rules(settings, given)
    return [fault for fault, met in rules.items() if not met]


def _production_rules(settings: Settings, given: Mapping[str, str]) -> dict[str, bool]:
    """What real people's data needs: rule → whether it is met."""
    redis, sms = settings.redis_url, settings.sms_url
    key = "SAFECONDUCT_KEY_FILE" in given or bool(settings.master_key)
    return {
        "DATABASE_URL: production needs PostgreSQL 15 or later.": settings.database_url.startswith(
            "postgresql"
        ),
        "REDIS_URL: production needs a Valkey or Redis of its own.": not settings.embedded_valkey,
        "REDIS_URL: the queue needs a password.": "@" in redis or redis.startswith("unix:"),
        "SAFECONDUCT_KEY_FILE or SAFECONDUCT_MASTER_KEY: say where the master key is.": key
        or settings.key_provider in {"vault", "kms"},
        "SAFECONDUCT_BASE_URL must begin with https://.": settings.base_url.startswith("https://"),
        "SAFECONDUCT_SMTP_HOST is missing.": bool(settings.smtp_host),
        "SAFECONDUCT_SMTP_TLS must be on.": settings.smtp_tls,
        "SAFECONDUCT_SMS_URL must begin with https://.": not sms or sms.startswith("https://"),
        "SAFECONDUCT_NOW: production's clock is that of the machine.": not settings.now,
        "SAFECONDUCT_TOTP must be on: a password alone is not enough for this data.": (
            settings.totp_required
        ),
    }


if __name__ == "__main__":
    sys.stdout.write(page(Settings))
