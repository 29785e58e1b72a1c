"""The asset store: networks and clips by name, fetched once, checked by hash at every use.

A file is looked for in the folder named by `LIGHTTRACK_MODELS`, then in the cache (the user's cache
folder, or `LIGHTTRACK_CACHE`), and else comes from its publisher: from an address, or as a member
of a wheel on the package index; where that fails, from the next address of the catalog. Nothing is
fetched before it is asked for.
"""

import fnmatch
import logging
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lighttrack.models.catalog import (
    Asset,
    AssetFile,
    Place,
    Source,
    asset_named,
    catalog,
)
from lighttrack.models.download import DownloadError, download_address, download_wheel
from lighttrack.models.session import sha256

logger = logging.getLogger(__name__)


class AssetError(RuntimeError):
    """An asset is missing and cannot be fetched, or has a wrong hash; says how to get it."""


@dataclass(frozen=True, slots=True)
class Located:
    """An asset that is on this machine, each file with the right hash."""

    asset: Asset
    source: Source
    paths: tuple[Path, ...]
    """One for each of the source's files."""

    @property
    def contract(self) -> Mapping[str, Any]:
        """Inputs and outputs of this export of the network."""
        return {**self.asset.contract, **self.source.contract}


@dataclass(frozen=True, slots=True)
class Verified:
    """Result of checking one file."""

    path: Path
    sha256: str
    pinned: bool
    """Whether the expected hash is the one of the first download, not one the project knows."""


def list_assets() -> list[Asset]:
    """All assets of the catalog."""
    return list(catalog().values())


def cache_folder() -> Path:
    """Where fetched files are kept; it need not exist yet."""
    if named := os.environ.get("LIGHTTRACK_CACHE"):
        return Path(named).expanduser()
    import pooch

    return Path(pooch.os_cache("lighttrack"))


def fetch(name: str) -> Path:
    """The path of the asset's (first) file, downloaded unless it is here already.

    Raises:
        ValueError: if no asset has that name.
        AssetError: if it cannot be had; says how to get it by other means.
    """
    return locate(name).paths[0]


def path(name: str) -> Path:
    """The path of the asset's (first) file, if it is here; nothing is downloaded.

    Raises:
        ValueError: if no asset has that name.
        AssetError: if it is not here; says how to get it.
    """
    return locate(name, download=False).paths[0]


def verify(name: str) -> list[Verified]:
    """Read every file of an asset that is here and compare its hash.

    Raises:
        ValueError: if no asset has that name.
        AssetError: if it is not here, or a hash differs.
    """
    located = locate(name, download=False)
    pairs = zip(located.source.files, located.paths, strict=True)
    return [Verified(found, sha256(found), file.sha256 is None) for file, found in pairs]


def locate(wanted: str | Asset, *, download: bool = True) -> Located:
    """The asset's files on this machine, and the contract of this export.

    Args:
        wanted: A name of the catalog, or an asset that is not in it.
        download: Whether it may be fetched when it is not here.

    Raises:
        ValueError: if no asset has that name.
        AssetError: if it is not here and was not or could not be fetched.
    """
    asset = asset_named(wanted) if isinstance(wanted, str) else wanted
    local = _local_folder()
    for folder in (local, cache_folder()):
        for source in asset.sources:
            if folder is not None and (paths := _files_in(folder, source, local=folder == local)):
                return Located(asset, source, paths)
    places = asset.places
    if not places:
        raise AssetError(f"{asset.name} is not here. {_how_to_get(asset)}")
    if not download:
        fetch_it = f"`lighttrack models fetch {asset.name}` fetches it."
        raise AssetError(f"{asset.name} is not here. {fetch_it} {_how_to_get(asset)}")
    return _fetch(asset, places)


def _local_folder() -> Path | None:
    named = os.environ.get("LIGHTTRACK_MODELS")
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise AssetError(f"LIGHTTRACK_MODELS names {named}, which is not a folder")
    return folder


def _files_in(folder: Path, source: Source, *, local: bool) -> tuple[Path, ...] | None:
    """The source's files in a folder, or None if they are not all there and right."""
    paths = tuple(folder / file.name for file in source.files)
    if not all(each.is_file() for each in paths):
        return None
    for file, found in zip(source.files, paths, strict=True):
        expected = file.sha256 or (None if local else _pin(found))
        if expected is None or sha256(found) == expected:
            continue
        problem = f"{found} has sha256 {sha256(found)}, expected {expected}"
        if local:  # the user's own file: say so rather than silently take another
            raise AssetError(f"{problem}; replace or remove it")
        logger.warning("%s; it is fetched again", problem)
        return None
    return paths


