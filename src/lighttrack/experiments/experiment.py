"""One experiment from its plan to its table."""

import logging
from collections.abc import Callable
from pathlib import Path

from lighttrack.experiments.cameras import STILL
from lighttrack.experiments.data import find_videos
from lighttrack.experiments.pairs import table_of_pairs
from lighttrack.experiments.plan import Plan
from lighttrack.experiments.reading import read_plan
from lighttrack.experiments.running import run_cells
from lighttrack.experiments.tables import require_columns, table
from lighttrack.render.tables import Table

_LOG = logging.getLogger(__name__)


def run_experiment(
    plan: Plan | Path | str,
    data: Path | str,
    *,
    images: Path | str | None = None,
    output: Path | str = "lighttrack-experiments",
    jobs: int = 1,
    progress: Callable[[str], None] = _LOG.info,
) -> Table:
    """Run a grid of components over a data set and make its table.

    What has run already, for this or another table, is not run again unless the data or the code
    have changed. Timings are true only with one job on a machine that does nothing else.

    Args:
        plan: the experiment, or its TOML file.
        data: folder of the data set: PoseTrack JSON, or NAME/gt.txt with NAME/NAME.mp4.
        images: for PoseTrack, the folder that `file_name` counts from; networks then take the
            place of the stand-ins.
        output: folder for the results of every cell of the grid.
        jobs: videos at a time.
        progress: called with a line of text for each video of each cell; by default it is logged.

    Returns:
        A row per cell with the figures that the plan asks for: shares in percent, counts as they
        are, frames per second.

    Raises:
        ValueError: if the plan is faulty, the data are missing, or `jobs` is below 1.

    Example:
        >>> shown = run_experiment("experiments/table-4.toml", "posetrack18/val")  # doctest: +SKIP
        >>> print(shown.to_markdown())  # doctest: +SKIP
    """
    if jobs < 1:
        raise ValueError(f"jobs must be 1 or more, got {jobs}")
    chosen = plan if isinstance(plan, Plan) else read_plan(Path(plan))
    require_columns(chosen)
    if chosen.task == "pairs":
        return table_of_pairs(chosen, Path(data))
    if images is not None:
        if any(cell.camera != STILL for cell in chosen.cells):
            raise ValueError("a camera moves the ground truth alone: leave out the images")
        chosen = chosen.with_networks()
    videos = find_videos(chosen, Path(data), None if images is None else Path(images))
    run_cells(chosen, videos, Path(output), jobs=jobs, progress=progress)
    return table(chosen, videos, Path(output))
