"""Ranks, ties and the next step: pure."""

from hypothesis import given
from hypothesis import strategies as st

from portal.gamification.leaderboards.rules import Score, around, next_step, place_of, ranked, short_name


def board(*scores: int) -> list[tuple[int, int]]:
    """(rank, score) of people numbered from 1."""
    return [(row.rank, row.score) for row in ranked(Score(n, score) for n, score in enumerate(scores, 1))]


def test_equal_scores_share_a_rank_and_the_next_rank_is_counted_on() -> None:
    assert board(10, 30, 20, 20) == [(1, 30), (2, 20), (2, 20), (4, 10)]


def test_who_sold_nothing_is_not_on_the_board() -> None:
    assert board(0, 3, -2) == [(1, 3)]


def test_the_next_step_passes_the_nearest_score_above() -> None:
    rows = ranked([Score(1, 31), Score(2, 25), Score(3, 22), Score(4, 34)])
    step = next_step(rows, 3)
    assert step is not None
    assert (step.missing, step.rank) == (4, 3)
    assert next_step(rows, 99) is None


def test_the_leader_hears_how_far_ahead() -> None:
    lead = next_step(ranked([Score(1, 31), Score(2, 25)]), 1)
    assert lead is not None
    assert (lead.leads, lead.missing, lead.shared) == (True, 6, False)
    tie = next_step(ranked([Score(1, 31), Score(2, 31)]), 1)
    assert tie is not None
    assert tie.shared


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30), st.data())
def test_exactly_the_step_reaches_the_promised_rank_and_no_less(scores: list[int], data: st.DataObject) -> None:
    who = data.draw(st.integers(1, len(scores)))
    people = [Score(n, score) for n, score in enumerate(scores, 1)]
    before = ranked(people)
    step = next_step(before, who)
    assert step is not None
    if step.leads:
        return

    def rank_with(more: int) -> int:
        moved = [Score(one.person_id, one.score + (more if one.person_id == who else 0)) for one in people]
        rows = ranked(moved)
        return sum(row.score >= rows[place_of(rows, who) or 0].score for row in rows if row.person_id != who) + 1

    assert rank_with(step.missing) == step.rank
    assert rank_with(step.missing - 1) > step.rank


def test_the_neighbors_are_two_above_and_two_below_filled_up_at_the_ends() -> None:
    rows = ranked(Score(n, 100 - n) for n in range(1, 11))
    assert around(rows, 5) == (3, 8)
    assert around(rows, 0) == (0, 5)
    assert around(rows, 9) == (5, 10)
    assert around(rows[:3], 1) == (0, 3)


def test_a_name_is_its_first_initial_and_its_last_word() -> None:
    assert short_name("Mia van der Berg") == "M. Berg"
    assert short_name("Cher") == "Cher"