def _fetch(asset: Asset, places: Sequence[Place]) -> Located:
    """The asset from the first of `places` that has it."""
    cache = cache_folder()
    failed: list[str] = []
    for place in places:
        if failed:
            logger.warning("%s: %s; trying %s", asset.name, failed[-1], place)
        try:
            return Located(asset, place.source, _fetched_from(place, cache))
        except DownloadError as error:
            failed.append(str(error))
        except OSError as error:
            raise AssetError(f"{asset.name} could not be written to {cache}: {error}") from error
    reasons = ", then ".join(dict.fromkeys(failed))
    raise AssetError(f"{asset.name} could not be fetched: {reasons}. {_how_to_get(asset)}")


def _fetched_from(place: Place, cache: Path) -> tuple[Path, ...]:
    """The files of a place, moved into the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    files = place.source.files
    # In the cache itself, so that finished files can be moved into place at one stroke.
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache) as temporary:
        fetched = _download(place, Path(temporary))
        return tuple(
            _move_into_place(found, cache / file.name, file)
            for file, found in zip(files, fetched, strict=True)
        )


def _download(place: Place, folder: Path) -> list[Path]:
    """The files of a place, somewhere in `folder`."""
    source, address = place.source, place.address
    if address is None:
        wheel = place.wheel
        archive = download_wheel(wheel, folder)
        _require_hash(archive, wheel.sha256)
        return _extract(archive, source, folder)
    if address.endswith("/"):
        return [download_address(address + file.name, folder) for file in source.files]
    found = download_address(address, folder)
    return _extract(found, source, folder) if source.files[0].member else [found]


def _extract(archive: Path, source: Source, folder: Path) -> list[Path]:
    try:
        with zipfile.ZipFile(archive) as opened:
            return [_extract_member(opened, file, folder) for file in source.files]
    except zipfile.BadZipFile as error:
        raise DownloadError(f"{archive.name} is not a zip archive") from error


def _extract_member(archive: zipfile.ZipFile, file: AssetFile, folder: Path) -> Path:
    members = fnmatch.filter(archive.namelist(), file.member or file.name)
    if len(members) != 1:
        raise DownloadError(f"the archive has {len(members)} members {file.member}, expected one")
    target = folder / f"member-{file.name}"
    target.write_bytes(archive.read(members[0]))
    return target


def _require_hash(found: Path, expected: str) -> None:
    if (actual := sha256(found)) != expected:
        raise DownloadError(f"{found.name} came with sha256 {actual}, expected {expected}")


def _move_into_place(found: Path, target: Path, file: AssetFile) -> Path:
    """Check a fetched file and move it into the cache, where others see all of it or nothing."""
    if file.sha256 is None:
        _pin_first(found, target)
    else:
        _require_hash(found, file.sha256)
    os.replace(found, target)
    return target


def _pin_path(target: Path) -> Path:
    return target.with_name(target.name + ".sha256")


def _pin(target: Path) -> str | None:
    pin = _pin_path(target)
    return pin.read_text(encoding="ascii").split()[0] if pin.is_file() else None


def _pin_first(found: Path, target: Path) -> None:
    """Hold a file to the hash of its first download, in the format of `sha256sum`."""
    try:
        with _pin_path(target).open("x", encoding="ascii") as file:
            file.write(f"{sha256(found)}  {target.name}\n")
    except FileExistsError:
        _require_hash(found, _pin(target) or "")
        return
    logger.warning(
        "%s: its publisher's hash is not known to lighttrack; pinned at this first download as %s",
        target.name,
        sha256(found),
    )


def _how_to_get(asset: Asset) -> str:
    """How to have an asset on a machine that cannot fetch it, in one or two sentences."""
    if not asset.places:
        names = " and ".join(file.name for file in asset.sources[0].files)
        return f"It has no public address: put {names} into a folder that LIGHTTRACK_MODELS names."
    first = asset.places[0]
    names = " and ".join(file.name for file in first.source.files)
    members = " and ".join(file.member for file in first.source.files if file.member)
    if first.address is None:
        command = " ".join(["python -m pip", *first.wheel.pip_arguments()])
        means = f"`{command}`, then take {members} out of that zip archive"
    else:
        means = f"download {first.address}" + (f" and take {members} out of it" if members else "")
    return (
        f"By hand, where there is a network: {means}; put the result as {names} into a folder "
        "that LIGHTTRACK_MODELS names."
    )
