"""`lighttrack compare`."""

from pathlib import Path

from lighttrack.cli.messages import tell


def compare(run_a: Path, run_b: Path, /, *, most: int = 20) -> None:
    """Show what changed between two evaluations, the largest changes first.

    Each run is a JSON file that `lighttrack evaluate` wrote, or a folder of such files (of
    `--per-sequence`, say); files of the same name are compared.

    For example:

        lighttrack compare monday.json tuesday.json
        lighttrack compare runs/a runs/b --most 50

    Args:
        run_a: The earlier evaluation.
        run_b: The later evaluation.
        most: How many changes to show.
    """
    from lighttrack.cli.reporting import show
    from lighttrack.evaluation.comparison import changes, load_figures, only_in_one
    from lighttrack.reports.figures import changes_table

    before, after = load_figures(run_a), load_figures(run_b)
    for places, run in zip(only_in_one(before, after), (run_a, run_b), strict=True):
        if places:
            tell(f"only in {run}: {', '.join(places)}")
    found = changes(before, after)
    if found:
        show(changes_table(found, most=most))
    else:
        tell("nothing changed")
