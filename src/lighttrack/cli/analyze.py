"""`lighttrack analyze`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from lighttrack.cli.messages import counted, note, tell

if TYPE_CHECKING:
    from lighttrack.analysis.scale import Scale
    from lighttrack.structures import TrackedVideo

FilterName = Literal["butterworth", "one_euro", "savitzky_golay", "median", "none"]
Facing = Literal["auto", "right", "left"]


def analyze(
    result: Path,
    /,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    height: float | None = None,
    person: int | None = None,
    distance: str | None = None,
    homography: Path | None = None,
    people: str | None = None,
    filter: FilterName = "butterworth",  # noqa: A002
    cutoff: float | None = None,
    order: int = 4,
    beta: float = 0.9,
    window: int = 9,
    facing: Facing = "auto",
    write: str = "csv",
    plots: str = "html",
) -> None:
    """Measure angles of joints and segments, speeds, strides and jumps of the people in a result.

    Writes `NAME.angles.csv`, `NAME.speeds.csv`, `NAME.events.csv` and a page with the curves.
    Angles are those of the plane of the image: look at people from the side. See docs/analysis.md.

    For example:

        lighttrack analyze out/walk.tracks.jsonl
        lighttrack analyze out/walk.tracks.jsonl --height 1.78 --person 1 --plots png,svg,html
        lighttrack analyze out/walk.tracks.jsonl --distance 100,400,900,400=5 --filter median
        lighttrack analyze out/street.tracks.jsonl --homography ground.csv --write parquet

    Args:
        result: File of tracks in any format that `lighttrack convert` reads.
        output: Folder to write into; by default `NAME.analysis` beside the result.
        height: Metres that a person is tall: lengths and speeds are then metres.
        person: Id of that person; by default the one seen longest.
        distance: Two points of the image in pixels and the metres between them: `X0,Y0,X1,Y1=M`.
        homography: CSV file of four or more points of the ground, `x,y,X,Y` a line: pixels, and
            metres on the ground; positions and speeds are then those of the feet on it.
        people: Ids to look at, separated by commas; by default all.
        filter: Of the keypoints' paths: `butterworth`, `one_euro`, `savitzky_golay`, `median`,
            `none`.
        cutoff: Hz; by default 6 for `butterworth`, and 2.5 for `one_euro`.
        order: Of `butterworth` and of the polynomials of `savitzky_golay`.
        beta: Of `one_euro`.
        window: Frames of `savitzky_golay` and `median`.
        facing: Which way people face in the image; `auto`: where their toes point, frame by frame.
        write: `csv` or `parquet`, or both separated by a comma.
        plots: `png`, `svg`, `html`, separated by commas, or `none`.
    """
    from lighttrack.analysis import Filter
    from lighttrack.analysis import analyze as analyzed
    from lighttrack.analysis.analyze import TABLE_FORMATS
    from lighttrack.formats import read_tracks
    from lighttrack.pipeline.text import listed
    from lighttrack.reports.analysis import PLOT_FORMATS, write_plots

    tables, drawn = listed(write, TABLE_FORMATS), listed(plots, PLOT_FORMATS)
    usual = 2.5 if filter == "one_euro" else 6.0
    smoothing = Filter(filter, cutoff=cutoff or usual, order=order, beta=beta, window=window)
    chosen = None if people is None else [int(part) for part in people.split(",")]
    video = read_tracks(result)
    scale = scale_of(video, height, person, distance, homography)
    found = analyzed(video, scale=scale, smoothing=smoothing, facing=facing, people=chosen)
    folder = output or result.with_name(f"{found.name}.analysis")
    paths = [path for each in tables for path in found.write(folder, format=each)]
    paths += write_plots(found, folder, drawn)
    if scale is not None:
        note(f"scale: {scale.source}")
    jumps = sum(event.kind == "jump" for event in found.events)
    strikes = sum(event.kind == "heel_strike" for event in found.events)
    tell(
        f"{video.info.name}: {counted(len(found.ids()), 'person', 'people')}, "
        f"{counted(strikes, 'heel strike')}, {counted(jumps, 'jump')}; lengths in {found.unit}"
    )
    for path in paths:
        tell(f"  {path}")


def scale_of(
    video: "TrackedVideo",
    height: float | None,
    person: int | None,
    distance: str | None = None,
    homography: Path | None = None,
) -> "Scale | None":
    """The scale that the options name; None without them."""
    from lighttrack.analysis import Scale

    given = [option for option in (height, distance, homography) if option is not None]
    if len(given) > 1:
        raise ValueError("one scale is needed: --height, --distance or --homography, not several")
    if person is not None and height is None:
        raise ValueError("--person says whose --height it is: give both")
    if height is not None:
        return Scale.from_height(video, height, person)
    if distance is not None:
        return Scale.from_text(distance)
    return None if homography is None else Scale.from_file(homography)
