"""Settings, read once from the environment; every one is documented here and in docs/deployment.md."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MIN_SECRET_LENGTH = 32
MIN_SECRET_VARIETY = 12
MAX_DAYS = 365
DEMO_BRAND = "Adventure Works"


class SettingsError(RuntimeError):
    """A setting is missing or wrong; the message says which and how to mend it."""


@dataclass(frozen=True)
class Settings:
    """What the installation decides; rooms never read the environment themselves."""

    data_dir: Path
    database_url: str
    secret_key: str | None = None
    portal_url: str = "http://localhost:8000"
    smtp_url: str | None = None
    mail_dir: Path | None = None
    mail_from: str = "Partner portal <portal@demo.example>"
    stripe_api_key: str | None = None
    stripe_api_base: str | None = None
    stripe_webhook_secret: str | None = None
    outbound_allow: tuple[str, ...] = ()
    tz: str = "UTC"
    brand: str = "Partner portal"
    answer_within_days: int = 14
    demo: bool = False
    testing: bool = False
    clock_start: str | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which "today", period ends and job times are meant (`PORTAL_TZ`)."""
        return ZoneInfo(self.tz)

    @property
    def files_dir(self) -> Path:
        """Where uploads live: outside every served folder."""
        return self.data_dir / "files"

    @property
    def secure_cookies(self) -> bool:
        """TLS is in front when links in mail are https."""
        return self.portal_url.startswith("https://")


def data_folder(environ: dict[str, str] | None = None) -> Path:
    """The data folder, as the environment names it."""
    env = os.environ if environ is None else environ
    return Path(env.get("PORTAL_DATA") or "data").resolve()


def load_settings(environ: dict[str, str] | None = None) -> Settings:
    """Read the environment; raises SettingsError naming the variable and the mend."""
    env = dict(os.environ if environ is None else environ)
    data_dir = data_folder(env)
    tz = env.get("PORTAL_TZ") or "UTC"
    try:
        ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"PORTAL_TZ={tz!r} is no time zone. Use a name such as America/Los_Angeles.") from error
    demo = (data_dir / "demo.json").exists()
    return Settings(
        data_dir=data_dir,
        database_url=normalize_database_url(env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'portal.sqlite3'}"),
        secret_key=env.get("SECRET_KEY") or stored_secret(data_dir),
        portal_url=(env.get("PORTAL_URL") or "http://localhost:8000").rstrip("/"),
        smtp_url=env.get("SMTP_URL") or None,
        mail_dir=Path(env["MAIL_DIR"]).resolve() if env.get("MAIL_DIR") else None,
        mail_from=env.get("MAIL_FROM") or Settings.mail_from,
        stripe_api_key=env.get("STRIPE_API_KEY") or None,
        stripe_api_base=env.get("STRIPE_API_BASE") or None,
        stripe_webhook_secret=env.get("STRIPE_WEBHOOK_SECRET") or None,
        outbound_allow=tuple(host.strip() for host in env.get("OUTBOUND_ALLOW", "").split(",") if host.strip()),
        tz=tz,
        brand=env.get("PORTAL_BRAND") or (DEMO_BRAND if demo else Settings.brand),
        answer_within_days=read_days(env, "PORTAL_ANSWER_WITHIN_DAYS", Settings.answer_within_days),
        demo=demo,
        clock_start=env.get("PORTAL_CLOCK") or None,
    )


def read_days(env: dict[str, str], name: str, default: int) -> int:
    """A number of days from 1 to 365; refuses anything else by the variable's name."""
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_DAYS):
        raise SettingsError(f"{name}={text!r} is no number of days. Use a whole number from 1 to {MAX_DAYS}.")
    return int(text)


def normalize_database_url(url: str) -> str:
    """`postgres://` is what hosting providers write; SQLAlchemy wants the dialect's own name."""
    for old in ("postgres://", "postgresql://"):
        if url.startswith(old):
            return "postgresql+psycopg://" + url[len(old) :]
    return url


def stored_secret(data_dir: Path) -> str | None:
    """The secret the first demo generated into the data folder, if there is one."""
    path = data_dir / "secret_key"
    return path.read_text().strip() if path.exists() else None


def generate_secret(data_dir: Path) -> str:
    """Make the data folder's secret once; later calls return the same one."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()


def require_secret(settings: Settings) -> str:
    """The secret that signs cookies; refuses a missing, short or well-known one."""
    secret = settings.secret_key or ""
    monotonous = len(set(secret)) < MIN_SECRET_VARIETY and not settings.testing
    if len(secret) < MIN_SECRET_LENGTH or monotonous:
        raise SettingsError(
            f"SECRET_KEY is missing, shorter than {MIN_SECRET_LENGTH} characters or made of the same few, "
            "so log-ins could be forged. Set it to a random value, for example the output of: "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'. "
            "`portal demo` makes one for the demo by itself."
        )
    return secret
