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


@app.command
def pose(
    *,
    output: Annotated[Path, Parameter(alias="-o")],
    recipe: str = "small",
    coco: list[Path] | None = None,
    posetrack: list[Path] | None = None,
    start: Path | None = None,
    epochs: int | None = None,
    seed: int = 0,
    device: Device = "auto",
    threads: int | None = None,
    workers: int = 0,
    resume: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Train a network that estimates poses.

    `--output` receives the network and its contract (for `lighttrack track --pose
    RUN/model.onnx`), a page with curves and examples, a checkpoint and `run.json`. Needs
    `lighttrack[train]`. With several GPUs: `torchrun --nproc-per-node 4 --no-python
    lighttrack train pose ...`.

    Recipes: `small`, which trains in minutes on two cores; `paper-msra152`, `paper-cpn101`,
    `paper-mobilenet`, `hrnet-w32`, `hrnet-w48`; or a TOML file like theirs.

    For example:

        lighttrack train pose --recipe small --coco LSPET --coco COCO-kp --output runs/small
        lighttrack train pose --recipe paper-msra152 --coco coco --posetrack posetrack -o runs/msra

    Args:
        output: Folder for everything that is written; made if missing.
        recipe: A recipe's name, or a TOML file.
        coco: Folder of images with keypoints in COCO's format, named as they may be; may be
            repeated.
        posetrack: Folder in PoseTrack18's layout; may be repeated.
        start: Weights to begin with: a backbone, a published checkpoint, or `best.pt` of a run.
        epochs: Instead of the recipe's, over all its stages.
        seed: Of everything that is drawn.
        device: Where to compute; `auto` takes a GPU if there is one.
        threads: CPU threads; by default, all.
        workers: Processes that prepare images beside the one that trains.
        resume: Go on with the run in `--output`.
    """
    from lighttrack.training.pose import train_pose

    network = train_pose(
        output,
        recipe=recipe,
        coco=coco or (),
        posetrack=posetrack or (),
        start=start,
        epochs=epochs,
        seed=seed,
        device=device,
        threads=threads,
        workers=workers,
        resume=resume,
        about={"command": _command()},
        progress=note,
    )
    tell(f"{network}: pass it to lighttrack track --pose, or to lighttrack.build_estimator")


@app.command
def detector(
    *,
    output: Annotated[Path, Parameter(alias="-o")],
    recipe: str = "small",
    coco: list[Path] | None = None,
    start: Path | None = None,
    epochs: int | None = None,
    seed: int = 0,
    device: Device = "auto",
    threads: int | None = None,
    workers: int = 0,
    resume: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Train a network that detects people.

    `--output` receives the network and its contract (for `lighttrack track --detector
    RUN/model.onnx`; `model.pt` runs on torch), a page, a checkpoint and `run.json`. Needs
    `lighttrack[train]`. Recipes: `small` (Deformable FPN), `small-rfcn`, `paper-fpn101`,
    `paper-rfcn101`, or a TOML file like theirs.

    For example:

        lighttrack train detector --coco PennFudan --output runs/small
        lighttrack train detector --recipe paper-fpn101 --coco coco --start r101.pth -o runs/fpn

    Args:
        output: Folder for everything that is written; made if missing.
        recipe: A recipe's name, or a TOML file.
        coco: Folder of images with boxes of people in COCO's format; may be repeated.
        start: Weights to begin with: a backbone, or `best.pt` of a run.
        epochs: Instead of the recipe's, over all its stages.
        seed: Of everything that is drawn.
        device: Where to compute; `auto` takes a GPU if there is one.
        threads: CPU threads; by default, all.
        workers: Processes that prepare images beside the one that trains.
        resume: Go on with the run in `--output`.
    """
    from lighttrack.training.detection import train_detector

    network = train_detector(
        output,
        recipe=recipe,
        coco=coco or (),
        start=start,
        epochs=epochs,
        seed=seed,
        device=device,
        threads=threads,
        workers=workers,
        resume=resume,
        about={"command": _command()},
        progress=note,
    )
    tell(f"{network}: pass it to lighttrack track --detector, or to lighttrack.build_detector")


def _command() -> str:
    """The command as it was typed, paths by their last part: the card is published."""
    words = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    return shlex.join(["lighttrack", *words])
