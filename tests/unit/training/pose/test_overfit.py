"""Pose networks learn a few people by heart, at their smallest size.

The families that need more minutes than a test may take are in `benchmarks/training/overfit.py`.
"""

import pytest
from labelled_people import coco_folder

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
    "mobilenet": ("width = 0.25\nwidths = [64, 64, 64]", "mse", [1.5], 4e-3, 12),
    "encoder-decoder": ("widths = [16, 32, 48]", "cross-entropy", [1.0], 3e-3, 4),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_eight_people_are_learnt_by_heart(training_packages, tmp_path, family):
    from lighttrack.training.pose import train_pose

    network, loss, sigmas, rate, epochs = FAMILIES[family]
    recipe = tmp_path / "overfit.toml"
    recipe.write_text(
        RECIPE.format(
            network=f'family = "{family}"\n{network}',
            loss=loss,
            sigmas=sigmas,
            rate=rate,
            epochs=epochs,
        )
    )
    # Each person is listed 25 times: an epoch is 25 batches of all eight.
    folder = coco_folder(tmp_path / "people", repeats=25)
    lines = []
    train_pose(
        tmp_path / "run", recipe=recipe, coco=[folder], device="cpu", threads=1,
        progress=lines.append,
    )  # fmt: skip
    precision = float(lines[-2].split("OKS-AP ")[1].split(",")[0])
    assert precision > 95, lines
