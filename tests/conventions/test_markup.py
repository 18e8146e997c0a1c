"""The judge of pages is judged first."""

import pytest

from tests.conventions.markup import faults

GOOD = "<!doctype html><html><body><h1>One</h1><ul><li>a<li>b</ul><br><svg><path d='M0 0'/></svg></body></html>"


def test_a_sound_page_has_no_faults() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("<h1>a</h1><h1>b</h1>", "2 first-level headings"),
        ("<p>nothing</p>", "0 first-level headings"),
        ("<h1>a</h1><style>p{}</style>", "inline <style>"),
        ("<h1>a</h1><script>1</script>", "inline <script>"),
        ("<h1 style='x'>a</h1>", "inline style on <h1>"),
        ("<h1 onclick='x'>a</h1>", "inline onclick on <h1>"),
        ("<h1>a</h1><div><span></div></span>", "</div> closes <span>"),
        ("<h1 id=a>a</h1><p id=a>", "the id 'a' stands 2 times"),
        ("<h1>a</h1><img src=x.png>", "no alt text on x.png"),
    ],
)
def test_a_fault_is_named(bad: str, sentence: str) -> None:
    assert any(fault.startswith(sentence) for fault in faults(bad))
