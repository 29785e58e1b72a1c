"""Training of a detector by one call: from folders of labelled images to an ONNX file."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lighttrack.training.detection.images import LabelledImages, Split, read_images
from lighttrack.training.detection.recipe import Recipe, read_recipe
from lighttrack.training.packages import require_packages
from lighttrack.training.schedule import RecipeSource, shortened

if TYPE_CHECKING:
    from lighttrack.training.detection.fit import Epoch, Run, Training

_LOG = logging.getLogger(__name__)


def train_detector(
    output: Path | str,
    *,
    recipe: RecipeSource = "small",
    coco: Sequence[Path | str] = (),
    start: Path | None = None,
    epochs: int | None = None,
    seed: int = 0,
    device: Literal["auto", "cpu", "cuda"] = "auto",
    threads: int | None = None,
    workers: int = 0,
    resume: bool = False,
    about: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = _LOG.info,
) -> Path:
    """Train a person detector and export it; needs torch (`lighttrack[train]`).

    Started by `torchrun`, all its processes train together, one per GPU.

    Args:
        output: folder for the detector (`model.onnx` with its contract `model.toml`, `model.pt`
            for torch), `report.html`, `curves.json`, `run.json` and a checkpoint; made if missing.
        recipe: name of a recipe of the package, or a TOML file.
        coco: folders in COCO's layout, with boxes of people.
        start: weights to begin with: a backbone of ImageNet's, or `best.pt` of another run. What
            does not fit by name and shape stays random.
        epochs: instead of the recipe's, over all its stages.
        seed: of everything that is drawn.
        device: where to compute; "auto" takes a GPU if there is one.
        threads: CPU threads; by default, all.
        workers: processes that prepare images beside the one that trains.
        resume: go on with the run in `output`, to the weights of a run without interruption.
        about: what else `run.json` records, such as the command.
        progress: called with a line of text for the data and every epoch; by default it is logged.

    Returns:
        Path of `model.onnx`.

    Raises:
        RuntimeError: if torch or another package of `lighttrack[train]` is not installed.
        FileNotFoundError: if a folder, its labels or an image is missing.
        FileExistsError: if `output` holds a run and `resume` is not set.
        ValueError: if the recipe, the options or the data do not allow the run.

    Example:
        >>> train_detector("runs/fpn", recipe="small", coco=["PennFudan"])  # doctest: +SKIP
    """
    require_packages()
    import torch

    from lighttrack.training.distribution import joined

    chosen = shortened(read_recipe(recipe), epochs)
    if not coco:
        raise ValueError("no data: give at least one folder with --coco")
    if threads is not None:
        torch.set_num_threads(threads)
    group = joined(device)
    if group.rank:
        progress = _nothing
    run = _run(chosen, [Path(each) for each in coco], seed, start, about or {}, progress)
    try:
        return _trained(run, Path(output), group, workers=workers, resume=resume, progress=progress)
    finally:
        group.leave()


def _nothing(_: str) -> None:
    pass


def _run(
    recipe: Recipe,
    folders: Sequence[Path],
    seed: int,
    start: Path | None,
    about: Mapping[str, Any],
    progress: Callable[[str], None],
) -> "Run":
    from lighttrack.networks.checkpoints import read_state
    from lighttrack.training.detection.fit import Run

    parts: dict[Split, list[LabelledImages]] = {"train": [], "val": []}
    for folder in folders:
        for split, found in parts.items():
            images = read_images(folder, split)
            if images is None:
                if split == "train":
                    raise FileNotFoundError(
                        f"no labels to train on in {folder}: a folder of COCO's has "
                        "instances_train*.json or person_keypoints_train*.json, in it or in "
                        "annotations"
                    )
                continue
            if len(images):
                found.append(images)
            progress(f"{split} images in {folder.name}: {len(images)}, people: {images.people}")
    if not parts["train"]:
        raise ValueError("no person to train on: the folders label no boxes of people")
    data = {split: {f"{number}: {each.name}": len(each) for number, each in enumerate(found)}
            for split, found in parts.items()}  # fmt: skip
    return Run(
        recipe, parts["train"], parts["val"], seed, None if start is None else read_state(start),
        {**about, "images": data, "start": None if start is None else start.name},
    )  # fmt: skip


def _trained(
    run: "Run",
    output: Path,
    group: Any,
    *,
    workers: int,
    resume: bool,
    progress: Callable[[str], None],
) -> Path:
    from lighttrack.training.board import board
    from lighttrack.training.detection.export import MODEL
    from lighttrack.training.detection.fit import Training
    from lighttrack.training.detection.page import write_page
    from lighttrack.training.fitting import fit
    from lighttrack.training.pose.page import write_curves

    with board(output) as show:

        def report(training: "Training", epoch: "Epoch") -> None:
            write_curves(training.epochs, output)
            write_page(output, run.recipe, training.epochs)
            show(
                epoch.number,
                {"loss": epoch.loss, "AP50": epoch.ap, "learning rate": epoch.learning_rate},
            )
            progress(_line(epoch))

        training = fit(
            lambda: Training(run, group, workers=workers),
            output,
            group,
            resume=resume,
            report=report,
        )
    if group.rank == 0:
        _export(training, output, progress)
    group.wait()
    return output / MODEL


def _export(training: "Training", output: Path, progress: Callable[[str], None]) -> None:
    from lighttrack.training.detection.export import export_detector
    from lighttrack.training.detection.page import write_page
    from lighttrack.training.detection.validate import detected, judge

    run = training.run
    # Without validation images the threshold is measured on those that were trained on.
    judges = run.validation or run.training
    found = detected(training.detector(), judges)
    figures = judge(judges, found)
    write_page(
        output,
        run.recipe,
        training.epochs,
        validation=judges,
        found=found,
        threshold=figures.threshold,
    )
    export_detector(training.detector(figures.threshold), output, run.recipe)
    progress(
        f"AP50 {100 * figures.ap:.1f}; at score {figures.threshold:.3f}, IoU 0.4: precision "
        f"{100 * figures.precision:.1f}, recall {100 * figures.recall:.1f}"
    )


def _line(epoch: "Epoch") -> str:
    return (
        f"epoch {epoch.number} of {epoch.epochs}: loss {epoch.loss:.4f}, AP50 "
        f"{100 * epoch.ap:.1f}, precision {100 * epoch.precision:.1f}, recall "
        f"{100 * epoch.recall:.1f}; {epoch.seconds:.0f} s"
    )
