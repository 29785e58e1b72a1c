"""The page of a training run: curves, and validation images as the detector sees them."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from lighttrack.render.charts import lines
from lighttrack.render.page import Moment, Outline, Section, html_moments, html_table, render
from lighttrack.render.tables import Table
from lighttrack.structures import Detections
from lighttrack.structures.boxes import iou
from lighttrack.training.detection.fit import Epoch
from lighttrack.training.detection.images import LabelledImages
from lighttrack.training.detection.recipe import Recipe
from lighttrack.training.detection.validate import AP_IOU
from lighttrack.training.pose.crops import read_image
from lighttrack.training.pose.page import PAGE

_EXAMPLES = 12


def write_page(
    output: Path,
    recipe: Recipe,
    epochs: Sequence[Epoch],
    *,
    validation: Sequence[LabelledImages] = (),
    found: Sequence[Sequence[Detections]] = (),
    threshold: float | None = None,
) -> Path:
    """Write `report.html`: curves, figures of the last epoch, examples; all in one file.

    Args:
        output: the folder of the run.
        recipe: of the run.
        epochs: at least one.
        validation: images to show; without any there are no examples.
        found: what the network detects in them.
        threshold: the score from which detections are shown.
    """
    last = epochs[-1]
    rows = {
        "epochs": f"{last.number} of {last.epochs}",
        "AP50": f"{100 * last.ap:.1f}",
        "precision": f"{100 * last.precision:.1f}",
        "recall": f"{100 * last.recall:.1f}",
        "seconds": f"{sum(epoch.seconds for epoch in epochs):.0f}",
    }
    if threshold is not None:
        rows["score_threshold (best F1)"] = f"{threshold:.3f}"
    table = Table("", ("figure", "value"), tuple(rows.items()))
    sections = [
        Section(
            "Figures",
            "Of the last epoch; precision and recall at the score with the best F1, IoU 0.4.",
            (html_table(table),),
        ),
        Section(
            "Curves",
            "On the validation images in percent; the loss in percent of the first epoch's.",
            (_curves(epochs),),
        ),
    ]
    examples = _examples(validation, found, threshold or 0.0)
    if examples:
        note = "Validation images: dashed the truth, in colour what is detected."
        sections.append(Section("Examples", note, (html_moments(examples),)))
    sizes = ", ".join(f"{name} {value}" for name, value in recipe.network.items())
    lead = f"{sizes}; longer side {recipe.input_size} pixels."
    path = output / PAGE
    page = render(f"Training of {recipe.name}", sections, lead=lead)
    path.write_text(page, encoding="utf-8")
    return path


def _curves(epochs: Sequence[Epoch]) -> str:
    first = epochs[0].loss or 1.0
    series = {
        "AP50": [100 * epoch.ap for epoch in epochs],
        "precision": [100 * epoch.precision for epoch in epochs],
        "recall": [100 * epoch.recall for epoch in epochs],
        "loss": [100 * epoch.loss / first for epoch in epochs],
    }
    numbers = [float(epoch.number) for epoch in epochs]
    return lines(numbers, series, title="Curves of the training run", x_label="epoch")


def _examples(
    validation: Sequence[LabelledImages],
    found: Sequence[Sequence[Detections]],
    threshold: float,
) -> list[Moment]:
    moments = []
    for folder, of_images in zip(validation, found, strict=True):
        count = min(max(1, _EXAMPLES // len(validation)), len(folder))
        for row in np.linspace(0, len(folder) - 1, count).round().astype(int):
            image = read_image(folder.paths[row])
            seen = of_images[row].boxes[of_images[row].scores >= threshold]
            overlap = iou(folder.boxes[row], seen) >= AP_IOU
            done, jpeg = cv2.imencode(".jpg", image[..., ::-1])
            if done:
                moments.append(
                    Moment(
                        f"{folder.name}, {folder.paths[row].name}",
                        jpeg.tobytes(),
                        image.shape[1],
                        image.shape[0],
                        truth=tuple(
                            Outline("", box, wrong=not hit.any())
                            for box, hit in zip(folder.boxes[row].tolist(), overlap, strict=True)
                        ),
                        tracks=tuple(
                            Outline("", box, wrong=not hit.any(), number=1)
                            for box, hit in zip(seen.tolist(), overlap.T, strict=True)
                        ),
                    )
                )
    return moments
