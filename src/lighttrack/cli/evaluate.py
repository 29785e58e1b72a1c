"""`lighttrack evaluate`: score tracks, poses and detections against ground truth."""

import json
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from lighttrack.cli.messages import note
from lighttrack.cli.reporting import Outputs, report, require_page, write

_HELP = """
Score results against ground truth, with the numbers of the official tools.

```
lighttrack evaluate posetrack annotations/val predictions --mode official
lighttrack evaluate mot gt.txt out/match.mot.txt --html report.html
lighttrack evaluate pose person_keypoints_val2017.json results.json
```

Each command shows tables and writes them as JSON, Markdown or one page of HTML. What every figure
means, and whose convention it follows: docs/evaluation.md.
"""

app = App(name="evaluate", help=_HELP, help_format="markdown")

_NONE = Outputs()


@app.command
def posetrack(
    truth: Path,
    predicted: Path,
    /,
    *,
    mode: Literal["strict", "official"] = "strict",
    drop_below: float | None = None,
    sweep: Annotated[bool, Parameter(negative="")] = False,
    keypoint_hota: Annotated[bool, Parameter(negative="")] = False,
    per_sequence: Path | None = None,
    video: Path | None = None,
    outputs: Outputs = _NONE,
) -> int:
    """Score PoseTrack predictions: AP and MOTA per keypoint, and tracking of whole people.

    All files are checked first, and everything wrong with them is listed at once.

    For example:

        lighttrack evaluate posetrack gt/ predictions/
        lighttrack evaluate posetrack gt/ predictions/ --mode official --json figures.json
        lighttrack evaluate posetrack gt/ predictions/ --drop-below 0.7 --sweep --html report.html

    Args:
        truth: Folder of ground truth, one JSON file per sequence (PoseTrack17, 18 or 21).
        predicted: Folder of predictions, with files of the same names.
        mode: `official` gives the official evaluator's numbers, its quirks included; `strict` does
            what the definitions say.
        drop_below: Leave out predicted keypoints whose score is lower.
        sweep: Show mAP and MOTA for dropping at 0, 0.1, ... 0.9.
        keypoint_hota: Show PoseTrack21's HOTA per keypoint as well.
        per_sequence: Folder for the official evaluator's two files per sequence.
        video: Folder of the images, which `file_name` counts from, or of videos NAME.mp4; the
            page then shows the worst moments.
        outputs: Files to write besides.
    """
    from lighttrack.evaluation import evaluate_posetrack
    from lighttrack.evaluation.posetrack import EvaluationInputError
    from lighttrack.reports.posetrack_page import posetrack_report

    require_page(video, outputs)
    try:
        figures = evaluate_posetrack(truth, predicted, mode=mode, drop_below=drop_below)
    except EvaluationInputError as error:
        note(f"lighttrack: {error}")
        return 1
    made = posetrack_report(
        figures, with_sweep=sweep, with_keypoint_hota=keypoint_hota, video=video
    )
    if per_sequence:
        for name, part in [*figures.sequences.items(), ("total", figures.total)]:
            for kind, table in part.to_json().items():
                write(per_sequence / f"{name}_{kind}_metrics.json", json.dumps(table))
    report(outputs, made)
    return 0


@app.command
def mot(
    truth: Path,
    predicted: Path,
    /,
    *,
    similarity: Literal["iou", "oks"] = "iou",
    threshold: float = 0.5,
    convention: Literal["trackeval", "motmetrics"] = "trackeval",
    video: Path | None = None,
    outputs: Outputs = _NONE,
) -> None:
    """Score tracks of whole people: CLEAR MOT, identity and HOTA.

    Ground truth rows of flag 0 are left out. Predictions may be MOTChallenge text or any file of
    tracks that lighttrack reads.

    For example:

        lighttrack evaluate mot clip/gt.txt out/clip.mot.txt --json figures.json
        lighttrack evaluate mot data/ out/ --html report.html
        lighttrack evaluate mot truth.tracks.jsonl out/clip.tracks.jsonl --similarity oks

    Args:
        truth: File of ground truth, or folder with NAME/gt/gt.txt, NAME/gt.txt or NAME.txt.
        predicted: File of tracks, or folder with a file NAME.* for each sequence.
        similarity: `iou` of boxes, or `oks` of poses (both sides files of tracks with keypoints).
        threshold: Least similarity of a match, for CLEAR MOT and identity.
        convention: Whose matching and counting CLEAR MOT follows.
        video: The video, or a folder of them; the page then shows the worst moments.
        outputs: Files to write besides.
    """
    from lighttrack.evaluation import evaluate_mot
    from lighttrack.reports.tracking_page import tracking_report

    require_page(video, outputs)
    figures = evaluate_mot(
        truth, predicted, similarity=similarity, threshold=threshold, convention=convention
    )
    report(outputs, tracking_report(figures, video=video))


@app.command
def pose(truth: Path, predicted: Path, /, *, outputs: Outputs = _NONE) -> None:
    """Score poses image by image: OKS-AP and AR in COCO's definition.

    For example:

        lighttrack evaluate pose person_keypoints_val2017.json results.json
        lighttrack evaluate pose gt.json results.json --json figures.json

    Args:
        truth: Ground truth in COCO's JSON for keypoints.
        predicted: Results in COCO's JSON: a list of `image_id`, `keypoints`, `score`.
        outputs: Files to write besides.
    """
    from lighttrack.evaluation import evaluate_coco
    from lighttrack.reports.figures import pose_report

    report(outputs, pose_report(evaluate_coco(truth, predicted)))


@app.command
def detection(
    truth: Path,
    predicted: Path,
    /,
    *,
    iou: float = 0.4,
    thresholds: str = "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9",
    outputs: Outputs = _NONE,
) -> None:
    """Score detections of people: AP, and precision and recall at thresholds of the score.

    Both files are COCO's JSON, or both MOTChallenge text.

    For example:

        lighttrack evaluate detection gt.json results.json
        lighttrack evaluate detection clip/gt.txt det.txt --iou 0.5 --thresholds 0.3,0.5

    Args:
        truth: Ground truth with boxes.
        predicted: Detections with scores.
        iou: Least overlap of a match; 0.4 as in the paper's Table 2.
        thresholds: Scores to give precision and recall at, separated by commas.
        outputs: Files to write besides.
    """
    from lighttrack.evaluation import evaluate_detection
    from lighttrack.reports.figures import detection_report

    figures = evaluate_detection(truth, predicted, iou=iou, thresholds=_numbers(thresholds))
    report(outputs, detection_report(figures))


@app.command
def matching(pairs: Path, /, *, threshold: float | None = None, outputs: Outputs = _NONE) -> None:
    """Score a pose matcher from a table of pairs: accuracy and ROC area by gap and by negatives.

    For example:

        lighttrack evaluate matching pairs.csv --threshold 0.2
        lighttrack evaluate matching pairs.csv --json figures.json

    Args:
        pairs: CSV with the columns distance, same (0 or 1), gap (frames), hard (0 or 1: the boxes
            overlap).
        threshold: A pair counts as one person where its distance is less; by default the best one
            for these very pairs, which flatters the matcher.
        outputs: Files to write besides.
    """
    from lighttrack.evaluation import evaluate_matching
    from lighttrack.reports.figures import matching_figures_report

    report(outputs, matching_figures_report(evaluate_matching(pairs, threshold=threshold)))


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise ValueError(f"thresholds must be numbers separated by commas, got {text!r}") from None
