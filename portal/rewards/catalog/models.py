"""Rewards and the history of their prices."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment
from portal.core.guards import append_only


class RewardType(enum.StrEnum):
    """What kind of thing a reward is."""

    MERCHANDISE = "merchandise"
    GIFT_CARD = "gift_card"
    EXPERIENCE = "experience"
    DONATION = "donation"
    TRAINING = "training"

    @property
    def label(self) -> str:
        """The type in words."""
        return self.value.replace("_", " ").capitalize()


class RewardState(enum.StrEnum):
    """Whether a reward may still be ordered."""

    ACTIVE = "active"
    RETIRED = "retired"


class Reward(Base):
    """One thing that points buy; `stock` empty means there is always one more."""

    __tablename__ = "reward"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(16), index=True)
    description: Mapped[str] = mapped_column(Text, default="")
    art: Mapped[str] = mapped_column(String(40))
    points: Mapped[int] = mapped_column(BigInteger)
    stock: Mapped[int | None] = mapped_column(BigInteger)
    min_tier: Mapped[str | None] = mapped_column(String(40))
    value: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(10), default=RewardState.ACTIVE)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("stock IS NULL OR stock >= 0", name="stock_not_negative"),
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint("state IN ('active', 'retired')", name="state"),
    )


class RewardPrice(Base):
    """What a reward cost from a moment on, in points and in money; never altered."""

    __tablename__ = "reward_price"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id"))
    points: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (Index("ix_reward_price_reward", "reward_id", "id"),)


append_only("reward_price")
