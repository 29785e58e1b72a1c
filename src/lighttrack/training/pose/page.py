"""The page of a training run: curves, and validation people as the network sees them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from lighttrack.render.charts import lines
from lighttrack.render.page import Moment, Outline, Section, html_moments, html_table, render
from lighttrack.render.tables import Table
from lighttrack.structures import Floats
from lighttrack.training.fitting import EpochFigures
from lighttrack.training.pose.crops import crop_person, to_image
from lighttrack.training.pose.fit import Epoch
from lighttrack.training.pose.people import People
from lighttrack.training.pose.recipe import Recipe
from lighttrack.training.pose.validate import Estimates

PAGE = "report.html"
CURVES = "curves.json"
_EXAMPLES = 12
_LARGER = 3
"""Times that an example is larger than the network's input."""


def write_curves(epochs: Sequence[EpochFigures], output: Path) -> None:
    """Write `curves.json`: the figures of every epoch so far."""
    text = json.dumps([asdict(epoch) for epoch in epochs], indent=2) + "\n"
    (output / CURVES).write_text(text.replace("NaN", "null"), encoding="utf-8")


def write_page(
    output: Path,
    recipe: Recipe,
    epochs: Sequence[Epoch],
    *,
    validation: Sequence[People] = (),
    found: Sequence[Estimates] = (),
    facts: Mapping[str, Any] | None = None,
) -> Path:
    """Write `report.html`: curves, figures of the last epoch, examples; all in one file.

    Args:
        output: the folder of the run.
        recipe: of the run.
        epochs: at least one.
        validation: people to show; without any there are no examples.
        found: what the network says of them.
        facts: further figures by name.
    """
    last = epochs[-1]
    rows = {"epochs": f"{last.number} of {last.epochs}", "OKS-AP": f"{100 * last.ap:.1f}"}
    rows |= {f"PCK@0.2, {name}": f"{100 * value:.1f}" for name, value in last.pck.items()}
    rows["seconds"] = f"{sum(epoch.seconds for epoch in epochs):.0f}"
    rows |= {name: str(value) for name, value in (facts or {}).items()}
    table = Table("", ("figure", "value"), tuple(rows.items()))
    sections = [
        Section("Figures", "Of the last epoch.", (html_table(table),)),
        Section(
            "Curves",
            "OKS-AP and PCK@0.2 on the validation people in percent; the loss in percent of the "
            "first epoch's.",
            (_curves(epochs),),
        ),
    ]
    examples = [
        moment
        for people, estimates in zip(validation, found, strict=True)
        for moment in _examples(people, estimates.keypoints, recipe, _EXAMPLES // len(validation))
    ]
    if examples:
        note = "Validation people in their boxes: dashed the truth, in colour the estimate."
        sections.append(Section("Examples", note, (html_moments(examples),)))
    page = render(f"Training of {recipe.name}", sections, lead=_lead(recipe))
    path = output / PAGE
    path.write_text(page, encoding="utf-8")
    return path


def _lead(recipe: Recipe) -> str:
    width, height = recipe.input_size
    sizes = ", ".join(f"{name} {value}" for name, value in recipe.network.items())
    return f"{sizes}; input {width} x {height} pixels; {recipe.skeleton}."


def _curves(epochs: Sequence[Epoch]) -> str:
    first = epochs[0].loss or 1.0
    series = {
        "OKS-AP": [100 * epoch.ap for epoch in epochs],
        "loss": [100 * epoch.loss / first for epoch in epochs],
    }
    for name in epochs[-1].pck:
        series[f"PCK, {name}"] = [100 * epoch.pck.get(name, float("nan")) for epoch in epochs]
    numbers = [float(epoch.number) for epoch in epochs]
    return lines(numbers, series, title="Curves of the training run", x_label="epoch")


def _examples(people: People, found: Floats, recipe: Recipe, count: int) -> list[Moment]:
    rows = np.linspace(0, len(people) - 1, min(count, len(people))).round().astype(int)
    width, height = (_LARGER * side for side in recipe.input_size)
    moments = []
    for row in rows:
        crop = crop_person(people, row, (width, height), recipe.padding)
        matrix = to_image(people.boxes[row], (width, height), recipe.padding)
        inverse = np.linalg.inv(matrix[:, :2]).T
        seen = (found[row] - matrix[:, 2]) @ inverse
        everything = np.ones(len(people.skeleton), bool)
        done, jpeg = cv2.imencode(".jpg", crop.pixels[..., ::-1])
        if done:
            moments.append(
                Moment(
                    f"{people.name}, {people.images[row].name}",
                    jpeg.tobytes(),
                    width,
                    height,
                    truth=(_outline(people, crop.keypoints, people.labelled[row]),),
                    tracks=(_outline(people, seen, everything, number=1),),
                )
            )
    return moments


def _outline(people: People, points: Floats, shown: Any, *, number: int = 0) -> Outline:
    limbs = [(*points[a], *points[b]) for a, b in people.skeleton.edges if shown[a] and shown[b]]
    return Outline("", (0.0, 0.0, 0.0, 0.0), wrong=False, number=number, limbs=limbs)
