"""Making partners and changing their dated values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from portal.audit import services as audit
from portal.core import clock
from portal.core.clock import FIRST_DAY
from portal.core.db import session
from portal.core.errors import Conflict, InvalidInput
from portal.core.events import emit
from portal.core.ids import canonical_json, digest
from portal.core.money import known_currency
from portal.core.sequence import next_seq
from portal.ledger.services import ensure_owner
from portal.partners.organizations.events import PartnerAdded, PartnerClosed, PartnerValuesChanged
from portal.partners.organizations.models import Partner, PartnerName, PartnerState, PartnerType, PartnerValue
from portal.partners.organizations.queries import find_partner_by_code, is_within, managers_on, timeline_of
from portal.partners.organizations.rules import Values, ValuesFrom, clean_code, differing, in_force, with_change
from portal.partners.people.models import Person
from portal.partners.territories.models import PartnerManager
from portal.partners.territories.queries import find_territory
from portal.security.viewer import SYSTEM, Role, Viewer


def add_partner(
    code: str, name: str, *, type: str = "reseller",  # noqa: A002 - the word of the field
    territory: str = "", segment: str = "", tier: str = "",
    parent: Partner | None = None, country: str = "", currency: str = "USD", email: str = "", by: Viewer = SYSTEM,
) -> Partner:  # fmt: skip
    """Make a partner; its first values hold from the first of all days."""
    if find_partner_by_code(clean_code(code)) is not None:
        raise Conflict(f"There is already a partner with the code {code.strip()}. Choose another.", field="code")
    values = Values(
        type=type,
        tier=tier,
        territory=territory,
        segment=segment,
        parent_id=parent.id if parent else None,
        country=country,
    )
    partner = insert_partner(code, name, values, currency=currency, email=email, seq=next_seq(), by=by)
    audit.record(
        "partner.added", kind="partner", id=partner.id, label=f"{partner.code} {name}", actor=by, partner_id=partner.id,
        after={"name": name, "currency": currency, **_plain(values)},
    )  # fmt: skip
    emit(PartnerAdded(partner_id=partner.id, code=partner.code, name=partner.name))
    return partner


def insert_partner(code: str, name: str, values: Values, *, currency: str, email: str, seq: int, by: Viewer) -> Partner:
    """Write a partner with its owner and first values; the caller records the act (one entry for a whole file)."""
    check_values(values)
    if not known_currency(currency):
        raise InvalidInput(f"“{currency}” is no currency code. Use three letters such as USD.", field="currency")
    if not name.strip():
        raise InvalidInput("A partner needs a name.", field="name")
    cleaned = clean_code(code)
    owner, place = ensure_owner("partner", cleaned), _territory_id(values.territory)
    return write_partner(
        cleaned, name, values, currency=currency, email=email, seq=seq, by=by, owner_id=owner.id, territory_id=place
    )


def write_partner(
    code: str, name: str, values: Values, *, currency: str, email: str, seq: int, by: Viewer, owner_id: int,
    territory_id: int | None,
) -> Partner:  # fmt: skip
    """Write the rows of a partner whose every cell has been checked."""
    partner = Partner(
        code=code, name=name.strip(), currency=currency, email=email.strip().lower(), country=values.country,
        owner_id=owner_id, created_at=clock.now(), state=PartnerState.ACTIVE, type=values.type, tier=values.tier,
        territory_id=territory_id, segment=values.segment, parent_id=values.parent_id,
    )  # fmt: skip
    session.add(partner)
    session.flush()
    _write_rows(partner, [ValuesFrom(FIRST_DAY, values)], seq=seq, reason="", by=by)
    return partner


def check_values(values: Values) -> None:
    """Refuse an unknown type or territory."""
    if values.type not in set(PartnerType):
        raise InvalidInput(f"“{values.type}” is no type of partner. Use {_either(PartnerType)}.", field="type")
    if values.territory:
        _territory_id(values.territory)


def change_values(
    partner: Partner, *, valid_from: dt.date, by: Viewer, reason: str = "", **values: Any
) -> dict[str, Any]:
    """Change dated values from a day on (type, territory, segment, parent_id, country) and return what changed.

    The tier is changed by `tiers.services.set_tier` only.
    """
    if "tier" in values:
        raise ValueError("Use portal.partners.tiers.services.set_tier.")
    changed = record_change(partner, values, valid_from=valid_from, seq=None, reason=reason, by=by)
    if changed:
        announce_change(partner, changed, valid_from=valid_from, reason=reason, by=by)
    return changed


def announce_change(
    partner: Partner, changed: Mapping[str, Any], *, valid_from: dt.date, reason: str, by: Viewer,
    act: str = "partner.changed",
) -> None:  # fmt: skip
    """Write one change of dated values into the audit log and tell the rest of the house."""
    audit.record(
        act, kind="partner", id=partner.id, label=f"{partner.code} {partner.name}", actor=by, partner_id=partner.id,
        before={name: old for name, (old, _) in changed.items()},
        after={"valid_from": valid_from.isoformat()} | {name: new for name, (_, new) in changed.items()},
        reason=reason or None,
    )  # fmt: skip
    emit(
        PartnerValuesChanged(
            partner_id=partner.id, code=partner.code, valid_from=valid_from.isoformat(), changed=sorted(changed)
        )
    )


def record_change(
    partner: Partner, values: Mapping[str, Any], *, valid_from: dt.date, seq: int | None, reason: str, by: Viewer
) -> dict[str, tuple[Any, Any]]:
    """Write the value rows of one change; returns {name: (before, after)}, empty when nothing is different."""
    timeline = timeline_of(partner.id)
    base = in_force(timeline, valid_from)
    changes = differing(base, values)
    if not changes:
        return {}
    check_values(Values(**{name: changes.get(name, getattr(base, name)) for name in base.__dataclass_fields__}))
    _check_parent(partner, changes)
    rows = with_change(timeline, valid_from, changes)
    _write_rows(partner, rows, seq=seq or next_seq(), reason=reason, by=by)
    refresh_current_values(partner)
    return {name: (getattr(base, name), value) for name, value in changes.items()}


def refresh_current_values(partner: Partner, today: dt.date | None = None) -> bool:
    """Bring the values kept on the partner up to the ones in force today; says whether any changed."""
    values = in_force(timeline_of(partner.id), today or clock.today())
    wanted: dict[str, Any] = {
        "type": values.type, "tier": values.tier, "territory_id": _territory_id(values.territory),
        "segment": values.segment, "parent_id": values.parent_id, "country": values.country,
    }  # fmt: skip
    stale = {name: value for name, value in wanted.items() if getattr(partner, name) != value}
    for name, value in stale.items():
        setattr(partner, name, value)
    session.flush()
    return bool(stale)


def change_profile(partner: Partner, *, name: str, email: str, by: Viewer) -> None:
    """Change what is not dated: the name and the address for letters."""
    if not name.strip():
        raise InvalidInput("A partner needs a name.", field="name")
    before = {"name": partner.name, "email": partner.email}
    after = {"name": name.strip(), "email": email.strip().lower()}
    if before == after:
        return
    if partner.name != after["name"]:
        session.add(PartnerName(partner_id=partner.id, name=partner.name, until=clock.now(), by_person_id=by.person_id))
    partner.name, partner.email = after["name"], after["email"]
    audit.record(
        "partner.changed", kind="partner", id=partner.id, label=f"{partner.code} {partner.name}", actor=by,
        partner_id=partner.id, before=before, after=after,
    )  # fmt: skip


def change_many(
    partners: Iterable[Partner], *, valid_from: dt.date, by: Viewer, reason: str = "", manager: Person | None = None,
    **values: Any,
) -> int:  # fmt: skip
    """Change the same dated values of many partners from one day on, as one act; returns how many changed.

    With `manager` they are handed to that channel manager: open claims and tasks follow through the scope.
    """
    seq, codes, chosen = next_seq(), [], list(partners)
    handed = hand_over(chosen, manager, valid_from=valid_from, seq=seq, reason=reason, by=by) if manager else set()
    for partner in chosen:
        changed = record_change(partner, values, valid_from=valid_from, seq=seq, reason=reason, by=by)
        if changed or partner.id in handed:
            codes.append(partner.code)
        if changed:
            emit(
                PartnerValuesChanged(
                    partner_id=partner.id, code=partner.code, valid_from=valid_from.isoformat(), changed=sorted(changed)
                )
            )
    if codes:
        audit.record(
            "partner.changed", kind="partner", id=codes[0] if len(codes) == 1 else f"{len(codes)} partners", actor=by,
            label=", ".join(codes[:8]) + (" and more" if len(codes) > 8 else ""), reason=reason or None,
            after={
                "valid_from": valid_from.isoformat(), "count": len(codes), "codes": codes,
                "digest": digest(canonical_json(codes)), **values, **({"manager": manager.email} if manager else {}),
            },
        )  # fmt: skip
    return len(codes)


def hand_over(
    partners: Iterable[Partner], manager: Person, *, valid_from: dt.date, seq: int, reason: str, by: Viewer
) -> set[int]:
    """Write down who looks after these partners from a day on; the ids of those that had somebody else."""
    if manager.role != Role.CHANNEL_MANAGER or manager.state == "ended":
        raise InvalidInput("Only a channel manager can look after partners.", field="manager")
    chosen = [partner.id for partner in partners]
    present = managers_on(chosen, valid_from)
    changed = {number for number in chosen if present.get(number) != manager.id}
    session.add_all(
        PartnerManager(
            partner_id=number, person_id=manager.id, valid_from=valid_from, recorded_at=clock.now(), seq=seq,
            reason=reason, by_person_id=by.person_id,
        )
        for number in sorted(changed)
    )  # fmt: skip
    session.flush()
    return changed


def close_partner(partner: Partner, *, by: Viewer, reason: str) -> None:
    """A partner stops selling for us; its history stays. Its people are let go by the caller (people room)."""
    if partner.state == PartnerState.CLOSED:
        raise Conflict(f"{partner.name} is already closed.")
    if not reason.strip():
        raise InvalidInput("Say why the partner closes; it is kept with the change.", field="reason")
    partner.state = PartnerState.CLOSED
    session.flush()
    audit.record(
        "partner.closed", kind="partner", id=partner.id, label=f"{partner.code} {partner.name}", actor=by,
        partner_id=partner.id, before={"state": "active"}, after={"state": "closed"}, reason=reason,
    )  # fmt: skip
    emit(PartnerClosed(partner_id=partner.id, code=partner.code, name=partner.name))


def reopen_partner(partner: Partner, *, by: Viewer, reason: str) -> None:
    """A closed partner sells for us again; who worked there is invited again by hand."""
    if partner.state != PartnerState.CLOSED:
        raise Conflict(f"{partner.name} is not closed.")
    partner.state = PartnerState.ACTIVE
    session.flush()
    audit.record(
        "partner.reopened", kind="partner", id=partner.id, label=f"{partner.code} {partner.name}", actor=by,
        partner_id=partner.id, before={"state": "closed"}, after={"state": "active"}, reason=reason,
    )  # fmt: skip


def _check_parent(partner: Partner, changes: Mapping[str, Any]) -> None:
    parent_id = changes.get("parent_id")
    if parent_id is not None and is_within(parent_id, partner.id):
        raise InvalidInput("A partner cannot belong to itself or to one of its own branches.", field="parent")


def _write_rows(partner: Partner, rows: Iterable[ValuesFrom], *, seq: int, reason: str, by: Viewer) -> None:
    recorded_at = clock.now()
    session.add_all(
        PartnerValue(
            partner_id=partner.id, valid_from=row.valid_from, recorded_at=recorded_at, seq=seq, reason=reason,
            by_person_id=by.person_id, **_plain(row.values),
        )
        for row in rows
    )  # fmt: skip
    session.flush()


def _territory_id(name: str) -> int | None:
    if not name:
        return None
    found = find_territory(name)
    if found is None:
        raise InvalidInput(f"There is no territory called “{name}”.", field="territory")
    return found.id


def _plain(values: Values) -> dict[str, Any]:
    return {name: getattr(values, name) for name in values.__dataclass_fields__}


def _either(words: Iterable[str]) -> str:
    *rest, last = [str(word) for word in words]
    return f"{', '.join(rest)} or {last}"
