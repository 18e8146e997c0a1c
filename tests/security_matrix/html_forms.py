"""The forms of a page as a browser would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Field:
    """One control: its name, what it holds, and what may be chosen."""

    name: str
    value: str
    kind: str
    choices: list[str] = field(default_factory=list)


@dataclass
class Form:
    """One form: where it goes, how, and its controls."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    @property
    def shape(self) -> tuple[str, tuple[str, ...]]:
        """Forms of the same shape are tried once."""
        return self.action.partition("?")[0], tuple(sorted({one.name for one in self.fields}))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.open: Form | None = None
        self.select: Field | None = None
        self.area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._start(given)
        elif tag == "option" and self.select is not None:
            self.select.choices.append(given.get("value", ""))
            if "selected" in given or len(self.select.choices) == 1:
                self.select.value = self.select.choices[-1]
        elif tag in ("input", "select", "textarea", "button") and given.get("name"):
            self._control(tag, given)

    def _start(self, given: dict[str, str]) -> None:
        self.open = Form(given.get("action", ""), given.get("method", "get").lower())
        self.by_id[given.get("id", "")] = self.open
        self.forms.append(self.open)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        owner = self.by_id.get(given["form"]) if "form" in given else self.open
        if owner is None:
            return
        kind = given.get("type", "text") if tag == "input" else tag
        made = Field(given["name"], given.get("value", ""), kind)
        owner.fields.append(made)
        self.select = made if tag == "select" else None
        self.area = made if tag == "textarea" else None
        if tag == "button" and given.get("formaction"):
            self.forms.append(Form(given["formaction"], given.get("formmethod", owner.method), owner.fields))

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.area.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None


def forms_of(page: str) -> list[Form]:
    """Every form of a page with its controls, those outside it that name it by id too."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms
