"""Training of a pose network by one call: from folders of labelled images to an ONNX file."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lighttrack.training.packages import require_packages
from lighttrack.training.pose.people import Kind, People, Split, read_people
from lighttrack.training.pose.recipe import Recipe, RecipeSource, read_recipe, shortened

if TYPE_CHECKING:
    from lighttrack.training.pose.fit import Epoch, Run, Training

_LOG = logging.getLogger(__name__)
MODEL = "model.onnx"


def train_pose(
    output: Path | str,
    *,
    recipe: RecipeSource = "small",
    coco: Sequence[Path | str] = (),
    posetrack: Sequence[Path | str] = (),
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
    """Train a pose network and export it; needs torch (`lighttrack[train]`).

    Started by `torchrun`, all its processes train together, one per GPU.

    Args:
        output: folder for the network (`model.onnx` and its contract `model.toml`), `report.html`,
            `curves.json`, `run.json` and a checkpoint; made if missing.
        recipe: name of a recipe of the package, or a TOML file.
        coco: folders in COCO's layout, with keypoints of any names.
        posetrack: folders in PoseTrack18's layout.
        start: weights to begin with: a backbone of ImageNet's, a published checkpoint, or
            `best.pt` of another run. What does not fit by name and shape stays random.
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
        >>> train_pose("runs/small", recipe="small", coco=["LSPET", "COCO-kp"])  # doctest: +SKIP
    """
    require_packages()
    import torch

    from lighttrack.training.distribution import joined

    chosen = shortened(read_recipe(recipe), epochs)
    folders: list[tuple[Path, Kind]] = [(Path(each), "coco") for each in coco]
    folders += [(Path(each), "posetrack") for each in posetrack]
    _check_folders(chosen, [kind for _, kind in folders])
    if threads is not None:
        torch.set_num_threads(threads)
    group = joined(device)
    if group.rank:
        progress = _nothing
    run = _run(chosen, folders, seed=seed, start=start, about=about or {}, progress=progress)
    try:
        return _trained(run, Path(output), group, workers=workers, resume=resume, progress=progress)
    finally:
        group.leave()


def _nothing(_: str) -> None:
    pass


def _run(
    recipe: Recipe,
    folders: Sequence[tuple[Path, Kind]],
    *,
    seed: int,
    start: Path | None,
    about: Mapping[str, Any],
    progress: Callable[[str], None],
) -> "Run":
    from lighttrack.networks.checkpoints import read_state
    from lighttrack.training.pose.fit import Run

    parts: dict[Split, list[People]] = {"train": [], "val": []}
    for folder, kind in folders:
        for split, found in parts.items():
            people = read_people(folder, kind, split, recipe.keypoints)
            if people is None:
                if split == "train":
                    raise FileNotFoundError(f"no labels to train on in {folder}: {_LAYOUT[kind]}")
                continue
            if split == "train":
                people = trained_on(people, recipe)
            if len(people):
                found.append(people)
            progress(f"{split} people in {folder.name}: {len(people)}")
    if not parts["train"]:
        raise ValueError(
            f"nobody to train on: recipe {recipe.name} needs people with {recipe.least_keypoints} "
            f"keypoints and {recipe.least_side:g} pixels"
        )
    data = {split: {f"{number}: {each.name}": len(each) for number, each in enumerate(found)}
            for split, found in parts.items()}  # fmt: skip
    state = None if start is None else read_state(start)
    return Run(
        recipe, parts["train"], parts["val"], seed, state, {**about, "people": data,
        "start": None if start is None else start.name},
    )  # fmt: skip


_LAYOUT: Mapping[Kind, str] = {
    "coco": "a folder of COCO's has person_keypoints_train*.json, in it or in annotations",
    "posetrack": "a folder of PoseTrack18's has annotations/train/*.json",
}


def trained_on(people: People, recipe: Recipe) -> People:
    """Those who have the keypoints and the size that a recipe asks for."""
    longer = (people.boxes[:, 2:] - people.boxes[:, :2]).max(axis=1, initial=0)
    enough = people.labelled.sum(axis=1) >= recipe.least_keypoints
    return people.chosen(enough & (longer >= recipe.least_side))


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
    from lighttrack.training.fitting import fit
    from lighttrack.training.pose.fit import Training
    from lighttrack.training.pose.page import write_curves, write_page

    done: list[Epoch] = []
    with board(output) as show:

        def report(training: "Training", epoch: "Epoch") -> None:
            done[:] = training.epochs
            write_curves(done, output)
            write_page(output, run.recipe, done)
            show(epoch.number, _figures(epoch))
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
    from lighttrack.training.pose.export import export_network
    from lighttrack.training.pose.page import write_page
    from lighttrack.training.pose.validate import estimate, thresholds

    run, network, device = training.run, training.judged, training.group.device
    # Without validation people the thresholds are measured on those that were trained on.
    judges = run.validation or run.training
    tracked, keypoint = thresholds(network, judges, run.recipe, device)
    found = [estimate(network, people, run.recipe, device) for people in run.validation]
    write_page(
        output,
        run.recipe,
        training.epochs,
        validation=run.validation,
        found=found,
        facts={"tracked_threshold (τs)": tracked, "keypoint_threshold": round(keypoint, 4)},
    )
    export_network(
        network, output / MODEL, run.recipe, tracked_threshold=tracked, keypoint_threshold=keypoint
    )
    progress(f"thresholds: person {tracked:.3f}, keypoint {keypoint:.3f}")


def _line(epoch: "Epoch") -> str:
    shares = "".join(f", PCK {name} {100 * share:.1f}" for name, share in epoch.pck.items())
    return (
        f"epoch {epoch.number} of {epoch.epochs}: loss {epoch.loss:.5f}, "
        f"OKS-AP {100 * epoch.ap:.1f}{shares}; {epoch.seconds:.0f} s"
    )


def _figures(epoch: "Epoch") -> dict[str, float]:
    figures = {"loss": epoch.loss, "OKS-AP": epoch.ap, "learning rate": epoch.learning_rate}
    return figures | {f"PCK/{name}": value for name, value in epoch.pck.items()}


def _check_folders(recipe: Recipe, kinds: Sequence[Kind]) -> None:
    if not kinds:
        raise ValueError("no data: give at least one folder with --coco or --posetrack")
    for number, stage in enumerate(recipe.stages):
        if stage.data != "all" and stage.data not in kinds:
            raise ValueError(
                f"recipe {recipe.name} trains on {stage.data} in stage {number + 1}: "
                f"give a folder with --{stage.data}"
            )
