"""Training by one call: from a folder of data to a file of weights."""

import logging
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lighttrack.structures import TrackedVideo
from lighttrack.training.recipes import RECIPES, RecipeName

if TYPE_CHECKING:
    from lighttrack.training.fit import Epoch, Run

Device = Literal["auto", "cpu", "cuda"]

_LOG = logging.getLogger(__name__)


def train_matcher(
    data: Path | str,
    output: Path | str,
    *,
    recipe: RecipeName = "default",
    validation: Path | None = None,
    skeleton: str | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    seed: int = 0,
    device: Device = "auto",
    threads: int | None = None,
    resume: bool = False,
    about: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = _LOG.info,
) -> Path:
    """Train the network that matches poses; needs torch (`lighttrack[train]`).

    Args:
        data: folder of motion capture (`.npz` clips), which is projected through random cameras,
            or of tracks: annotations in PoseTrack's format, or results of tracking.
        output: folder for weights, curves, a checkpoint and `run.json`; made if missing.
        recipe: `default`, or `paper` for the paper's loss, optimiser, schedule and batches.
        validation: folder of tracks to choose the best epoch by; by default, a part of the data.
        skeleton: skeleton that the network is for, with tracks; by default PoseTrack's.
        epochs: instead of the recipe's.
        steps: batches per epoch, instead of the recipe's.
        seed: of everything that is drawn.
        device: where to compute; `auto` takes a GPU if there is one.
        threads: CPU threads; by default, all.
        resume: go on with the run in `output`.
        about: what else `run.json` and the weights record, such as the command.
        progress: called with a line of text for the data and for every epoch; by default it is
            logged.

    Returns:
        Path of the weights of the best epoch, for `PoseMatcher` or `--matcher`.

    Raises:
        RuntimeError: if torch is not installed.
        FileNotFoundError: if there are no data in a folder.
        FileExistsError: if `output` holds a run and `resume` is not set.
        ValueError: if the options or the data do not allow the run.

    Example:
        >>> weights = train_matcher("cmu-mocap", "runs/pose", epochs=2)  # doctest: +SKIP
    """
    _require_torch()
    from lighttrack.training.fit import fit
    from lighttrack.training.prepare import mocap_run, quick, tracks_run

    data = Path(data)
    chosen = quick(RECIPES[recipe], epochs=epochs, steps=steps)
    options: Mapping[str, Any] = {"seed": seed, "about": about}
    run: Run
    if any(data.glob("*.npz")):
        run = mocap_run(data, chosen, **options)
    else:
        held_out = _read_folder(validation, progress) if validation is not None else ()
        videos = _read_folder(data, progress)
        run = tracks_run(videos, chosen, validation=held_out, skeleton=skeleton, **options)
    for part, counts in run.about.get("pairs", {}).items():
        found = ", ".join(f"{number} {kind}" for kind, number in counts.items())
        progress(f"{part} pairs: {found}")
    return fit(
        run,
        Path(output),
        resume=resume,
        device=device,
        threads=threads,
        report=lambda epoch: progress(_line(epoch)),
    )


def _read_folder(folder: Path, progress: Callable[[str], None]) -> Sequence[TrackedVideo]:
    """All tracked videos of a folder, in the order of their names."""
    from lighttrack.formats import read_tracks

    paths = sorted(path for path in folder.glob("*.json*") if path.is_file())
    if not paths:
        raise FileNotFoundError(
            f"no motion capture (.npz) and no tracks (.json, .jsonl) in {folder}"
        )
    videos = [read_tracks(path) for path in paths]
    progress(f"tracked videos in {folder}: {len(videos)}")
    return videos


def _line(epoch: "Epoch") -> str:
    accuracies = ", ".join(f"{value:.3f} at {gap}" for gap, value in epoch.accuracy.items())
    return (
        f"epoch {epoch.number} of {epoch.epochs}: loss {epoch.loss:.4f}, "
        f"balanced accuracy by gap {accuracies}; {epoch.seconds:.0f} s"
    )


def _require_torch() -> None:
    if find_spec("torch") is None:
        raise RuntimeError(
            "training needs torch, which is not installed: in a clone of lighttrack, "
            "pip install '.[train]' (for a processor alone, first "
            "pip install torch --index-url https://download.pytorch.org/whl/cpu)"
        )
