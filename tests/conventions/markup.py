"""What is wrong with the markup of one answered page."""

from collections import Counter
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
DRAWN = {"path", "circle", "rect", "line", "polyline", "polygon", "ellipse", "use", "stop"}
MAY_STAY_OPEN = {"li", "p", "option", "tr", "td", "th", "dt", "dd", "thead", "tbody", "tfoot", "colgroup", "caption"}


def faults(markup: str) -> list[str]:
    """Sentences about everything a browser would have to guess or the security policy would refuse."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.conclude()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and what its attributes break."""
        given = dict(attrs)
        self.headings += tag == "h1"
        self.ids.update([given["id"] or ""] if "id" in given else [])
        if tag == "style" or (tag == "script" and not given.get("src") and given.get("type") != "application/json"):
            self.found.append(f"inline <{tag}>")
        if tag == "img" and "alt" not in given:
            self.found.append(f"no alt text on {given.get('src')}")
        self.found += [
            f"inline {name} on <{tag}>" for name in given if name == "style" or name.startswith(("on", "hx-on"))
        ]
        if tag not in VOID | DRAWN:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that closes itself, as in drawings."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID | DRAWN:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close the tag, and with it those whose end may be left out."""
        if tag in VOID | DRAWN:
            return
        while self.open and self.open[-1] != tag and self.open[-1] in MAY_STAY_OPEN:
            self.open.pop()
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.found.append(
                f"</{tag}> closes <{self.open[-1] if self.open else 'nothing'}> at line {self.getpos()[0]}"
            )

    def conclude(self) -> list[str]:
        """Everything found, with what only the whole page tells."""
        if self.headings != 1:
            self.found.append(f"{self.headings} first-level headings instead of one")
        self.found += [f"the id {name!r} stands {count} times" for name, count in self.ids.items() if count > 1]
        return self.found
