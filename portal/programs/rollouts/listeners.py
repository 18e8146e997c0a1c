"""What an announced version sets going."""

from __future__ import annotations

from typing import Any

from portal.programs.rollouts.services import begin_rollout


def roll_out(fact: dict[str, Any]) -> None:
    """The figures of everybody are asked for; they are told when these are there."""
    begin_rollout(fact["program_code"], fact["version"], fact["person_ids"], fact["sentence"])
