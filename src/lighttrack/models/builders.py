"""Detectors, estimators and appearance networks by name, or from one's own network file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from lighttrack.models import assets
from lighttrack.models.catalog import catalog
from lighttrack.models.contract import NOUNS, Role, build, read_contract
from lighttrack.models.session import sha256
from lighttrack.structures.protocols import AppearanceModel, Detector, PoseEstimator
from lighttrack.structures.skeletons import BLAZEPOSE_33, skeleton_named

Contract: TypeAlias = Mapping[str, Any]


def build_detector(name_or_path: str, *, threads: int | None = None) -> Detector:
    """A person detector by its name, or from a network file with its contract beside it.

    Args:
        name_or_path: A name of the catalog (`rtmdet-nano-person`), fetched if it is not here; or
            the path of an ONNX file with a TOML file of the same name beside it.
        threads: How many the network may use; without it, all that this process may run.

    Raises:
        ValueError: if there is no such detector, or its contract is wrong.
        FileNotFoundError: if the file or its TOML file is missing.
        lighttrack.models.assets.AssetError: if the network is not here and cannot be fetched.

    Example:
        >>> detector = build_detector("rtmdet-nano-person", threads=2)  # doctest: +SKIP
    """
    built: Detector = _build(name_or_path, "detector", threads, {})
    return built


def build_estimator(
    name_or_path: str, *, skeleton: str | None = None, threads: int | None = None
) -> PoseEstimator:
    """A pose estimator by its name, or from a network file with its contract beside it.

    Args:
        name_or_path: As for `build_detector`.
        skeleton: The keypoints that are wanted in the end. BlazePose gives all 33 that it knows for
            skeletons with feet (`blazepose-33`, `halpe-26`, `openpose-25`) and COCO's 17 otherwise;
            other networks have but one skeleton and give that. `Poses.to` makes any other of it.
        threads: As for `build_detector`.

    Raises:
        ValueError, FileNotFoundError, lighttrack.models.assets.AssetError: as `build_detector`.

    Example:
        >>> estimator = build_estimator("tinypose-256x192", threads=2)  # doctest: +SKIP
    """
    # Heels and toes are among its 33.
    with_feet = skeleton is not None and "left_heel" in skeleton_named(skeleton).index
    wanted = {"skeleton": BLAZEPOSE_33.name} if with_feet else {}
    built: PoseEstimator = _build(name_or_path, "estimator", threads, wanted)
    return built


def build_appearance(name_or_path: str, *, threads: int | None = None) -> AppearanceModel:
    """An appearance network by its name, or from a network file with its contract beside it.

    Args:
        name_or_path: As for `build_detector`.
        threads: As for `build_detector`.

    Raises:
        ValueError, FileNotFoundError, lighttrack.models.assets.AssetError: as `build_detector`.

    Example:
        >>> appearance = build_appearance("reid-retail-0288", threads=2)  # doctest: +SKIP
    """
    built: AppearanceModel = _build(name_or_path, "appearance", threads, {})
    return built


def _build(name_or_path: str, role: Role, threads: int | None, wanted: Contract) -> Any:
    named = catalog().get(name_or_path)
    if named is None:
        path = Path(name_or_path).expanduser()
        paths: Sequence[Path] = [path]
        contract, origin = _contract_of_file(path, role)
    elif named.role != role:
        raise ValueError(f"{name_or_path} has the role {named.role}, not {role}")
    else:
        found = assets.locate(name_or_path)
        paths, contract, origin = found.paths, found.contract, name_or_path
    if contract.get("kind") == "blazepose-landmarks":
        contract = {**contract, **wanted}
    return build(contract, paths, role=role, origin=origin, threads=threads)


def _contract_of_file(path: Path, role: Role) -> tuple[Contract, str]:
    """The contract of one's own network file, and where it stands."""
    if not path.is_file():
        known = ", ".join(asset.name for asset in catalog().values() if asset.role == role)
        _, noun = NOUNS[role].split(" ", maxsplit=1)
        problem = "no such file" if path.suffix else f"neither a file nor a known {noun}"
        raise ValueError(f"{path}: {problem}; known {noun}s: {known}")
    beside = path.with_suffix(".toml")
    if beside.is_file():
        return read_contract(beside), str(beside)
    contract = _contract_by_hash(path)
    if contract is None:
        raise FileNotFoundError(
            f"{path.name} needs a file {beside.name} beside it that states its contract; "
            "see docs/your-own-detector.md"
        )
    return contract, path.name


def _contract_by_hash(path: Path) -> Contract | None:
    """The contract of a file that the catalog knows, whatever its name."""
    digest = sha256(path)
    for asset in catalog().values():
        for source in asset.sources:
            # A component of several networks cannot be had from the path of one.
            if len(source.files) == 1 and source.files[0].sha256 == digest:
                return {**asset.contract, **source.contract}
    return None
