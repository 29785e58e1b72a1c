"""`lighttrack data`."""

from pathlib import Path

from lighttrack.cli.messages import counted, tell


def data(folder: Path | None = None, /) -> int:
    """Show the data sets that experiments and evaluations know, or check a folder of one.

    For example:

        lighttrack data
        lighttrack data posetrack18/annotations/val

    Args:
        folder: Ground truth to check: PoseTrack JSON, or NAME/gt/gt.txt and the like. Without it,
            the data sets are listed: where they can be had, their licence and layout.
    """
    from lighttrack.experiments.datasets import DATA_SETS, check_data

    if folder is None:
        for each in DATA_SETS:
            tell(f"{each.name}: {each.title}")
            for label in ("where", "licence", "layout", "used_by"):
                tell(f"    {label.replace('_', ' ')}: {getattr(each, label)}")
        return 0
    found = check_data(folder)
    tell(f"{folder}: {found.kind}, {counted(found.sequences, 'sequence')}")
    for problem in found.problems:
        tell(f"  {problem}")
    return 1 if found.problems else 0
