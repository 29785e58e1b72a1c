"""`lighttrack train`: networks that can be trained here."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from lighttrack.cli.messages import note, tell

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

    DATA is a folder of motion capture (`.npz` clips), which is projected through random cameras
    without end, or a folder of tracks: annotations in PoseTrack's format, or results of
    `lighttrack track`.

    `--output` receives the weights (for `lighttrack track --matcher PATH`), curves, a checkpoint
    and `run.json`, which records everything that is needed to repeat the run. Needs
    `lighttrack[train]`.

    For example:

        lighttrack train matcher cmu-mocap --output runs/pose
        lighttrack train matcher posetrack/train --validation posetrack/val -o runs/posetrack
        lighttrack train matcher posetrack/train -o runs/paper --recipe paper

    Args:
        data: Folder of motion capture or of tracks.
        output: Folder for everything that is written; made if missing.
        recipe: `default`, or `paper` for the paper's loss, optimiser, schedule and batches.
        validation: Folder of tracks to choose the best epoch by; without it, a part of the data.
        skeleton: Skeleton that the network is for, with tracks; by default PoseTrack's.
        epochs: Instead of the recipe's.
        steps: Batches per epoch, instead of the recipe's.
        seed: Of everything that is drawn.
        device: Where to compute; `auto` takes a GPU if there is one.
        threads: CPU threads; by default, all.
        resume: Go on with the run in `--output`.
    """
    from lighttrack.training import train_matcher

    weights = train_matcher(
        data,
        output,
        recipe=recipe,
        validation=validation,
        skeleton=skeleton,
        epochs=epochs,
        steps=steps,
        seed=seed,
        device=device,
        threads=threads,
        resume=resume,
        about={"command": _command()},
        progress=note,
    )
    tell(f"{weights}: use it with lighttrack track --matcher, or lighttrack.PoseMatcher")


def _command() -> str:
    """The command as it was typed, paths by their last part: the card is published."""
    words = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    return shlex.join(["lighttrack", *words])
