"""Struct of arrays: dataclasses whose fields have one row per person."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from lighttrack.structures.poses import Poses
from lighttrack.structures.types import Indices


class Records:
    """Base of frozen, slotted dataclasses whose N-row fields are arrays or `Poses`.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True, slots=True)
        ... class Places(Records):
        ...     x: np.ndarray
        >>> both = Places.concatenate([Places(np.array([1, 2])), Places(np.array([3]))])
        >>> both[both.x > 1].x.tolist()
        [2, 3]
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __getitem__(self, index: Any) -> Self:
        """The rows that a mask, a slice or an array of indices selects."""
        return type(self)(*[getattr(self, name)[index] for name in self.__dataclass_fields__])

    def changed(self, **changes: Any) -> Self:
        """The same records with some fields replaced; faster than `dataclasses.replace`."""
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return type(self)(**(kept | changes))

    def replaced(self, rows: Indices, others: Self) -> Self:
        """The same records with those at `rows` replaced by `others`, in that order."""
        changed = []
        for name in self.__dataclass_fields__:
            values, new = getattr(self, name), getattr(others, name)
            if isinstance(values, Poses):
                values = values.replaced(rows, new)
            else:
                values = values.copy()
                values[rows] = new
            changed.append(values)
        return type(self)(*changed)

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """The rows of all `parts` in their order."""
        columns = ([getattr(part, name) for part in parts] for name in cls.__dataclass_fields__)
        return cls(*[_joined(column) for column in columns])


def _joined(values: list[Any]) -> Any:
    return Poses.concatenate(values) if isinstance(values[0], Poses) else np.concatenate(values)
