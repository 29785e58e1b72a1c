"""OKS-AP and AR equal faster-coco-eval (COCO's evaluator) within 1e-6."""

import contextlib
import io

import numpy as np
import pytest
from faster_coco_eval import COCO, COCOeval_faster

from lighttrack.evaluation.pose import LabelledPoses, PredictedPoses, evaluate_poses_by_oks
from lighttrack.structures.skeletons import COCO_17

FIGURES = ("ap", "ap50", "ap75", "ap_medium", "ap_large", "ar", "ar50", "ar75", "ar_medium", "ar_large")  # fmt: skip  # noqa: E501


def _data_set(seed: int) -> tuple[dict, list]:
    """Crowded images: people of all sizes, unlabelled keypoints and people, crowds, doubles."""
    rng = np.random.default_rng(seed)
    annotations, results = [], []
    images = [{"id": i, "width": 640, "height": 480} for i in range(12)]
    for image in images:
        for _ in range(rng.integers(0, 6)):
            size = rng.choice([20, 60, 150]) * rng.uniform(0.7, 1.3, 2)
            corner = rng.uniform(0, 300, 2)
            points = corner + rng.random((17, 2)) * size
            visible = (rng.random(17) < 0.8).astype(int) * 2
            if rng.random() < 0.1:
                visible[:] = 0
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image["id"],
                    "category_id": 1,
                    "keypoints": np.c_[points * (visible[:, None] > 0), visible].ravel().tolist(),
                    "num_keypoints": int((visible > 0).sum()),
                    "area": float(np.prod(size) * 0.6),
                    "bbox": [*corner.tolist(), *size.tolist()],
                    "iscrowd": int(rng.random() < 0.1),
                }
            )
            for _ in range(rng.choice([0, 1, 1, 2])):
                moved = points + rng.normal(0, rng.choice([0.02, 0.06, 0.2]), (17, 2)) * size
                results.append(
                    {
                        "image_id": image["id"],
                        "category_id": 1,
                        "keypoints": np.c_[moved, np.ones(17)].ravel().tolist(),
                        "score": float(rng.random()),
                    }
                )
    data = {"images": images, "annotations": annotations}
    return {**data, "categories": [{"id": 1, "name": "person"}]}, results


def _theirs(truth: dict, results: list) -> np.ndarray:
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(truth)
        evaluation = COCOeval_faster(coco, coco.loadRes(results), "keypoints", print_function=str)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return np.asarray(evaluation.stats[:10], float)


def _ours(truth: dict, results: list) -> np.ndarray:
    images = []
    for image in truth["images"]:
        known = [a for a in truth["annotations"] if a["image_id"] == image["id"]]
        seen = [r for r in results if r["image_id"] == image["id"]]
        points = np.array([a["keypoints"] for a in known]).reshape(-1, 17, 3)
        boxes = np.array([a["bbox"] for a in known]).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        labelled = LabelledPoses(
            points[..., :2],
            points[..., 2] > 0,
            np.array([a["area"] for a in known]),
            boxes,
            np.array([a["iscrowd"] for a in known], bool),
        )
        found = np.array([r["keypoints"] for r in seen]).reshape(-1, 17, 3)
        predicted = PredictedPoses(found[..., :2], np.array([r["score"] for r in seen]))
        images.append((labelled, predicted))
    figures = evaluate_poses_by_oks(images, np.array(COCO_17.sigmas))
    return np.array([figures[name] for name in FIGURES])


@pytest.mark.parametrize("seed", range(12))
def test_random_images_score_as_in_coco(seed: int) -> None:
    truth, results = _data_set(seed)
    ours = _ours(truth, results)
    np.testing.assert_allclose(ours, _theirs(truth, results), atol=1e-6)
    assert 0 < ours[0] < 1
