"""The limits of DOMAIN section 5 read a second time, in plain loops: shares, stacking, credit, caps, budget."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

from tests.engine.oracle import EPOCH, MINOR, Oracle, _measures, _meets, _minor, _window, _year_back, half_away, the_day

Group = tuple[str, str, str, int, int]  # program, component, kind, participant, period start
Piece = tuple[Group, int | None, Fraction]


class LimitsOracle(Oracle):
    """Everything known, and every limit."""

    def paid(self, documents: dict[str, dict[str, Any]]) -> dict[Group, int]:
        """What each earning pays, over several programs (one version each)."""
        pieces = [piece for code, document in documents.items() for piece in self._pieces(code, document)]
        pieces = self._stacked(pieces, documents)
        pieces = [part for piece in pieces for part in self._credited(piece, documents[piece[0][0]])]
        exact: dict[Group, Fraction] = defaultdict(Fraction)
        for group, _, share in pieces:
            exact[group] += share
        found: dict[Group, int] = {}
        for code, document in documents.items():
            own = {group: half_away(value) for group, value in exact.items() if group[0] == code}
            found |= self._bounded(document, own, [piece for piece in pieces if piece[0][0] == code])
        return found

    def _pieces(self, code: str, document: dict[str, Any]) -> list[Piece]:
        found: list[Piece] = []
        cap = _minor(document.get("caps", {}).get("per_line"), document["pay"]["in"])
        for participant, first in sorted(self._groups(document)):
            window = _window(document, first)
            for component in document["components"]:
                mine = [line for line in self.lines if self._payee(document, line) == participant]
                mine = [line for line in mine if self._qualifies(document, component, line)]
                now = [line for line in mine if window[0] <= the_day(self._day(document, line)) < window[1]]
                now = [line for line in now if _meets(document["eligibility"], self._at(line["partner_id"], line))]
                now = [line for line in now if self._is_certified(document, line)]
                if not now:
                    continue
                measured, earn_on = _measures(component)
                past = [
                    line
                    for line in mine
                    if _year_back(window[0]) <= the_day(self._day(document, line)) < _year_back(window[1])
                ]
                growth = component["method"] == "growth"
                base = self._baseline(document, component, measured, past) if growth else None
                exact = self._rate(
                    document,
                    component,
                    self._sum(document, measured, now),
                    self._sum(document, earn_on, now),
                    base,
                    now,
                )
                group = (code, component["code"], document["participant"], participant, (first - EPOCH).days)
                weights = self._weights_of(document, component, earn_on, now)
                factors = [self._factor(document, line) for line in now]
                stops = (document.get("budget") or {}).get("when_reached") == "stop"
                if sum(weights) == 0 and stops and component["method"] in ("per_unit", "percent"):
                    for line, factor in zip(now, factors, strict=True):
                        once = earn_on in ("invoices", "customers")  # none of them counts here, nor does any line of it
                        earn = 0 if once else self._sum(document, earn_on, [line])
                        one = self._rate(document, component, earn, earn, None, [line]) * factor
                        found.append((group, line["line_id"], one if cap is None else min(one, Fraction(cap))))
                    continue
                if sum(weights) == 0:
                    found.append((group, None, exact * factors[0] if len(set(factors)) == 1 else exact))
                    continue
                for line, weight, factor in zip(now, weights, factors, strict=True):
                    share = exact * weight / sum(weights) * factor
                    found.append((group, line["line_id"], share if cap is None else min(share, Fraction(cap))))
        return found

    @staticmethod
    def _stacked(pieces: list[Piece], documents: dict[str, dict[str, Any]]) -> list[Piece]:
        competing: dict[Any, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))

        def arena(program: str, line: int | None) -> Any:
            stack = documents[program]["stack"]
            if stack["policy"] == "all" or line is None:
                return None
            return stack["group"], stack["policy"], documents[program]["pay"]["in"], line

        for (program, *_), line, share in pieces:
            if arena(program, line) is not None:
                competing[arena(program, line)][program] += share
        winners = {}
        for place, shares in competing.items():
            paying = {program: share for program, share in shares.items() if share != 0} or shares
            ranked = sorted(paying)
            if place[1] == "first":
                ranked.sort(key=lambda program: documents[program]["stack"]["priority"])
            elif any(share > 0 for share in paying.values()):
                ranked.sort(key=lambda program: -paying[program])
            else:
                ranked.sort(key=lambda program: paying[program])
            winners[place] = ranked[0]
        return [
            (group, line, share if winners.get(arena(group[0], line), group[0]) == group[0] else Fraction(0))
            for group, line, share in pieces
        ]

    def _credited(self, piece: Piece, document: dict[str, Any]) -> list[Piece]:
        (program, component, _, _, first), line_id, share = piece
        split = document.get("credit", {}).get("split", [])
        if not split or line_id is None:
            return [piece]
        line = next(line for line in self.lines if line["line_id"] == line_id)
        named = {
            "partner": line["partner_id"],
            "seller": line["seller_id"],
            "parent": self._at(line["partner_id"], line)["parent_id"],
            "distributor": line.get("distributor_id"),
        }
        return [
            ((program, component, part["to"], named[part["to"]], first), line_id, share * percent)
            for part in split
            for percent in [Fraction(part["percent"]) / 100]
            if named[part["to"]] is not None
        ]

    def _bounded(self, document: dict[str, Any], earned: dict[Group, int], pieces: list[Piece]) -> dict[Group, int]:
        unit, caps = document["pay"]["in"], document.get("caps", {})
        cap, least = _minor(caps.get("per_participant_period"), unit), _minor(document.get("minimum_payout"), unit)
        listed = [component["code"] for component in document["components"]]
        for participant in {(group[2], group[3], group[4]) for group in earned}:
            own = [(document_code(earned), code, *participant) for code in listed]
            own = [group for group in own if group in earned]
            left = cap
            for group in own:
                if left is not None and earned[group] > 0:
                    earned[group] = min(earned[group], left)
                    left -= earned[group]
            if least is not None and sum(max(earned[group], 0) for group in own) < least:
                earned |= {group: min(earned[group], 0) for group in own}
        earned = self._pooled(document, earned, _minor(caps.get("program"), unit))
        budget = document.get("budget") or {"when_reached": "warn", "amount": "0"}
        if budget["when_reached"] == "stop":
            earned = self._served(earned, pieces, int(Fraction(budget["amount"]) * MINOR[unit]))
        return earned

    @staticmethod
    def _pooled(document: dict[str, Any], earned: dict[Group, int], most: int | None) -> dict[Group, int]:
        order = {component["code"]: index for index, component in enumerate(document["components"])}
        for first in {group[4] for group in earned} if most is not None else ():
            owed = sorted(
                (group for group in earned if group[4] == first and earned[group] > 0),
                key=lambda group: (group[2], group[3], order[group[1]]),
            )
            total = sum(earned[group] for group in owed)
            if total <= (most or 0):
                continue
            exact = {group: Fraction((most or 0) * earned[group], total) for group in owed}
            floors = {group: int(exact[group]) for group in owed}
            missing = (most or 0) - sum(floors.values())
            for group in sorted(owed, key=lambda group: floors[group] - exact[group])[:missing]:
                floors[group] += 1
            earned |= floors
        return earned

    def _served(self, earned: dict[Group, int], pieces: list[Piece], budget: int) -> dict[Group, int]:
        """First recorded, first served; nothing was posted before."""
        place = {
            line["line_id"]: (line["batch_seq"] or 0, line["sold_day"], line["source"], line["external_id"])
            for line in self.lines
        }
        queue = sorted(pieces, key=lambda p: (p[1] is None, place[p[1]] if p[1] is not None else (), p[0][1], p[0][2:]))
        whole: dict[Group, Fraction] = defaultdict(Fraction)
        for group, _, share in pieces:
            whole[group] += share
        running: dict[Group, Fraction] = defaultdict(Fraction)
        due: dict[Group, int] = defaultdict(int)
        given: dict[Group, int] = defaultdict(int)
        for group, _, share in queue:
            running[group] += share
            owes = half_away(running[group])
            owes = max(min(owes, earned[group]) if earned[group] < half_away(whole[group]) else owes, 0)
            given[group] += max(min(owes - due[group], budget - sum(given.values())), 0)
            given[group] = min(given[group], owes)
            due[group] = owes
        return {group: value if value < 0 else given[group] for group, value in earned.items()}


def document_code(earned: dict[Group, int]) -> str:
    """The one program all these earnings are of."""
    return next(iter(earned))[0]
