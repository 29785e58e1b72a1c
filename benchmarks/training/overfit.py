"""Each family of pose networks learns eight drawn people by heart, at its smallest size.

    python benchmarks/training/overfit.py --epochs 20

Prints OKS-AP on the same people after each epoch, and the last of each family.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "fixtures"))

from labelled_people import coco_folder

from lighttrack.training.pose import train_pose

RECIPE = """
input_size = [64, 96]
batch = 8
weight_decay = 0.0
sigmas = {sigmas}
loss = "{loss}"

[network]
{network}

[augmentation]
scale = 0
rotation = 0
shift = 0
flipped = 0
half_body = 0

[[stages]]
epochs = {epochs}
learning_rate = {rate}
decay = "cosine"
warm_up = 5
"""

FAMILIES = {
    "simple-baseline": ("depth = 18\nwidths = [64, 64, 64]", "mse", [1.5], 2e-3, 8),
    "cpn": ("depth = 18\nwidth = 32", "mse", [2.5, 2.0, 1.7, 1.5, 1.5], 2e-3, 8),
    "mobilenet": ("width = 0.25\nwidths = [64, 64, 64]", "mse", [1.5], 4e-3, 12),
    "hrnet": ("width = 8\nmodules = [1, 1, 1]", "mse", [1.5], 3e-3, 8),
}


def main() -> None:
    """Train each family, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--families", default=",".join(FAMILIES))
    options = parser.parse_args()
    for family in options.families.split(","):
        network, loss, sigmas, rate, _ = FAMILIES[family]
        with tempfile.TemporaryDirectory() as place:
            recipe = Path(place, "overfit.toml")
            named = f'family = "{family}"\n{network}'
            recipe.write_text(
                RECIPE.format(
                    network=named, loss=loss, sigmas=sigmas, rate=rate, epochs=options.epochs
                )
            )
            folder = coco_folder(Path(place, "people"), repeats=25)
            lines: list[str] = []
            train_pose(
                Path(place, "run"),
                recipe=recipe,
                coco=[folder],
                device="cpu",
                progress=lines.append,
            )
        print(f"{family}: {lines[-2]}", flush=True)


if __name__ == "__main__":
    main()
