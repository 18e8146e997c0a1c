"""Form and text changed at the same moment: both changes are in the plan, whatever comes first."""

from __future__ import annotations

from portal.programs.studio.merging import merge_texts, read_document, rewritten

PLAN = """\
# agreed with sales in October
code: winter
name: Winter rebate
kind: rebate
components:
  - code: volume
    bands:
      - {from: 0, percent: 1}
      - {from: 500, percent: 2.5}
qualify: {categories: [Accessories, Clothing]}
"""


def merged(mine: tuple[str, str], theirs: tuple[str, str]) -> str:
    return merge_texts(PLAN, PLAN.replace(*mine), PLAN.replace(*theirs))


def test_changes_of_two_lines_stand_side_by_side_and_comments_stay():
    text = merged(("Winter rebate", "Spring rebate"), ("percent: 2.5", "percent: 3"))
    assert text == PLAN.replace("Winter rebate", "Spring rebate").replace("percent: 2.5", "percent: 3")


def test_two_values_of_one_line_are_both_kept():
    text = merged(("from: 500", "from: 600"), ("percent: 2.5", "percent: 3"))
    assert "{from: 600, percent: 3}" in text


def test_of_one_value_changed_twice_the_newer_stands():
    assert "percent: 4" in merged(("percent: 2.5", "percent: 4"), ("percent: 2.5", "percent: 3"))
    assert "percent: 3" not in merged(("percent: 2.5", "percent: 4"), ("percent: 2.5", "percent: 3"))


def test_a_row_added_by_one_and_a_row_changed_by_the_other_are_both_there():
    row = "      - {from: 500, percent: 2.5}\n"
    text = merged((row, f"{row}      - {{from: 900, percent: 5}}\n"), ("percent: 2.5", "percent: 3"))
    assert read_document(text)["components"][0]["bands"] == [
        {"from": "0", "percent": "1"}, {"from": "500", "percent": "3"}, {"from": "900", "percent": "5"},
    ]  # fmt: skip


def test_what_one_removes_and_the_other_changes_stays():
    row = "      - {from: 500, percent: 2.5}\n"
    bands = read_document(merged((row, ""), ("percent: 2.5", "percent: 3")))["components"][0]["bands"]
    assert {"from": "500", "percent": "3"} in bands


def test_words_added_to_one_list_by_both_are_all_in_it():
    text = merged(("Clothing]", "Clothing, Bikes]"), ("Clothing]", "Clothing, Parts]"))
    assert set(read_document(text)["qualify"]["categories"]) == {"Accessories", "Clothing", "Bikes", "Parts"}


def test_half_a_line_typed_keeps_what_the_form_said():
    text = merged(("name: Winter rebate", "name: [Winter"), ("percent: 2.5", "percent: 3"))
    assert "name: [Winter\n" in text
    assert "{from: 500, percent: 3}" in text


def test_a_field_rewrites_its_own_words_only():
    was = read_document(PLAN)
    now = {**was, "name": "Spring rebate", "hold_days": "5"}
    text = rewritten(PLAN, was, now)
    assert text.startswith("# agreed with sales in October\n")
    assert read_document(text) == now
