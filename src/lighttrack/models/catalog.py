"""The catalog: networks and clips by name, and their sources."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

Role = Literal["detector", "estimator", "appearance", "clip"]


@dataclass(frozen=True, slots=True)
class AssetFile:
    """One file of an asset."""

    name: str
    """Its name in the cache, and in a local folder."""

    sha256: str | None = None
    """None where the project has not seen the publisher's file: then the first download pins it."""

    member: str | None = None
    """Its path in the archive that it comes in; `*` stands for any characters."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel on the package index, one and the same file whatever machine asks for it."""

    requirement: str
    python: str
    abi: str
    platform: str
    sha256: str
    megabytes: float

    def pip_arguments(self) -> list[str]:
        """What makes `pip` download exactly this wheel, and nothing else."""
        return [
            "download", "--no-deps", "--only-binary=:all:", "--implementation", "cp",
            "--platform", self.platform, "--python-version", self.python, "--abi", self.abi,
            self.requirement,
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one export of an asset, and where they come from: addresses, or a wheel.

    Without either they are looked for on this machine only.
    """

    files: tuple[AssetFile, ...]
    """The first is the one to be read; others lie beside it."""

    address: str | None = None
    """Of the one file, of a zip archive that has it as a member, or (with a slash at its end) of
    the folder of all files."""

    mirrors: tuple[str, ...] = ()
    """Further addresses of the same files, in the order in which they are tried."""

    wheel: Wheel | None = None
    tested: bool = True
    """Whether lighttrack has been run with the file of this source."""

    contract: Mapping[str, Any] = field(default_factory=dict)
    """What differs from the asset's contract."""

    def places(self) -> "tuple[Place, ...]":
        """Where its files can be downloaded, in the order in which that is tried."""
        wheels = (Place(self, None),) if self.wheel else ()
        addresses = (self.address, *self.mirrors) if self.address else self.mirrors
        return (*wheels, *(Place(self, each) for each in addresses))


@dataclass(frozen=True, slots=True)
class Place:
    """One place to download the files of a source from."""

    source: Source
    address: str | None
    """As `Source.address`; None for the source's wheel."""

    @property
    def wheel(self) -> Wheel:
        """The source's wheel."""
        if self.source.wheel is None:
            raise ValueError("this source has no wheel")
        return self.source.wheel

    def __str__(self) -> str:
        return self.address or self.wheel.requirement


@dataclass(frozen=True, slots=True)
class Asset:
    """A network or a clip of the catalog."""

    name: str
    role: Role
    description: str
    licence: str
    paper: str
    sources: tuple[Source, ...]
    contract: Mapping[str, Any]
    """Its inputs and outputs; see `lighttrack.models.contract`."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Where its files can be downloaded, in the order in which that is tried."""
        return tuple(place for source in self.sources for place in source.places())


@lru_cache(maxsize=1)
def catalog() -> Mapping[str, Asset]:
    """All assets by name, in the order of `catalog.toml`."""
    text = files("lighttrack.models").joinpath("catalog.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    wheels = {name: Wheel(**entry) for name, entry in table["wheels"].items()}
    return {name: _asset(name, entry, wheels) for name, entry in table["assets"].items()}


def asset_named(name: str) -> Asset:
    """The asset of that name.

    Raises:
        ValueError: naming those that exist.

    Example:
        >>> asset_named("tinypose-256x192").role
        'estimator'
    """
    known = catalog()
    if name not in known:
        raise ValueError(f"unknown asset {name!r}; known: {', '.join(known)}")
    return known[name]


def _asset(name: str, entry: Mapping[str, Any], wheels: Mapping[str, Wheel]) -> Asset:
    return Asset(
        name=name,
        role=entry["role"],
        description=entry["description"],
        licence=entry["licence"],
        paper=entry["paper"],
        sources=tuple(_source(each, wheels) for each in entry["sources"]),
        contract=entry.get("contract", {}),
    )


def _source(entry: Mapping[str, Any], wheels: Mapping[str, Wheel]) -> Source:
    return Source(
        files=tuple(AssetFile(**each) for each in entry["files"]),
        address=entry.get("address"),
        mirrors=tuple(entry.get("mirrors", ())),
        wheel=wheels[entry["wheel"]] if "wheel" in entry else None,
        tested=entry.get("tested", True),
        contract=entry.get("contract", {}),
    )
