"""Settings: read once from the environment, every fault named at once, then frozen."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent


class BadSettings(Exception):
    """One or more settings are missing or weak; ``faults`` names each."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("Safeconduct cannot start:\n" + "\n".join(f"  - {fault}" for fault in faults))


@dataclass(frozen=True)
class Settings:
    """What an installation decides. Each name is an environment variable with ``SAFECONDUCT_`` in front, unless noted."""

    env: str
    data: Path
    database_url: str  # DATABASE_URL
    redis_url: str  # REDIS_URL; the embedded server's address where unset
    embedded_valkey: bool
    key_provider: str
    key_file: Path
    master_key: str
    vault_address: str
    vault_token: str
    key_name: str
    kms_endpoint: str
    kms_region: str
    file_store: str
    file_endpoint: str
    file_region: str
    file_limit: int
    clamd: str
    oidc_issuer: str
    oidc_client: str
    oidc_secret: str
    lock_minutes: int
    search_first: bool
    webhook_private: bool
    unusual_cases: int
    host: str  # HOST
    port: int  # PORT
    base_url: str
    smtp_host: str
    smtp_port: int
    smtp_user: str
    smtp_password: str
    smtp_tls: bool
    sms_url: str
    sms_token: str
    outside_seconds: float  # OUTSIDE_SECONDS: how long mail servers, gateways and partners' systems may take
    workers: int
    survey_file: Path | None
    follow_up_months: dict[str, tuple[int, ...]]  # programme, or "" for all others → months
    metrics_token: str
    mail_from: str
    mail_folder: Path | None
    totp_required: bool
    idle_minutes: int
    leave_url: str
    small_cell: int
    round_to: int
    age_bands: str
    open_data_k: int
    privacy_budget: int  # thousandths of epsilon for one year of data
    upload_limit: int

    @property
    def production(self) -> bool:
        """Whether this installation holds real people."""
        return self.env == "production"


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from ``environ`` (default: the process's own).

    Raises :class:`BadSettings` naming every fault, never only the first.
    """
    given = dict(os.environ if environ is None else environ)

    def get(name: str, default: str = "") -> str:
        return given.get(f"SAFECONDUCT_{name}", default).strip()

    env = get("ENV", "demo")
    data = Path(get("DATA") or ROOT / "instance").resolve()
    faults: list[str] = []
    if env not in {"demo", "production", "test"}:
        faults.append("SAFECONDUCT_ENV must be 'demo' or 'production'.")
    port = _integer(given.get("PORT", "8000"), "PORT", faults)
    redis_url = given.get("REDIS_URL", "").strip()
    mail_folder = get("MAIL_FOLDER") or ("" if env == "production" or get("SMTP_HOST") else str(data / "mail"))
    settings = Settings(
        env=env,
        data=data,
        database_url=_database_url(given.get("DATABASE_URL", "").strip(), data),
        redis_url=redis_url or f"unix://{_socket(data)}",
        embedded_valkey=not redis_url,
        search_first=get("SEARCH_FIRST", "") == "on",
        webhook_private=get("WEBHOOK_PRIVATE", "") == "on" and env != "production",
        lock_minutes=_integer(get("LOCK_MINUTES", "10"), "SAFECONDUCT_LOCK_MINUTES", faults),
        unusual_cases=_integer(get("UNUSUAL_CASES", "60"), "SAFECONDUCT_UNUSUAL_CASES", faults),
        host=given.get("HOST", "127.0.0.1").strip(),
        port=port,
        base_url=(get("BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/"),
        smtp_host=get("SMTP_HOST"),
        smtp_port=_integer(get("SMTP_PORT", "587"), "SAFECONDUCT_SMTP_PORT", faults),
        smtp_user=get("SMTP_USER"),
        smtp_password=get("SMTP_PASSWORD"),
        smtp_tls=get("SMTP_TLS", "on") != "off",
        sms_url=get("SMS_URL"),
        sms_token=get("SMS_TOKEN"),
        outside_seconds=_integer(get("OUTSIDE_SECONDS", "10"), "SAFECONDUCT_OUTSIDE_SECONDS", faults),
        workers=_integer(get("WORKERS", "1"), "SAFECONDUCT_WORKERS", faults),
        metrics_token=get("METRICS_TOKEN"),
        survey_file=Path(get("SURVEY_FILE")) if get("SURVEY_FILE") else None,
        follow_up_months=_months(get("FOLLOW_UP_MONTHS", "1,3,6,12"), faults),
        mail_from=get("MAIL_FROM", "notices@safeconduct.invalid"),
        mail_folder=Path(mail_folder) if mail_folder else None,
        totp_required=get("TOTP", "on" if env == "production" else "off") != "off",
        idle_minutes=_integer(get("IDLE_MINUTES", "30"), "SAFECONDUCT_IDLE_MINUTES", faults),
        leave_url=get("LEAVE_URL", "https://weather.com/"),
        small_cell=_integer(get("SMALL_CELL", "10"), "SAFECONDUCT_SMALL_CELL", faults),
        round_to=_integer(get("ROUND_TO", "0"), "SAFECONDUCT_ROUND_TO", faults),
        age_bands=get("AGE_BANDS", "field"),
        open_data_k=_integer(get("OPEN_DATA_K", "11"), "SAFECONDUCT_OPEN_DATA_K", faults),
        privacy_budget=_thousandths(get("PRIVACY_BUDGET", "6"), "SAFECONDUCT_PRIVACY_BUDGET", faults),
        upload_limit=_integer(get("UPLOAD_LIMIT", str(8 * 1024 * 1024)), "SAFECONDUCT_UPLOAD_LIMIT", faults),
        **_keys_and_files(get, data, faults),
    )
    faults += _faults(settings, given)
    if faults:
        raise BadSettings(faults)
    return settings


def _keys_and_files(get: Callable[..., str], data: Path, faults: list[str]) -> dict[str, Any]:
    """Where keys and files lie, and who signs people in."""
    return {
        "key_provider": get("KEY_PROVIDER", "file"),
        "key_file": Path(get("KEY_FILE") or data / "master.key"),
        "master_key": get("MASTER_KEY"),
        "vault_address": get("VAULT_ADDRESS"),
        "vault_token": get("VAULT_TOKEN"),
        "key_name": get("KEY_NAME", "safeconduct"),
        "kms_endpoint": get("KMS_ENDPOINT"),
        "kms_region": get("KMS_REGION"),
        "file_store": get("FILE_STORE") or str(data / "files"),
        "file_endpoint": get("FILE_ENDPOINT"),
        "file_region": get("FILE_REGION"),
        "file_limit": _integer(get("FILE_LIMIT", str(200 * 1024 * 1024)), "SAFECONDUCT_FILE_LIMIT", faults),
        "clamd": get("CLAMD"),
        "oidc_issuer": get("OIDC_ISSUER").rstrip("/"),
        "oidc_client": get("OIDC_CLIENT"),
        "oidc_secret": get("OIDC_SECRET"),
    }


def _faults(settings: Settings, given: Mapping[str, str]) -> list[str]:
    faults = []
    if settings.key_provider not in {"file", "environment", "vault", "kms"}:
        faults.append("SAFECONDUCT_KEY_PROVIDER must be 'file', 'environment', 'vault' or 'kms'.")
    if settings.key_provider == "vault" and not (settings.vault_address and settings.vault_token):
        faults.append("SAFECONDUCT_VAULT_ADDRESS and SAFECONDUCT_VAULT_TOKEN: say where Vault is and by which token.")
    if settings.oidc_issuer and not (settings.oidc_client and settings.oidc_secret):
        faults.append("SAFECONDUCT_OIDC_CLIENT and SAFECONDUCT_OIDC_SECRET are needed with SAFECONDUCT_OIDC_ISSUER.")
    if settings.key_provider == "environment" and len(settings.master_key) < 43:
        faults.append("SAFECONDUCT_MASTER_KEY must be 32 random bytes in base64 (./run flask keys new prints one).")
    if settings.survey_file is not None and not settings.survey_file.is_file():
        faults.append(f"SAFECONDUCT_SURVEY_FILE: there is no file {settings.survey_file}.")
    if not 1 <= settings.workers <= 32:
        faults.append("SAFECONDUCT_WORKERS: between 1 and 32.")
    if settings.metrics_token and len(settings.metrics_token) < 20:
        faults.append("SAFECONDUCT_METRICS_TOKEN: at least 20 characters.")
    if not settings.production and settings.host not in {"127.0.0.1", "localhost", "::1"}:
        faults.append("HOST: the demo binds to loopback only. Set SAFECONDUCT_ENV=production for a real server.")
    faults += _statistics_faults(settings)
    return faults + (_production_faults(settings, given) if settings.production else [])


def _statistics_faults(settings: Settings) -> list[str]:
    faults = []
    if settings.age_bands not in {"field", "ctdc"}:
        faults.append("SAFECONDUCT_AGE_BANDS must be 'field' or 'ctdc'.")
    if settings.small_cell < 3:
        faults.append("SAFECONDUCT_SMALL_CELL: at least 3.")
    if settings.round_to not in {0, 3, 5, 10}:
        faults.append("SAFECONDUCT_ROUND_TO: 0 (not), 3, 5 or 10.")
    if settings.open_data_k < 5:
        faults.append("SAFECONDUCT_OPEN_DATA_K: at least 5.")
    return faults


def _production_faults(settings: Settings, given: Mapping[str, str]) -> list[str]:
    redis = settings.redis_url
    wanted = {
        "DATABASE_URL: production needs PostgreSQL 15 or later.": settings.database_url.startswith("postgresql"),
        "REDIS_URL: production needs a Valkey or Redis of its own.": bool(given.get("REDIS_URL")),
        "REDIS_URL: the queue needs a password.": "@" in redis or redis.startswith("unix:"),
        "SAFECONDUCT_KEY_FILE or SAFECONDUCT_MASTER_KEY: say where the master key is.": bool(
            given.get("SAFECONDUCT_KEY_FILE") or settings.master_key or settings.key_provider in {"vault", "kms"}
        ),
        "SAFECONDUCT_BASE_URL must begin with https://.": settings.base_url.startswith("https://"),
        "SAFECONDUCT_SMTP_HOST is missing.": bool(settings.smtp_host),
        "SAFECONDUCT_SMTP_TLS must be on.": settings.smtp_tls,
        "SAFECONDUCT_SMS_URL must begin with https://.": not settings.sms_url or settings.sms_url.startswith("https://"),
        "SAFECONDUCT_TOTP must be on: a password alone is not enough for this data.": settings.totp_required,
    }
    return [fault for fault, met in wanted.items() if not met]


def _thousandths(text: str, name: str, faults: list[str]) -> int:
    try:
        found = round(float(text) * 1000)
    except ValueError:
        found = -1
    if not 0 < found <= 100_000:
        faults.append(f"{name}: a number between 0.001 and 100.")
    return found


def _integer(text: str, name: str, faults: list[str]) -> int:
    try:
        return int(text)
    except ValueError:
        faults.append(f"{name} must be a whole number, not {text!r}.")
        return 0


def _months(text: str, faults: list[str]) -> dict[str, tuple[int, ...]]:
    """``1,3,6,12`` for all, or by programme: ``1,3,6,12;hasm=1,6``."""
    found: dict[str, tuple[int, ...]] = {"": (1, 3, 6, 12)}
    for part in text.split(";"):
        name, _, numbers = part.rpartition("=")
        values = [number.strip() for number in numbers.split(",")]
        if not values or not all(number.isdigit() and 1 <= int(number) <= 60 for number in values):
            faults.append("SAFECONDUCT_FOLLOW_UP_MONTHS: months such as '1,3,6,12', or by programme '1,3,6,12;hasm=1,6'.")
            return found
        found[name.strip()] = tuple(sorted({int(number) for number in values}))
    return found


def _database_url(url: str, data: Path) -> str:
    """SQLAlchemy's spelling of the address; SQLite under the data directory where none is given."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url or f"sqlite:///{data / 'safeconduct.sqlite'}"


def _socket(data: Path) -> Path:
    """Where the embedded Valkey listens. A socket's path may have 107 characters at most, so a long one moves to a folder of ours in /tmp."""
    path = data / "valkey.sock"
    if len(str(path)) <= 100:
        return path
    name = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    return Path("/tmp") / f"safeconduct-{os.getuid()}-{name}" / "valkey.sock"  # noqa: S108 -- mode 0700, and its owner is checked
