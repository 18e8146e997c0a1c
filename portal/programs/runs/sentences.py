"""The sentence why: one earning told with the names a reader knows. Pure; figures in minor units or counts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from portal.core.money import POINTS, minor_digits, show_minor
from portal.engine.explain import BandFact, Explanation
from portal.engine.plan import COUNTS
from portal.engine.rounding import round_minor

EXTRAS = (
    "Of it, ", "No line pays more", "The cap of the period", "Less than ", "All together earned", "The budget of ",
    "Not paid here", "Split by ", "Version ",
)  # fmt: skip
TOLD_HERE = ("per_unit", "percent", "tiered", "growth")
NEWCOMER = ("A newcomer", "Active since")
MINUS = "\u2212"


def why(one: Explanation, products: Sequence[str], goods: str) -> str:
    """Why one component earned what it earned. `products` are the names of the counted products, `goods` the rule's."""
    if not any(line.counted for line in one.lines):
        return f"No sale of {goods} counts in this period yet."
    if one.method not in TOLD_HERE or any(sentence.startswith(NEWCOMER) for sentence in one.sentences[:1]):
        return rate_words(" ".join(one.sentences))
    told = _growth(one) if one.method == "growth" and one.baseline is not None else ""
    if not one.bands:
        return f"{told} {' '.join(one.sentences)}".strip()
    told = f"{told} {_steps(one, products, goods)}".strip()
    return " ".join([told, *(sentence for sentence in one.sentences if sentence.startswith(EXTRAS))])


def _steps(one: Explanation, products: Sequence[str], goods: str) -> str:
    if one.method == "per_unit":
        return _each(one, products)
    if len(one.bands) == 1:
        band = one.bands[0]
        on_what = (
            f"{part_words(band.part, one.measure_unit)} of {goods}" if one.method != "growth" else _over(one, band)
        )
        return f"{on_what} at {rate_words(band.rate)} is {show_minor(band.amount, one.unit)}."
    total = sum(band.amount for band in one.bands)
    parts = " + ".join(show_minor(band.amount, one.unit) for band in one.bands)
    counted = figure(one.measure, one.measure_unit)
    return f"{counted} of {goods} counts. Each step of the scale pays: {parts} = {show_minor(total, one.unit)}."


def _over(one: Explanation, band: BandFact) -> str:
    over = one.measure - (one.baseline or 0)
    part = part_words(band.part, one.measure_unit)
    return f"The part above it, {part}," if band.part == over else part


def _each(one: Explanation, products: Sequence[str]) -> str:
    rate = one.bands[0].rate
    if not rate.endswith(" each"):
        what = "tier" if rate.endswith("tier") else "product"
        return f"Each {what} pays its own amount, together {show_unit(one.earned, one.unit)}."
    each = rate_words(rate.removesuffix(" each"))
    return f"{show_minor(one.measure, POINTS)} {noun(products, one.measure)} \u00d7 {each}."


def _growth(one: Explanation) -> str:
    baseline = one.baseline or 0
    against = f"{figure(one.measure, one.measure_unit)} against {figure(baseline, one.measure_unit)} a year before"
    if baseline <= 0:
        return f"{against}."
    tenths = round_minor(Fraction((one.measure - baseline) * 1000, baseline))
    sign = MINUS if tenths < 0 else ""
    change = f"{sign}{abs(tenths) // 10:,}.{abs(tenths) % 10} %"
    return f"{against}: {'a change of' if tenths < 0 else 'growth of'} {change}."


def rate_words(rate: str) -> str:
    """A rate with stars for points: 40 stars."""
    return rate.replace(" points", " stars").replace(" point", " star")


def figure(value: int, unit: str) -> str:
    """A measure as it is shown: 2,021.77 for money, 4 for a count."""
    return show_minor(value, POINTS if unit in COUNTS else unit)


def show_unit(value: int, unit: str) -> str:
    """An amount with its unit: 46.37 USD, 160 stars."""
    name = unit if unit != POINTS else "star" if abs(value) == 1 else "stars"
    return f"{show_minor(value, unit)} {name}"


def part_words(part: Fraction, unit: str) -> str:
    """A part of a measure, with two more decimals where it is no whole minor unit."""
    if part.denominator == 1:
        return figure(int(part), unit)
    digits = (0 if unit in COUNTS else minor_digits(unit)) + 2
    fine = round_minor(part * 100)
    whole, rest = divmod(abs(fine), 10**digits)
    return f"{MINUS if fine < 0 else ''}{whole:,}.{rest:0{digits}d}"


def noun(products: Sequence[str], count: int = 2) -> str:
    """What several products are called together: Sport-100 helmets; units when they share no words."""
    names = [name.replace(",", " ,").split() for name in dict.fromkeys(products)]
    shared: list[str] = []
    for words in zip(*names, strict=False):
        if len(set(words)) > 1 or words[0] in (",", "-"):
            break
        shared.append(words[0])
    if not shared:
        return "unit" if count == 1 else "units"
    told = [word.lower() if _plain(word) else word for word in shared]
    last = told[-1]
    return " ".join([*told[:-1], last if count == 1 or last.endswith("s") else f"{last}s"])


def _plain(word: str) -> bool:
    return word.isalpha() and word[1:].islower()
