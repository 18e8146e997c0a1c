"""What the form library would say about a field, in the portal's own words."""

from __future__ import annotations

WORDS = {
    "This field is required.": "Fill this in.",
    "Not a valid choice.": "Choose one from the list.",
    "Invalid Choice: could not coerce.": "Choose one from the list.",
    "Invalid choice(s): one or more data inputs could not be coerced.": "Choose from the list.",
    "'%(value)s' is not a valid choice for this field.": "“%(value)s” is not on the list.",
    "'%(value)s' are not valid choices for this field.": "“%(value)s” are not on the list.",
    "Not a valid date value.": "This is no day. Write it like 2026-07-31.",
    "Not a valid integer value.": "This is no whole number. Write it like 12.",
    "Field cannot be longer than %(max)d character.": "This is too long; one character fits.",
    "Field cannot be longer than %(max)d characters.": "This is too long; %(max)d characters fit.",
    "Field must be at least %(min)d character long.": "This is too short; write at least one character.",
    "Field must be at least %(min)d characters long.": "This is too short; write at least %(min)d characters.",
    "Field must be exactly %(max)d character long.": "Write exactly one character.",
    "Field must be exactly %(max)d characters long.": "Write exactly %(max)d characters.",
    "Field must be between %(min)d and %(max)d characters long.": "Write %(min)d to %(max)d characters.",
    "Number must be at least %(min)s.": "The least is %(min)s.",
    "Number must be at most %(max)s.": "The most is %(max)s.",
    "Number must be between %(min)s and %(max)s.": "Write a number from %(min)s to %(max)s.",
}


class Words:
    """The translations a form asks for: a sentence without an entry stays as it is."""

    def gettext(self, text: str) -> str:
        """The portal's sentence for one of the library's."""
        return WORDS.get(text, text)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The same, for sentences that count."""
        return self.gettext(one if number == 1 else many)
