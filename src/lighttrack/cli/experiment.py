"""`lighttrack experiment`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def experiment(
    plan: Path,
    /,
    *,
    data: Path,
    images: Path | None = None,
    output: Annotated[Path, Parameter(alias="-o")] = Path("lighttrack-experiments"),
    jobs: int = 1,
    markdown: Path | None = None,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
    pictures: Annotated[Path | None, Parameter(show=False)] = None,
) -> None:
    """Run a grid of components over a data set and show its table.

    What has run already, for this or another table, is not run again unless the data or
    lighttrack have changed: stop with Ctrl-C and go on at any time. Timings are true only with
    one job on a machine that does nothing else.

    For example:

        lighttrack experiment experiments/table-1.toml --data posetrack18/annotations
        lighttrack experiment experiments/table-4.toml --data posetrack18/annotations/val
        lighttrack experiment experiments/clips-4.toml --data clips --jobs 2

    Args:
        plan: The experiment, a TOML file; those of the paper's tables are in `experiments/`.
        data: Folder of the data set: PoseTrack JSON of 2017 or 2018, or NAME/gt.txt with
            NAME/NAME.mp4.
        images: For PoseTrack, the folder that `file_name` counts from; networks then take the
            place of the stand-ins.
        output: Folder for the results of every cell of the grid.
        jobs: Videos at a time.
        markdown: Write the table as Markdown.
        overwrite: Replace that table if it exists.
        pictures: The former name of `--images`.
    """
    from lighttrack.cli.messages import note
    from lighttrack.cli.reporting import show, write
    from lighttrack.experiments import run_experiment
    from lighttrack.pipeline.existing import require_new

    if markdown is not None:
        require_new({"markdown": markdown}, overwrite=overwrite)
    if pictures is not None:
        note("note: --pictures is now called --images; the old name goes with the next release")
    made = run_experiment(
        plan, data, images=images or pictures, output=output, jobs=jobs, progress=note
    )
    show(made)
    if markdown:
        write(markdown, made.to_markdown() + "\n")
