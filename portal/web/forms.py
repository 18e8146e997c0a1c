"""Forms: the shape of input only. What was typed always comes back with the sentence that refuses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import wtforms
from flask import request
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.validators import ValidationError

from portal.core.errors import PortalError
from portal.web.form_words import Words

Choices = Iterable[Any] | Mapping[str, Iterable[Any]]


class PortalForm(FlaskForm):
    """The parent of every form: CSRF in the form itself, refusals attached where they belong."""

    form_errors: list[str]

    class Meta(FlaskForm.Meta):
        """Refusals of the library in the portal's words."""

        def get_translations(self, form: object) -> Words:
            """The portal speaks one language."""
            return Words()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusal_link: str | None = None

    def accept(self) -> bool:
        """Whether this is a POST whose shape is right."""
        return bool(self.validate_on_submit())

    def refuse(self, error: PortalError) -> None:
        """Put a refusal beside its field, or above the form when it has none."""
        field = self._fields.get(error.field) if error.field else None
        if field is None:
            self.form_errors = [*self.form_errors, error.sentence]
        else:
            field.errors = [*field.errors, error.sentence]
        self.refusal_link = error.link

    @property
    def status(self) -> int:
        """422 when the form was sent and came back, 200 when it is shown for the first time."""
        return 422 if request.method == "POST" else 200


class _Pairs:
    """Choices are given as pairs of value and label, or as groups of such pairs by name."""

    def __init__(self, *args: Any, choices: Choices | None = None, **kwargs: Any) -> None:
        kwargs["choices"] = None if choices is None else _choices(choices)
        super().__init__(*args, **kwargs)

    @property
    def choices(self) -> Any:
        """What may be chosen."""
        return super().choices  # type: ignore[misc]

    @choices.setter
    def choices(self, pairs: Choices) -> None:
        parent: Any = wtforms.SelectField
        parent.choices.fset(self, _choices(pairs))


def _choices(pairs: Choices) -> list[SelectChoice]:
    groups = pairs if isinstance(pairs, Mapping) else {None: pairs}
    return [
        SelectChoice(*pair, optgroup=name) if isinstance(pair, tuple) else pair
        for name, listed in groups.items()
        for pair in listed
    ]


class SelectField(_Pairs, wtforms.SelectField):
    """One of a list."""


class SelectMultipleField(_Pairs, wtforms.SelectMultipleField):
    """Several of a list."""


class RadioField(_Pairs, wtforms.RadioField):
    """One of a few, all in sight."""


def plain_text(form: object, field: StringField) -> None:
    """A validator: no NUL, no lone surrogates, no control characters; the databases refuse or mangle them."""
    text = field.data or ""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValidationError("There is a broken character in this text. Type it again.") from error
    if any(ord(character) < 32 and character not in "\r\n\t" for character in text):
        raise ValidationError("There is an invisible control character in this text. Type it again.")
