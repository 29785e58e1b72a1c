"""`lighttrack experiment`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def experiment(
    plan: Path,
    /,
    *,
    data: Path,
    pictures: Path | None = None,
    output: Annotated[Path, Parameter(alias="-o")] = Path("lighttrack-experiments"),
    jobs: int = 1,
    markdown: Path | None = None,
) -> None:
    """Run a grid of components over a data set and show its table.

    What has run already, for this or another table, is not run again unless the data or
    lighttrack have changed: stop with Ctrl-C and start anew at will. Timings are true only with
    one job on a machine that does nothing else.

    For example:

        lighttrack experiment experiments/table-4.toml --data posetrack18/annotations/val
        lighttrack experiment experiments/clips-4.toml --data clips --jobs 2

    Args:
        plan: The experiment, a TOML file; those of the paper's tables are in `experiments/`.
        data: Folder of the data set: PoseTrack JSON, or NAME/gt.txt with NAME/NAME.mp4.
        pictures: For PoseTrack, the folder that `file_name` counts from; networks then take the
            place of the stand-ins.
        output: Folder for what every cell of the grid gives.
        jobs: Videos at a time.
        markdown: Write the table as Markdown.
    """
    from lighttrack.cli.messages import note
    from lighttrack.cli.reporting import show, write
    from lighttrack.experiments.data import videos
    from lighttrack.experiments.reading import read_plan
    from lighttrack.experiments.running import run
    from lighttrack.experiments.tables import require_columns, table

    if jobs < 1:
        raise ValueError(f"jobs must be 1 or more, got {jobs}")
    chosen = read_plan(plan)
    require_columns(chosen)
    if pictures is not None:
        chosen = chosen.with_networks()
    found = videos(chosen, data, pictures)
    run(chosen, found, output, jobs=jobs, progress=note)
    made = table(chosen, found, output)
    show(made)
    if markdown:
        write(markdown, made.to_markdown() + "\n")
