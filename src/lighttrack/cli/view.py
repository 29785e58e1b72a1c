"""`lighttrack view`."""

import time
import webbrowser
from pathlib import Path

from lighttrack.cli.messages import note, tell
from lighttrack.cli.tracking import Flag


def view(
    result: Path,
    /,
    *,
    video: str | None = None,
    compare: Path | None = None,
    retrack: Flag = False,
    page: Path | None = None,
    overwrite: Flag = False,
    host: str = "127.0.0.1",
    port: int = 0,
    browser: bool = True,
) -> int:
    """Look at a stored result in the browser, and correct it, until Ctrl-C.

    A player with a row for each person; moments in which identities are in doubt, the most doubtful
    first; swap, merge, split, delete, rename, undo. Corrections are saved as a new result.
    Needs `pip install "lighttrack[view]"`.

    For example:

        lighttrack view out/match.tracks.jsonl
        lighttrack view out/match.tracks.jsonl --video match.mp4 --compare truth.txt
        lighttrack view out/match.tracks.jsonl --page match.html
        lighttrack view out

    Args:
        result: File of tracks in any format that `lighttrack convert` reads, or a folder of results
            (`*.tracks.jsonl`), which is shown as a gallery.
        video: The video, if it does not lie any more where the result says.
        compare: A second result, or ground truth, shown side by side; switches of identity between
            the two are marked.
        retrack: Track again from where a correction is made, with the networks of the result.
        page: Write the page as one HTML file, with the people and without the video, and end.
        overwrite: Replace that file if it exists.
        host: Address of this machine to listen on; others than the default let other machines in
            that have the page's address with its token.
        port: Port to listen on; by default one that is free.
        browser: Open the page in the browser.
    """
    from lighttrack.view.result_pages import app_of, write_page
    from lighttrack.view.serving import PageServer

    if page is not None:
        write_page(result, page, other=compare, overwrite=overwrite)
        tell(str(page))
        return 0
    with PageServer(host=host, port=port) as server:
        app = app_of(
            result,
            video=video,
            other=compare,
            retracking=retrack,
            say=note,
            on_save=lambda path: tell(f"  {path}"),
        )
        tell(server.address)
        server.start(app)
        if browser:
            webbrowser.open(server.address)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return 0
