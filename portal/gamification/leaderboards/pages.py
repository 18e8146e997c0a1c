"""What the page of a board shows: which board, of where, and the rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from portal.core.money import show_minor
from portal.gamification.campaigns import Campaign, find_running, list_campaigns, singular
from portal.gamification.leaderboards import queries
from portal.gamification.leaderboards.queries import Board, Home, Row
from portal.gamification.leaderboards.rules import Ranked, Step, around, next_step, place_of
from portal.partners.territories.models import Territory
from portal.security.viewer import Viewer

SCOPES = ("around", "shop", "territory", "all")
PAGE_SIZE = 25


@dataclass(frozen=True)
class BoardPage:
    """One board as a viewer sees it."""

    board: Board
    boards: Sequence[Board]
    scope: str
    where: str
    territory_id: int | None
    rows: Sequence[Row]
    total: int
    page: int
    pages: int
    mine: Ranked | None
    hint: str
    above: str = ""
    below: str = ""
    campaign: Campaign | None = None


def boards_for(home: Home, campaigns: Sequence[Campaign], today: dt.date) -> list[Board]:
    """The running campaign first, then the quarter, then what is over."""
    running = find_running(campaigns, today)
    others = [one for one in campaigns if one is not running and one.since <= today]
    first = [queries.campaign_board(running)] if running else []
    return [*first, queries.quarter_board(today, home.currency), *(queries.campaign_board(one) for one in others)]


def board_page(
    viewer: Viewer,
    today: dt.date,
    *,
    code: str = "",
    scope: str = "",
    territory: Territory | None = None,
    page: int = 1,
) -> BoardPage:
    """The rows of a board around the viewer, of the shop, of a territory or of all."""
    home = queries.home_of(viewer)
    campaigns = list_campaigns()
    boards = boards_for(home, campaigns, today)
    board = next((one for one in boards if one.code == code), boards[0])
    scope = scope if scope in SCOPES else "around"
    if viewer.partner_id is None and scope in ("around", "shop"):
        scope = "territory" if territory else "all"
    territory_id = None if scope in ("shop", "all") else territory.id if territory else home.territory_id
    ranks = queries.read_board(
        board, territory_id=territory_id, partner_id=viewer.partner_id if scope == "shop" else None
    )
    place = place_of(ranks, viewer.person_id)
    if scope == "around" and place is None:
        scope = "territory"
    first, last, number, pages = _range(ranks, scope, place, page)
    where = viewer.organization if scope == "shop" else (territory.name if territory else home.territory)
    return BoardPage(
        board=board, boards=boards, scope=scope, territory_id=territory_id,
        where="All regions" if territory_id is None and scope != "shop" else where,
        rows=queries.rows_of(viewer, ranks[first:last]), total=len(ranks), page=number, pages=pages,
        mine=ranks[place] if place is not None else None, hint=step_words(board, next_step(ranks, viewer.person_id)),
        above=_left_out(board, ranks[:first]) if scope == "around" else "",
        below=_left_out(board, ranks[last:]) if scope == "around" else "",
        campaign=next((one for one in campaigns if one.code == board.code), None),
    )  # fmt: skip


def step_words(board: Board, step: Step | None) -> str:
    """6 more take you to rank 2."""
    if step is None:
        return ""
    missing = show_minor(step.missing, board.currency) if board.currency else f"{step.missing:,}"
    if not step.leads:
        verb = "takes" if missing == "1" else "take"
        return f"{missing} more {verb} you to rank {step.rank}"
    return "You share rank 1" if step.shared else f"You lead by {missing}"


def first_step_words(board: Board) -> str:
    """What puts somebody on the board who is not there yet."""
    what = singular(board.noun) if board.currency is None else "sale"
    return f"One {what} puts you on the board."


def _range(ranks: Sequence[Ranked], scope: str, place: int | None, page: int) -> tuple[int, int, int, int]:
    if scope == "around" and place is not None:
        return *around(ranks, place), 1, 1
    pages = max(1, -(-len(ranks) // PAGE_SIZE))
    number = min(page, pages)
    return (number - 1) * PAGE_SIZE, number * PAGE_SIZE, number, pages


def _left_out(board: Board, some: Sequence[Ranked]) -> str:
    """38 more sellers, from 17 to 1."""
    if not some:
        return ""
    high, low = some[0].score, some[-1].score
    shown = [show_minor(one, board.currency) if board.currency else f"{one:,}" for one in (high, low)]
    spread = f"with {shown[0]}" if high == low else f"from {shown[0]} to {shown[1]}"
    return f"{len(some):,} more {'seller' if len(some) == 1 else 'sellers'}, {spread}"
