"""Settings in groups: frozen dataclasses whose fields know their unit, bounds and meaning."""

import math
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Literal, Self, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def setting(
    default: T,
    description: str,
    *,
    unit: str = "",
    low: float = -math.inf,
    high: float = math.inf,
) -> T:
    """A field of a `SettingsGroup`: its default, what it means, its unit and its bounds."""
    about = {"description": description, "unit": unit, "low": low, "high": high}
    made: T = field(default=default, metadata=about)
    return made


def _choices(hint: Any) -> tuple[str, ...]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    if get_origin(hint) is tuple:
        return _choices(get_args(hint)[0])
    return ()


def _check(name: str, value: Any, hint: Any, part: "Field[Any]") -> None:
    about, choices = part.metadata, _choices(hint)
    if choices:
        values = value if get_origin(hint) is tuple else (value,)
        if not isinstance(values, tuple) or any(each not in choices for each in values):
            raise ValueError(f"{name} must be of {', '.join(choices)}, got {value!r}")
        return
    if hint is bool:
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, got {value!r}")
        return
    if value is None and type(None) in get_args(hint):
        return
    kind = int if int in (hint, *get_args(hint)) else (int, float)
    if isinstance(value, bool) or not isinstance(value, kind) or value != value:
        wanted = "a whole number" if kind is int else "a number"
        raise ValueError(f"{name} must be {wanted}, got {value!r}")
    if value < about["low"]:
        raise ValueError(f"{name} must be at least {about['low']:g}, got {value!r}")
    if value > about["high"]:
        raise ValueError(f"{name} must be at most {about['high']:g}, got {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsGroup:
    """Settings of one part of a program; each is checked against its type and its bounds."""

    def __post_init__(self) -> None:
        hints, group = get_type_hints(type(self)), type(self).__name__.lower()
        for part in fields(self):
            _check(f"{group}.{part.name}", getattr(self, part.name), hints[part.name], part)

    def changed(self, values: Mapping[str, Any]) -> Self:
        """The same group with some settings changed; a list is taken for a tuple.

        Raises:
            ValueError: if a setting is unknown or a value is not allowed.
        """
        name = type(self).__name__.lower()
        if not isinstance(values, Mapping):
            raise ValueError(f"{name} must be a table of settings, got {values!r}")
        known = [part.name for part in fields(self)]
        for key in values:
            if key not in known:
                raise ValueError(
                    f"unknown setting {name}.{key}; known in {name}: {', '.join(known)}"
                )
        return replace(
            self, **{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, default, unit and bounds."""

    group: str
    name: str
    type: str
    """As it is written in Python."""
    default: Any
    unit: str
    """Empty for numbers without one."""
    low: float
    high: float
    """Bounds, both allowed; infinite where there is none."""
    choices: tuple[str, ...]
    """Empty where any value of the type within the bounds is allowed."""
    description: str


def settings_of(groups: Mapping[str, type[SettingsGroup]]) -> tuple[Setting, ...]:
    """Every setting of some groups, by the names of the groups, in order."""
    return tuple(
        Setting(
            group=name,
            name=part.name,
            type=str(hint.__name__ if isinstance(hint, type) else hint).replace("typing.", ""),
            default=part.default,
            choices=_choices(hint),
            **part.metadata,
        )
        for name, group in groups.items()
        for part, hint in ((part, get_type_hints(group)[part.name]) for part in fields(group))
    )
