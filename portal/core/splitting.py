"""Many rows split by a key into files, batch by batch, so that no more than one part need be held at a time."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from portal.core.columns import Kinds

PLACE = "place"


def write_split(batches: Iterable[Any], key: str, places: pl.DataFrame, folder: Path, number: int) -> None:
    """Write each row of Arrow batches to the file of its key's place; rows of unknown keys are left out.

    `places` has the columns `key` and `place`; `number` tells apart those who write to the same folder.
    """
    from pyarrow import ipc

    with ExitStack() as stack:
        streams: dict[int, Any] = {}
        for batch in batches:
            rows: Any = pl.from_arrow(batch)
            placed = rows.join(places, on=key, how="inner", maintain_order="left")
            for (place,), part in placed.partition_by(PLACE, as_dict=True, include_key=False).items():
                table = part.to_arrow(compat_level=pl.CompatLevel.oldest())
                if place not in streams:
                    file = folder / f"{place}-{number}.arrow"
                    streams[place] = stack.enter_context(ipc.new_stream(file, table.schema))
                streams[place].write_table(table)


def read_split(folder: Path, place: int, kinds: Kinds) -> pl.DataFrame:
    """The rows of one place in the columns of `kinds`; their files are gone afterwards."""
    parts = []
    for file in sorted(folder.glob(f"{place}-*.arrow")):
        found = pl.read_ipc_stream(file)
        parts.append(found.rename(dict(zip(found.columns, kinds, strict=True))).cast(dict(kinds)))  # type: ignore[arg-type]
        file.unlink()
    return pl.concat(parts) if parts else pl.DataFrame(schema=dict(kinds))
