"""Orders of rewards and what happened to them."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Moment
from portal.core.guards import append_only


class OrderState(enum.StrEnum):
    """Where an order stands; `portal.rewards.redemption.rules.ALLOWED` says what may follow."""

    PLACED = "placed"
    APPROVED = "approved"
    FULFILLED = "fulfilled"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class RewardOrder(Base):
    """One reward ordered by one person; price and value are those of the moment of ordering."""

    __tablename__ = "reward_order"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ledger_owner.id"))
    points: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(10), default=OrderState.PLACED)
    took_stock: Mapped[bool] = mapped_column(default=False)
    form_key: Mapped[str] = mapped_column(String(120), unique=True)
    reason: Mapped[str | None] = mapped_column(Text)
    placed_at: Mapped[dt.datetime] = mapped_column(Moment)
    changed_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("state IN ('placed', 'approved', 'fulfilled', 'delivered', 'cancelled')", name="state"),
        Index("ix_reward_order_person", "person_id", "id"),
        Index("ix_reward_order_state", "state", "id"),
        Index("ix_reward_order_reward", "reward_id"),
    )

    @property
    def hold_key(self) -> str:
        """The key of this order's hold in the ledger."""
        return f"reward_order/{self.number}"


class RewardOrderStep(Base):
    """One entry of an order's history; never altered."""

    __tablename__ = "reward_order_step"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("reward_order.id"), index=True)
    step: Mapped[str] = mapped_column(String(10))
    at: Mapped[dt.datetime] = mapped_column(Moment)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str | None] = mapped_column(Text)


append_only("reward_order_step")
