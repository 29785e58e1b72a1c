"""Motion capture in memory: many clips of people moving, some recorded together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures import Floats, skeletons

SKELETON = skeletons.POSETRACK_15
FPS = 30.0
Split = Literal["all", "train", "held_out"]

_HELD_OUT = 6
"""One clip (or couple) in six is held out."""

_MINIMUM_FRAMES = 40


@dataclass(frozen=True, slots=True)
class MotionBank:
    """Clips of single people, laid end to end."""

    positions: Floats
    """`(F, 15, 3)`: metres, y up, the floor at 0, joints as in PoseTrack-15; NaN where unusable."""

    starts: NDArray[np.int64]
    """`(M,)`: the first frame of each clip."""

    lengths: NDArray[np.int64]
    """`(M,)`: frames of each clip, at 30 per second."""

    activity: NDArray[np.int64]
    """`(M,)`: clips of one number show like activities."""

    partner: NDArray[np.int64]
    """`(M,)`: the clip of the person recorded together with this one, -1 for a single person."""

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, clip: NDArray[np.int64], frame: Floats) -> Floats:
        """Positions `(..., 15, 3)` of `clip` `(...)` at fractional frames `(...)`, interpolated."""
        last = self.lengths[clip] - 2
        whole = np.clip(np.floor(frame).astype(np.int64), 0, last)
        part = np.clip(frame - whole, 0, 1).astype(np.float32)[..., None, None]
        row = self.starts[clip] + whole
        earlier = self.positions[row]
        return np.asarray(earlier + (self.positions[row + 1] - earlier) * part, np.float32)


def load_motion(folder: Path, split: Split = "all") -> MotionBank:
    """Read a folder of motion-capture clips (`.npz` with `xyz`, `action` and `frame_ok`).

    A clip is cut where `frame_ok` says that the capture failed. Clips named `..._A` and `..._B` are
    couples. The split is by clip, the same on every machine, couples kept together.

    Raises:
        FileNotFoundError: if the folder holds no clips.
    """
    paths = sorted(folder.glob("*.npz"))
    if not paths:
        raise FileNotFoundError(f"no motion-capture clips (.npz) in {folder}")
    groups = _couples_and_singles(paths)
    held_out = [i % _HELD_OUT == _HELD_OUT - 1 for i in range(len(groups))]
    chosen = [
        group
        for group, held in zip(groups, held_out, strict=True)
        if split == "all" or held == (split == "held_out")
    ]
    pieces: list[Floats] = []
    partners: list[int] = []
    names: list[str] = []
    for group in chosen:
        clips, action = _read(group)
        for together in _cut(clips):
            first = len(pieces)
            pieces.extend(together)
            partners.extend([first + 1, first] if len(together) == 2 else [-1])
            names.extend([action] * len(together))
    lengths = np.array([len(piece) for piece in pieces], np.int64)
    return MotionBank(
        positions=np.concatenate(pieces),
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        activity=np.unique(names, return_inverse=True)[1].astype(np.int64),
        partner=np.array(partners, np.int64),
    )


def _couples_and_singles(paths: Sequence[Path]) -> list[list[Path]]:
    by_name = {path.stem: path for path in paths}
    groups = []
    for stem, path in by_name.items():
        if stem.endswith("_A") and f"{stem[:-2]}_B" in by_name:
            groups.append([path, by_name[f"{stem[:-2]}_B"]])
        elif not (stem.endswith("_B") and f"{stem[:-2]}_A" in by_name):
            groups.append([path])
    return groups


def _read(group: Sequence[Path]) -> tuple[list[tuple[Floats, NDArray[np.bool_]]], str]:
    clips = []
    action = ""
    for path in group:
        with np.load(path) as file:
            positions = file["xyz"].astype(np.float32)
            clips.append((_without_broken_head(positions), file["frame_ok"]))
            action = str(file["action"])
    # Clips stand on a floor of their own; a couple shares one.
    lowest = np.concatenate([np.nanmin(positions[..., 1], axis=1) for positions, _ in clips])
    floor = np.percentile(lowest, 2).astype(np.float32)
    for positions, _ in clips:
        positions[..., 1] -= floor
    return clips, action


def _without_broken_head(positions: Floats) -> Floats:
    """Remove nose and top of the head where the head hangs below the neck in most frames."""
    nose, neck, top = 0, 1, 2
    hips = positions[:, 9:11].mean(axis=1)
    spine = positions[:, neck] - hips
    rise = np.einsum("fc,fc->f", positions[:, top] - positions[:, neck], spine)
    if np.median(rise) < 0:
        positions[:, [nose, top]] = np.nan
    return positions


def _cut(clips: Sequence[tuple[Floats, NDArray[np.bool_]]]) -> list[list[Floats]]:
    """The runs of frames in which every one of the clips is good."""
    frames = min(len(positions) for positions, _ in clips)
    good = np.logical_and.reduce([usable[:frames] for _, usable in clips])
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(np.int8), [0]])))
    runs = [
        (int(start), int(stop))
        for start, stop in edges.reshape(-1, 2)
        if stop - start >= _MINIMUM_FRAMES
    ]
    return [[positions[start:stop] for positions, _ in clips] for start, stop in runs]
