"""`lighttrack train`: networks that can be trained here."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from lighttrack.cli.messages import counted, note, tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lighttrack.training.fit import Epoch, Run

RecipeName = Literal["default", "paper"]
Device = Literal["auto", "cpu", "cuda"]

app = App(name="train", help="Train the networks of lighttrack.", help_format="markdown")


@app.command
def matcher(
    data: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")],
    recipe: RecipeName = "default",
    history: Annotated[bool, Parameter(negative="")] = False,
    start: Path | None = None,
    validation: Path | None = None,
    skeleton: str | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    seed: int = 0,
    device: Device = "auto",
    threads: int | None = None,
    resume: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Train the network that matches poses.

    DATA is a folder of motion capture (`.npz` clips), seen through random cameras without end, or
    a folder of tracks: annotations in PoseTrack's format, or results of `lighttrack track`.

    `--output` receives the weights (for `lighttrack.PoseMatcher(PATH)`), curves, a checkpoint and
    `run.json`, which says everything that is needed to repeat the run. Needs `lighttrack[train]`.

    For example:

        lighttrack train matcher cmu-mocap --output runs/pose
        lighttrack train matcher cmu-mocap -o runs/history --history
        lighttrack train matcher posetrack/train --validation posetrack/val -o runs/posetrack
        lighttrack train matcher posetrack/train -o runs/paper --recipe paper

    Args:
        data: Folder of motion capture or of tracks.
        output: Folder for everything that is written; made if it is not there.
        recipe: `default`, or `paper` for the paper's loss, optimiser, schedule and batches.
        history: Train a network that expects a pose from the last ones.
        start: Weights of poses that histories are trained for, and begin as; by default those that
            ship.
        validation: Folder of tracks to choose the best epoch by; without it, a part of the data.
        skeleton: Skeleton that the network is for, with tracks; by default PoseTrack's.
        epochs: Instead of the recipe's.
        steps: Batches per epoch, instead of the recipe's.
        seed: Of everything that is drawn.
        device: Where to compute; `auto` takes a GPU if there is one.
        threads: CPU threads; by default, all.
        resume: Go on with the run in `--output`.
    """
    _require_torch()
    from lighttrack.training.fit import fit
    from lighttrack.training.prepare import mocap_run, quick, tracks_run
    from lighttrack.training.recipes import RECIPES

    chosen = quick(RECIPES[recipe], epochs=epochs, steps=steps)
    options: Mapping[str, Any] = {
        "history": history,
        "seed": seed,
        "start": start,
        "about": {"command": _command()},
    }
    run: Run
    if any(data.glob("*.npz")):
        run = mocap_run(data, chosen, **options)
    else:
        held_out = read_folder(validation) if validation is not None else ()
        run = tracks_run(
            read_folder(data), chosen, validation=held_out, skeleton=skeleton, **options
        )
    for part, counts in run.about.get("pairs", {}).items():
        found = ", ".join(f"{number} {kind}" for kind, number in counts.items())
        note(f"{part} pairs: {found}")
    weights = fit(run, output, resume=resume, device=device, threads=threads, report=_report)
    tell(f"{weights}: pass it to lighttrack.PoseMatcher or HistoryMatcher")


def read_folder(folder: Path) -> list[Any]:
    """All tracked videos of a folder, in the order of their names.

    Raises:
        FileNotFoundError: if there are none.
    """
    from lighttrack.formats import read_tracks

    paths = sorted(path for path in folder.glob("*.json*") if path.is_file())
    if not paths:
        raise FileNotFoundError(
            f"no motion capture (.npz) and no tracks (.json, .jsonl) in {folder}"
        )
    videos = [read_tracks(path) for path in paths]
    note(f"{folder}: {counted(len(videos), 'video')}")
    return videos


def _report(epoch: "Epoch") -> None:
    accuracies = ", ".join(f"{value:.3f} at {gap}" for gap, value in epoch.accuracy.items())
    note(
        f"epoch {epoch.number} of {epoch.epochs}: loss {epoch.loss:.4f}, "
        f"balanced accuracy by gap {accuracies}; {epoch.seconds:.0f} s"
    )


def _command() -> str:
    """The command as it was typed, paths by their last part: a card is for strangers."""
    words = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    return shlex.join(["lighttrack", *words])


def _require_torch() -> None:
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise RuntimeError(
            "training needs torch, which is not installed: pip install 'lighttrack[train]'"
        )
