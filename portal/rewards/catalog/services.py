"""Adding, changing, stocking and retiring rewards, and loading a catalog."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select, update

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, InvalidInput
from portal.core.money import MAX_MINOR, known_currency, parse_minor
from portal.partners.tiers.rules import TIERS
from portal.rewards.catalog.models import Reward, RewardPrice, RewardState, RewardType
from portal.rewards.catalog.queries import lock_reward
from portal.rewards.catalog.rules import ARTS
from portal.security.viewer import SYSTEM, Viewer

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_STOCK = 10**9
RESERVED = frozenset({"new", "closest"})  # addresses of pages


@dataclass(frozen=True)
class RewardValues:
    """What a person decides about a reward; `value` is what one costs us, in minor units."""

    name: str
    type: str
    points: int
    art: str
    value: int
    currency: str
    min_tier: str | None = None
    description: str = ""


def add_reward(code: str, values: RewardValues, *, stock: int | None, by: Viewer = SYSTEM) -> Reward:
    """Offer a new reward."""
    if not _CODE.fullmatch(code) or len(code) > 60 or code in RESERVED:
        raise InvalidInput("A code is made of small letters, digits and hyphens, such as ride-day.", field="code")
    if session.scalar(select(Reward.id).where(Reward.code == code)) is not None:
        raise Conflict(f"There is already a reward called “{code}”. Choose another code.", field="code")
    _check(values)
    reward = Reward(code=code, stock=_stock(stock), created_at=clock.now(), **asdict(values))
    session.add(reward)
    session.flush()
    _note_price(reward, by)
    _record("reward.added", reward, by, after=asdict(values) | {"stock": stock})
    return reward


def change_reward(reward: Reward, values: RewardValues, *, by: Viewer) -> bool:
    """Change what a reward is or costs; orders keep the price they were placed at. Says whether anything changed."""
    _check(values)
    reward = lock_reward(reward.id)
    after = {name: value for name, value in asdict(values).items() if getattr(reward, name) != value}
    if not after:
        return False
    before = {name: getattr(reward, name) for name in after}
    for name, value in after.items():
        setattr(reward, name, value)
    session.flush()
    if after.keys() & {"points", "value", "currency"}:
        _note_price(reward, by)
    _record("reward.changed", reward, by, before=before, after=after)
    return True


def stock_reward(reward: Reward, *, change: int | None, by: Viewer) -> int | None:
    """Put pieces on the shelf or take them off; None means there is always one more. Returns the new stock."""
    reward = lock_reward(reward.id)
    before = reward.stock
    reward.stock = None if change is None else _stock((before or 0) + change)
    session.flush()
    _record("reward.stocked", reward, by, before={"stock": before}, after={"stock": reward.stock})
    return reward.stock


def retire_reward(reward: Reward, *, by: Viewer) -> None:
    """Offer it no longer; what was ordered is still handed over."""
    _set_state(reward, RewardState.RETIRED, "reward.retired", by)


def restore_reward(reward: Reward, *, by: Viewer) -> None:
    """Offer it again."""
    _set_state(reward, RewardState.ACTIVE, "reward.restored", by)


def take_one(reward: Reward) -> bool:
    """Take one piece off the shelf of a locked reward; False when none is left. Unlimited ones give without end."""
    if reward.stock is None:
        return True
    statement = update(Reward).where(Reward.id == reward.id, Reward.stock > 0).values(stock=Reward.stock - 1)
    return _changed_one(statement, reward)


def put_back_one(reward: Reward) -> None:
    """Put one piece back on the shelf of a locked reward."""
    statement = update(Reward).where(Reward.id == reward.id, Reward.stock.is_not(None)).values(stock=Reward.stock + 1)
    _changed_one(statement, reward)


def load_catalog(rows: Iterable[Mapping[str, str]] | Mapping[str, Any], *, by: Viewer = SYSTEM) -> int:
    """Add rewards written as text ("null" is nothing); known codes are left as they are. Returns how many are new."""
    listed: Iterable[Mapping[str, str]] = rows["rewards"] if isinstance(rows, Mapping) else rows
    known = set(session.scalars(select(Reward.code)))
    fresh = [row for row in listed if row["code"] not in known]
    for row in fresh:
        stock = _nothing(row["stock"])
        add_reward(row["code"], _values_of(row), stock=None if stock is None else int(stock), by=by)
    return len(fresh)


def _values_of(row: Mapping[str, str]) -> RewardValues:
    return RewardValues(
        name=row["name"], type=row["type"], points=int(row["points"]), art=row["art"],
        value=parse_minor(row["value"], row["currency"]), currency=row["currency"],
        min_tier=_nothing(row["min_tier"]), description=row.get("description", ""),
    )  # fmt: skip


def _nothing(text: str) -> str | None:
    return None if text in ("", "null") else text


def _check(values: RewardValues) -> None:
    if not values.name.strip():
        raise InvalidInput("A reward needs a name.", field="name")
    if values.type not in {kind.value for kind in RewardType}:
        raise InvalidInput(f"“{values.type[:40]}” is no type of reward.", field="type")
    if values.art not in ARTS:
        raise InvalidInput(f"There is no picture called “{values.art[:40]}”.", field="art")
    if not 1 <= values.points <= 10**9:
        raise InvalidInput("A reward costs from 1 to 1,000,000,000 stars.", field="points")
    if not 0 <= values.value <= MAX_MINOR:
        raise InvalidInput("Say what one costs us, zero or more.", field="value")
    if not known_currency(values.currency):
        raise InvalidInput(f"“{values.currency[:10]}” is no currency.", field="currency")
    if values.min_tier is not None and values.min_tier not in TIERS:
        raise InvalidInput(f"“{values.min_tier[:40]}” is no tier.", field="min_tier")


def _stock(stock: int | None) -> int | None:
    if stock is not None and not 0 <= stock <= MAX_STOCK:
        raise InvalidInput("Stock cannot fall below zero. Take off at most what is on the shelf.", field="change")
    return stock


def _changed_one(statement: Any, reward: Reward) -> bool:
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    session.refresh(reward, ["stock"])
    return bool(done.rowcount == 1)


def _set_state(reward: Reward, state: RewardState, act: str, by: Viewer) -> None:
    reward = lock_reward(reward.id)
    if reward.state == state:
        return
    before, reward.state = reward.state, state
    session.flush()
    _record(act, reward, by, before={"state": before}, after={"state": state.value})


def _note_price(reward: Reward, by: Viewer) -> None:
    session.add(
        RewardPrice(
            reward_id=reward.id, points=reward.points, value=reward.value, currency=reward.currency,
            recorded_at=clock.now(), by_person_id=by.person_id,
        )
    )  # fmt: skip
    session.flush()


def _record(
    act: str, reward: Reward, by: Viewer, *, before: dict[str, Any] | None = None, after: dict[str, Any]
) -> None:
    audit.record(act, kind="reward", id=reward.id, label=reward.name, before=before, after=after, actor=by)
