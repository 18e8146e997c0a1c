"""Territories and who looks after them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId


class Territory(Base):
    """A sales territory; plans and scopes name it."""

    __tablename__ = "territory"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    region: Mapped[str] = mapped_column(String(80), default="")
    country: Mapped[str] = mapped_column(String(80), default="")


class ManagerTerritory(Base):
    """One territory assigned to one channel manager."""

    __tablename__ = "manager_territory"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), primary_key=True, index=True)
