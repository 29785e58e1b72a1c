"""Train detectors, and say how good they are: AP50, precision and recall at scores of .1 to .5.

    python benchmarks/training/detectors.py ../shared/poses-images/PennFudan --recipe small
    python benchmarks/training/detectors.py --overfit deformable-rfcn --epochs 30

With a folder in COCO's layout, on its validation part; with `--overfit FAMILY` the smallest network
of the family learns 16 drawn pictures by heart. Nothing is exported, so that onnx is not needed.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "fixtures"))

from labelled_people import coco_folder

from lighttrack.evaluation.detection import at_thresholds, evaluate
from lighttrack.training.detection import read_recipe
from lighttrack.training.detection.fit import Run, Training
from lighttrack.training.detection.images import read_images
from lighttrack.training.detection.validate import detected, judge
from lighttrack.training.distribution import joined
from lighttrack.training.fitting import fit
from lighttrack.training.schedule import shortened

SMALLEST = {
    "deformable-fpn": "width = 32\nhidden = 64\nproposals = 60",
    "deformable-rfcn": "width = 64\nbins = 3\nproposals = 100",
}
OVERFIT = """
input_size = 128
batch = 4
weight_decay = 0.0
[network]
family = "{family}"
depth = 18
normalisation = "group"
smallest_anchor = 16
judged = 64
{sizes}
[augmentation]
scale = 0
flipped = 0
brightness = 0
[[stages]]
epochs = 30
learning_rate = 7e-4
decay = "cosine"
warm_up = 10
"""


def main() -> None:
    """Train, judge, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--recipe", default="small")
    parser.add_argument("--overfit", choices=SMALLEST)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        recipe, folder = options.recipe, options.folder
        if options.overfit:
            recipe = Path(place, "overfit.toml")
            recipe.write_text(
                OVERFIT.format(family=options.overfit, sizes=SMALLEST[options.overfit])
            )
            folder = coco_folder(Path(place, "drawn"), images=16)
        figures = trained(folder, recipe, Path(place, "run"), options)
    text = json.dumps(figures, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


def trained(folder: Path, recipe: str | Path, output: Path, options: argparse.Namespace) -> dict:
    """The figures of one run."""
    chosen, group = shortened(read_recipe(recipe), options.epochs), joined(options.device)
    parts = [read_images(folder, part) for part in ("train", "val")]
    run = Run(chosen, parts[:1], parts[1:])
    began = time.perf_counter()

    def report(training: Training, epoch: object) -> None:
        print(epoch, file=sys.stderr, flush=True)

    training = fit(
        lambda: Training(run, group, workers=options.workers), output, group, report=report
    )
    seconds = time.perf_counter() - began
    found = detected(training.detector(), parts[1:])
    figures = judge(parts[1:], found)
    images = list(zip(parts[1].boxes, found[0], strict=True))
    thresholds = [0.1, 0.2, 0.3, 0.4, 0.5]
    return {
        "recipe": chosen.name,
        "epochs": chosen.epochs,
        "network": dict(chosen.network),
        "train_images": len(parts[0]),
        "val_images": len(parts[1]),
        "val_people": parts[1].people,
        "ap50": figures.ap,
        "score_threshold": figures.threshold,
        "precision": figures.precision,
        "recall": figures.recall,
        "iou_0.4": at_thresholds(evaluate(images), thresholds),
        "minutes": seconds / 60,
        "device": str(group.device),
        "torch": str(torch.__version__),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
