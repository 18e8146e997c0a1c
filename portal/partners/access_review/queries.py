"""Reading reviews; a review is read by whoever may review access at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.ids import canonical_json, digest
from portal.partners.access_review.models import AccessReview, ReviewDecision, ReviewEntry, ReviewSignature, Verdict
from portal.partners.people.models import Person, PersonState
from portal.partners.people.queries import names_of_people
from portal.security.viewer import VENDOR_ROLES, Viewer

SORTABLE = {"name": ReviewEntry.name, "role": ReviewEntry.role, "organization": ReviewEntry.organization,
            "last_login": ReviewEntry.last_login_at, "conflicts": ReviewEntry.conflict_count}  # fmt: skip
SHOWS = ("open", "conflicts", "vendor", "partner", "removed")
HEADER = ("email", "name", "role", "organization", "limits", "state", "last_login_at", "conflicts", "verdict", "reason",
          "decided_by", "decided_at")  # fmt: skip


_NEWEST = select(func.max(ReviewDecision.id)).group_by(ReviewDecision.entry_id)
COUNTS = aliased(ReviewDecision, select(ReviewDecision).where(ReviewDecision.id.in_(_NEWEST)).subquery())


def visible_reviews(viewer: Viewer) -> Select[AccessReview]:
    """The reviews a viewer may read: all of them, or none."""
    query = select(AccessReview)
    return query if viewer.can("access:review") else query.where(AccessReview.id < 0)


def find_review(viewer: Viewer, quarter: str) -> AccessReview | None:
    """The review of a quarter, or None."""
    return session.scalar(visible_reviews(viewer).where(AccessReview.quarter == quarter))


def get_review(viewer: Viewer, quarter: str) -> AccessReview:
    """The review of a quarter, or NotFound."""
    found = find_review(viewer, quarter)
    if found is None:
        raise NotFound
    return found


def get_entry(viewer: Viewer, entry_id: int) -> tuple[AccessReview, ReviewEntry]:
    """One account of a review, with the review."""
    query = visible_reviews(viewer).add_columns(ReviewEntry).join(ReviewEntry, ReviewEntry.review_id == AccessReview.id)
    found = session.execute(query.where(ReviewEntry.id == entry_id)).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def find_signature(review: AccessReview) -> ReviewSignature | None:
    """The sign-off of a review, or None while it is open."""
    return session.scalar(select(ReviewSignature).where(ReviewSignature.review_id == review.id))


def list_reviews(viewer: Viewer) -> list[tuple[AccessReview, ReviewSignature | None]]:
    """All reviews with their sign-off, newest first."""
    query = visible_reviews(viewer).add_columns(ReviewSignature)
    query = query.outerjoin(ReviewSignature, ReviewSignature.review_id == AccessReview.id)
    return [(review, signature) for review, signature in session.execute(query.order_by(AccessReview.quarter.desc()))]


def _entries_of(review: AccessReview, *columns: Any) -> Select[Any]:
    """Something of the entries of a review, each beside the decision that counts, if there is one."""
    query = select(*columns).select_from(ReviewEntry).outerjoin(COUNTS, COUNTS.entry_id == ReviewEntry.id)
    return query.where(ReviewEntry.review_id == review.id)


def search_entries(
    review: AccessReview, *, q: str = "", show: str = "", sort: str = "conflicts", descending: bool = True
) -> Select[Any]:
    """Rows (entry, decision or None) of a review, filtered and sorted."""
    query = _entries_of(review, ReviewEntry, COUNTS)
    shows = {
        "open": and_(ReviewEntry.must_decide, COUNTS.id.is_(None)),
        "conflicts": ReviewEntry.conflict_count > 0,
        "vendor": ReviewEntry.role.in_(VENDOR_ROLES),
        "partner": ReviewEntry.role.not_in(VENDOR_ROLES),
        "removed": COUNTS.verdict == Verdict.REMOVE,
    }
    if show in shows:
        query = query.where(shows[show])
    if q:
        columns = (ReviewEntry.name, ReviewEntry.email, ReviewEntry.organization)
        query = query.where(or_(*(column.icontains(q, autoescape=True) for column in columns)))
    column: Any = SORTABLE.get(sort, ReviewEntry.name)
    order = column.desc().nulls_last() if descending else column.asc().nulls_first()
    return query.order_by(order, ReviewEntry.organization, ReviewEntry.name, ReviewEntry.id)


@dataclass(frozen=True)
class Progress:
    """How far a review is: accounts in all, those that need a decision, decided ones, removals, conflicts."""

    accounts: int
    needed: int
    decided: int
    removed: int
    conflicts: int

    @property
    def left(self) -> int:
        """How many decisions are still missing."""
        return self.needed - self.decided


def progress_of(review: AccessReview) -> Progress:
    """How far a review is, in one statement."""
    query = _entries_of(
        review, func.count(), func.count().filter(ReviewEntry.must_decide),
        func.count(COUNTS.id).filter(ReviewEntry.must_decide), func.count().filter(COUNTS.verdict == Verdict.REMOVE),
        func.count().filter(ReviewEntry.conflict_count > 0),
    )  # fmt: skip
    return Progress(*(int(number) for number in session.execute(query).one()))


def list_removals_open(review: AccessReview) -> Sequence[Person]:
    """People whose access is to be removed and who can still log in."""
    removed = _entries_of(review, ReviewEntry.person_id).where(COUNTS.verdict == Verdict.REMOVE)
    people = select(Person).where(Person.id.in_(removed), Person.state != PersonState.ENDED)
    return session.scalars(people.order_by(Person.name)).all()


def csv_rows(review: AccessReview) -> list[tuple[str, ...]]:
    """The whole list with its decisions, one row an account, as it is kept."""
    found = session.execute(_entries_of(review, ReviewEntry, COUNTS).order_by(ReviewEntry.email)).all()
    names = names_of_people(decision.decided_by_id for _, decision in found if decision is not None)
    return [_csv_row(entry, decision, names) for entry, decision in found]


def _csv_row(entry: ReviewEntry, decision: ReviewDecision | None, names: dict[int, str]) -> tuple[str, ...]:
    login = entry.last_login_at.isoformat() if entry.last_login_at else ""
    own = (entry.email, entry.name, entry.role, entry.organization, entry.limits, entry.state, login,
           entry.conflicts.replace("\n", " "))  # fmt: skip
    if decision is None:
        return (*own, "", "", "", "")
    by = names.get(decision.decided_by_id, "")
    return (*own, decision.verdict, decision.reason, by, decision.decided_at.isoformat())


def digest_of(review: AccessReview) -> str:
    """What identifies the list with all its decisions."""
    return digest(canonical_json([list(row) for row in csv_rows(review)]))
