"""Limits on tries, counted in the database: the sixth wrong password is refused by every process."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, func, select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import TooMany
from portal.core.ids import digest
from portal.security.models import RateHit


def take(name: str, key: str, *, limit: int, minutes: int) -> None:
    """Count one try, in a transaction of its own; the try beyond the limit is refused with the waiting time."""
    bucket = f"{name}:{digest(key)[:32]}"
    moment = clock.now()
    since = moment - dt.timedelta(minutes=minutes)
    with transaction():
        count = session.scalar(select(func.count()).where(RateHit.bucket == bucket, RateHit.at > since)) or 0
        if count < limit:
            session.execute(delete(RateHit).where(RateHit.bucket == bucket, RateHit.at <= since))
            session.add(RateHit(bucket=bucket, at=moment))
    if count >= limit:
        raise TooMany(f"That was tried too often. Try again in {minutes} minutes.")


def forget(name: str, key: str) -> None:
    """Start counting anew after a success; joins the running transaction."""
    session.execute(delete(RateHit).where(RateHit.bucket == f"{name}:{digest(key)[:32]}"))
