"""The table of a batch: `batch.csv` for programs, `batch.html` with an image of each result."""

import csv
import io
from collections.abc import Sequence
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

from lighttrack.pipeline.batch.plan import Report
from lighttrack.pipeline.batch.storage import Storage
from lighttrack.pipeline.batch.work import THUMBNAIL
from lighttrack.pipeline.text import counted
from lighttrack.render.page import Section, render

TABLE, GALLERY = "batch.csv", "batch.html"
_FIGURES = ("frames", "people", "ids", "seconds", "fps", "problem")
COLUMNS = ("name", "source", "result", "skipped", *_FIGURES, "error")


def write_report(reports: Sequence[Report], storage: Storage) -> None:
    """Write the table and the gallery into the folder of the batch.

    Raises:
        OSError: if one cannot be written.
    """
    ordered = sorted(reports, key=lambda report: report.job.name)
    storage.write(TABLE, _table(ordered).encode())
    storage.write(GALLERY, _gallery(ordered).encode())


def _table(reports: Sequence[Report]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for report in reports:
        figures = [report.figures.get(key) for key in _FIGURES]
        writer.writerow(
            [
                report.job.name,
                report.job.source,
                report.result,
                "yes" if report.skipped else "no",
                *("" if value is None else value for value in figures),
                report.error or "",
            ]
        )
    return text.getvalue()


def _gallery(reports: Sequence[Report]) -> str:
    failed = [report for report in reports if report.result != "done"]
    done = [report for report in reports if report.result == "done"]
    sections = []
    if failed:
        sections.append(Section("Not done", content=(_cards(failed),)))
    if done:
        sections.append(Section("Done", content=(_cards(done),)))
    lead = f"{len(done)} of {counted(len(reports), 'video')} done"
    frames = sum(report.figures.get("frames", 0) for report in reports)
    return render("Batch", sections, lead=f"{lead}, {counted(frames, 'frame')} in all")


def _cards(reports: Sequence[Report]) -> str:
    return f'<div class="moments">{"".join(_card(report) for report in reports)}</div>'


def _card(report: Report) -> str:
    folder = PurePosixPath(report.job.folder)
    thumbnail = f"{report.job.stem}{THUMBNAIL}"
    image = ""
    if thumbnail in report.outputs:
        link = quote(str(folder / (_video_of(report) or thumbnail)))
        image = (
            f'<a href="{link}"><img loading="lazy" width="320" '
            f'src="{quote(str(folder / thumbnail))}" alt="{escape(report.job.name)}"></a>'
        )
    return f"<figure>{image}<figcaption>{_caption(report)}</figcaption></figure>"


def _video_of(report: Report) -> str | None:
    return next((name for name in report.outputs if name == f"{report.job.stem}.mp4"), None)


def _caption(report: Report) -> str:
    figures = report.figures
    lines = [f"<strong>{escape(report.job.name)}</strong>"]
    if figures:
        ids = counted(figures["ids"], "identity", "identities")
        lines.append(f"{counted(figures['frames'], 'frame')}, {ids}, {figures['fps']:.0f} frames/s")
    for text in (figures.get("problem"), report.error):
        if text:
            lines.append(escape(text))
    return "<br>".join(lines)
