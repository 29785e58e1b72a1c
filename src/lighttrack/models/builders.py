"""Detectors, estimators and appearance networks by name, or from one's own network file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from lighttrack.models import assets
from lighttrack.models.catalog import catalog
from lighttrack.models.contract import NOUNS, Role, build, read_contract
from lighttrack.models.session import sha256
from lighttrack.structures import Boxes, Detections, Floats, Image, Poses, Skeleton
from lighttrack.structures.skeletons import BLAZEPOSE_33

Contract: TypeAlias = Mapping[str, Any]


class BuiltDetector(Protocol):
    """What `build_detector` gives; see `lighttrack.tracking.Detector`."""

    score_threshold: float

    @property
    def networks(self) -> Mapping[str, str]:
        """File name and sha256 of each network."""
        ...

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`, best first."""
        ...


class BuiltEstimator(Protocol):
    """What `build_estimator` gives; see `lighttrack.tracking.PoseEstimator`."""

    skeleton: Skeleton
    tracked_threshold: float
    keypoint_threshold: float

    @property
    def networks(self) -> Mapping[str, str]:
        """File name and sha256 of each network."""
        ...

    def __call__(self, image: Image, boxes: Boxes, /) -> Poses:
        """One pose for each of `boxes`, in their order."""
        ...


class BuiltAppearance(Protocol):
    """What `build_appearance` gives: describes people so that one is like themselves later on."""

    threshold: float
    dimensions: int

    @property
    def networks(self) -> Mapping[str, str]:
        """File name and sha256 of each network."""
        ...

    def __call__(self, image: Image, boxes: Boxes, /) -> Floats:
        """An embedding `(N, D)` of length 1 for each of `boxes`, in their order."""
        ...

    def probability(self, distances: Floats, /) -> Floats:
        """Probability that two pictures at these cosine distances are of the same person."""
        ...


def build_detector(name_or_path: str, *, threads: int | None = None) -> BuiltDetector:
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
    built: BuiltDetector = _build(name_or_path, "detector", threads, {})
    return built


def build_estimator(
    name_or_path: str, *, skeleton: str | None = None, threads: int | None = None
) -> BuiltEstimator:
    """A pose estimator by its name, or from a network file with its contract beside it.

    Args:
        name_or_path: As for `build_detector`.
        skeleton: The keypoints that are wanted in the end. BlazePose gives all 33 that it knows for
            `blazepose-33` and COCO's 17 otherwise; other networks have but one skeleton and give
            that. `Poses.to` makes any other of it.
        threads: As for `build_detector`.

    Raises:
        ValueError: if there is no such estimator, or its contract is wrong.
        FileNotFoundError: if the file or its TOML file is missing.
        lighttrack.models.assets.AssetError: if the network is not here and cannot be fetched.

    Example:
        >>> estimator = build_estimator("tinypose-256x192", threads=2)  # doctest: +SKIP
    """
    wanted = {"skeleton": skeleton} if skeleton == BLAZEPOSE_33.name else {}
    built: BuiltEstimator = _build(name_or_path, "estimator", threads, wanted)
    return built


def build_appearance(name_or_path: str, *, threads: int | None = None) -> BuiltAppearance:
    """An appearance network by its name, or from a network file with its contract beside it.

    Args:
        name_or_path: As for `build_detector`.
        threads: As for `build_detector`.

    Raises:
        ValueError: if there is no such network, or its contract is wrong.
        FileNotFoundError: if the file or its TOML file is missing.
        lighttrack.models.assets.AssetError: if the network is not here and cannot be fetched.

    Example:
        >>> appearance = build_appearance("reid-retail-0288", threads=2)  # doctest: +SKIP
    """
    built: BuiltAppearance = _build(name_or_path, "appearance", threads, {})
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
