"""`lighttrack edit`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import CycloptsError, Parameter, Token

from lighttrack.cli.messages import counted, note, tell

if TYPE_CHECKING:
    from lighttrack.structures import TrackedVideo

_IDS = {"--swap": 2, "--merge": 2, "--delete": 1, "--rename": 2}
"""How many ids each operation takes."""

_RANGED = ("--swap", "--delete")
"""Operations that can be limited to a part of the video."""


@dataclass(slots=True)
class Operation:
    """One correction, as it was asked for."""

    name: str
    ids: list[int]
    begin: str | None = None
    """A frame (`120`) or a time (`4.8s`)."""
    end: str | None = None


def read_operations(kind: Any, tokens: Sequence[Token]) -> list[Operation]:
    """Corrections in the order in which they stand on the command line.

    Raises:
        ValueError: if one has too few or too many ids, or a range stands where none can.
    """
    operations: list[Operation] = []
    for name, values in _grouped(tokens):
        if name in _IDS:
            operations.append(Operation(name, _ids(name, values)))
            continue
        if len(values) != 1:
            raise ValueError(f"{name} takes one frame or time, got {' '.join(values)}.")
        if not operations or operations[-1].name not in _RANGED:
            raise ValueError(f"{name} stands behind the {' or '.join(_RANGED)} that it limits.")
        if name == "--from":
            operations[-1].begin = values[0]
        else:
            operations[-1].end = values[0]
    return operations


def edit(
    result: Path,
    /,
    *,
    operations: Annotated[
        Sequence[Operation],
        Parameter(
            name=(*_IDS, "--from", "--to"),
            converter=read_operations,
            consume_multiple=(1, None),
            n_tokens=1,
            negative="",
            show_default=False,
        ),
    ] = (),
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Correct the identities of a stored result by hand.

    A new file is written and the old one stays; what was done is recorded in the new one.

    For example:

        lighttrack edit out/match.tracks.jsonl --swap 1 2 --from 120
        lighttrack edit out/match.tracks.jsonl --swap 1 2 --from 4.8s --to 6s --merge 3 7 --delete 9

    Args:
        result: File of tracks in any format that `lighttrack convert` reads.
        operations: Any number of these, done in the order given. `--swap A B` exchanges two ids;
            `--merge A B` makes B part of A; `--delete A` leaves A out; `--rename A B` calls A B.
            `--from` and `--to` behind `--swap` or `--delete` limit it to a part of the video, both
            ends included: frames by their numbers from 0 (`120`) or times in seconds (`4.8s`).
        output: File to write, in the format that its name tells; by default one beside the result,
            `match.edited.tracks.jsonl`, in the same format.
        overwrite: Replace the output if it exists.
    """
    from lighttrack.pipeline.rewriting import Rewriting

    if not operations:  # not left to the parser, which would hide a misspelt option behind it
        what = f"Nothing to do: give {', '.join(_IDS)}."
        raise CycloptsError(msg=what, command_chain=("edit",))
    rewriting = Rewriting(result, output, "edited", overwrite=overwrite)
    video = rewriting.video
    for operation in operations:
        video = _done(video, operation)
    if lost := rewriting.write(video):
        note(lost)
    tell(f"{rewriting.output}: {counted(len(operations), 'correction')}")


def _done(video: "TrackedVideo", operation: Operation) -> "TrackedVideo":
    from lighttrack import refinement
    from lighttrack.refinement.edit import frame_from, frame_until

    function = getattr(refinement, operation.name.removeprefix("--"))
    limits = {
        "from_frame": _frame(video, operation.begin, frame_from),
        "to_frame": _frame(video, operation.end, frame_until),
    }
    given = {name: frame for name, frame in limits.items() if frame is not None}
    edited: TrackedVideo = function(video, *operation.ids, **given)
    return edited


def _frame(
    video: "TrackedVideo", text: str | None, of_time: "Callable[[TrackedVideo, float], int]"
) -> int | None:
    """The number of the frame that a text such as `120` or `4.8s` names."""
    if text is None:
        return None
    is_time = text.endswith("s")
    try:
        number = float(text[:-1]) if is_time else int(text)
    except ValueError:
        raise ValueError(
            f"a part of the video begins and ends with a frame (120) or a time (4.8s), got {text!r}"
        ) from None
    return of_time(video, number) if is_time else int(number)


def _grouped(tokens: Sequence[Token]) -> list[tuple[str, list[str]]]:
    """Options with the values behind each; an option that comes twice stands there twice."""
    groups: list[tuple[str, list[str]]] = []
    for token in tokens:
        if token.index == 0 or not groups:
            groups.append((str(token.keyword), []))
        groups[-1][1].append(token.value)
    return groups


def _ids(name: str, values: Sequence[str]) -> list[int]:
    wanted = _IDS[name]
    if len(values) != wanted:
        what = "one id" if wanted == 1 else f"{wanted} ids"
        raise ValueError(
            f"it takes {what}, got {' '.join(values)}; RESULT stands before all options."
        )
    try:
        return [int(value) for value in values]
    except ValueError:
        raise ValueError(f"ids are whole numbers, got {' '.join(values)}.") from None
