"""`lighttrack models`: the networks of the catalog, and where they are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from lighttrack.cli.messages import tell

if TYPE_CHECKING:
    from lighttrack.models.catalog import Asset

_HELP = """
Networks and clips that lighttrack knows by name: list, fetch, find and check them.

A file is looked for in the folder that `LIGHTTRACK_MODELS` names, then in the cache; else it is
fetched once from its publisher, and its hash is checked.

    lighttrack models list
    lighttrack models fetch rtmdet-nano-person tinypose-256x192
"""

_HEADINGS = {
    "detector": "Detectors",
    "estimator": "Pose estimators",
    "appearance": "Appearance networks",
    "clip": "Clips",
}

app = App(name="models", help=_HELP, help_format="markdown")


@app.command(name="list")
def list_models() -> None:
    """Show presets and networks: what each is, its licence, and whether it is on this machine."""
    from lighttrack.models import assets
    from lighttrack.models.presets import PRESETS

    tell("Presets (lighttrack track --preset NAME):")
    for name, preset in PRESETS.items():
        tell(f"  {name:10s} {' + '.join(preset.networks)}: {preset.description}")
    for role, heading in _HEADINGS.items():
        tell(f"\n{heading}:")
        for asset in assets.list_assets():
            if asset.role == role:
                here = "here" if _is_here(asset.name) else _means_of(asset)
                tell(f"  {asset.name} [{here}]\n      {asset.description}\n      {asset.licence}")


@app.command
def fetch(*names: str) -> None:
    """Download networks, so that later runs need no connection.

    Args:
        names: Names of `lighttrack models list`, presets included; without any, the embedded
            preset's networks.
    """
    from lighttrack.models import assets

    for name in _expanded(names or ("embedded",)):
        tell(f"{name}: {assets.fetch(name)}")


@app.command
def path(name: str, /) -> None:
    """Print where the file of a network is; nothing is downloaded.

    Args:
        name: Name of `lighttrack models list`, presets included.
    """
    from lighttrack.models import assets

    for each in _expanded((name,)):
        tell(str(assets.path(each)))


@app.command
def verify(*names: str) -> None:
    """Check the hashes of networks on this machine.

    Args:
        names: Names of `lighttrack models list`, presets included; without any, all that are here.
    """
    from lighttrack.models import assets

    every = [asset.name for asset in assets.list_assets()]
    for name in _expanded(names) if names else filter(_is_here, every):
        for file in assets.verify(name):
            known = "as at its first download" if file.pinned else "as published"
            tell(f"{name}: {file.path} sha256 {file.sha256}, {known}")


@app.command
def darknet(cfg: Path, weights: Path, /, *, output: Annotated[Path, Parameter(alias="-o")]) -> None:
    """Write YOLOv3, or another network of Darknet's, as ONNX with its contract beside it.

    For example:

        lighttrack models darknet yolov3.cfg yolov3.weights --output yolov3.onnx

    Args:
        cfg: The network's description.
        weights: Its weights.
        output: File to write, for `lighttrack track --detector`. Needs `lighttrack[train]`.
    """
    from lighttrack.training.packages import require_packages

    require_packages()
    from lighttrack.networks.detection.darknet import export_darknet

    tell(f"{export_darknet(cfg, weights, output)}: pass it to lighttrack track --detector")


def _expanded(names: tuple[str, ...]) -> list[str]:
    """Names of networks, with presets replaced by theirs."""
    from lighttrack.models.presets import PRESETS

    every: list[str] = []
    for name in names:
        every += PRESETS[name].networks if name in PRESETS else [name]
    return list(dict.fromkeys(every))


def _means_of(asset: "Asset") -> str:
    """How a network that is not here would come."""
    if not asset.places:
        return "not here, no address"
    known = all(file.sha256 for file in asset.places[0].source.files)
    return "not fetched" if known else "not fetched, to be pinned at its first download"


def _is_here(name: str) -> bool:
    from lighttrack.models import assets

    try:
        assets.path(name)
    except assets.AssetError:
        return False
    return True
