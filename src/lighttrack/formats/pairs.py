"""Tables of pairs of poses (CSV): a matcher's distance, and whether the two are one person.

The columns are `distance`, `same` (0 or 1), `gap` (frames) and `hard` (0 or 1: the boxes overlap),
in any order; others are passed over.
"""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lighttrack.formats.errors import FormatError
from lighttrack.formats.members import LARGEST, refuse
from lighttrack.structures import Mask
from lighttrack.structures.types import Reals

COLUMNS = ("distance", "same", "gap", "hard")


@dataclass(frozen=True, slots=True)
class PairTable:
    """P pairs of poses as a matcher judged them."""

    distances: Reals
    """`(P,)`."""
    same: Mask
    """`(P,)`: whether the pair shows one person."""
    gaps: NDArray[np.int64]
    """`(P,)`: frames between the two poses."""
    hard: Mask
    """`(P,)`: whether the two boxes overlap."""


def read_pairs(path: str | os.PathLike[str]) -> PairTable:
    """Read a table of pairs.

    Raises:
        FormatError: if a column is missing or holds something else than numbers.

    Example:
        >>> read_pairs("pairs.csv").same.mean()  # doctest: +SKIP
        0.25
    """
    path = Path(path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise FormatError(f"{path}: the header lacks {', '.join(missing)}")
        rows = list(reader)
    try:
        columns = {name: np.array([float(row[name]) for row in rows]) for name in COLUMNS}
    except (TypeError, ValueError):
        raise FormatError(f"{path}: the columns {', '.join(COLUMNS)} must hold numbers") from None
    for name, column in columns.items():
        if not (np.abs(column) <= LARGEST).all():
            row = int(np.flatnonzero(~(np.abs(column) <= LARGEST))[0])
            raise refuse(f"{path}, row {row + 1}", name, f"a number to {LARGEST:g}", column[row])
    return PairTable(
        columns["distance"],
        columns["same"] != 0,
        columns["gap"].astype(np.int64),
        columns["hard"] != 0,
    )
