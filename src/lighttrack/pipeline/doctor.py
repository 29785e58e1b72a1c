"""What a bug report needs to say of the machine: versions, devices, cache, networks."""

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from lighttrack._version import __version__


def about_this_machine() -> dict[str, str]:
    """Names and values, in the order in which they are shown; nothing is fetched or sent.

    Example:
        >>> "python" in about_this_machine()
        True
    """
    return dict(_facts())


def _facts() -> Iterator[tuple[str, str]]:
    yield "lighttrack", __version__
    yield "python", f"{platform.python_version()} ({sys.executable})"
    yield "system", f"{platform.platform()}, {platform.machine()}"
    yield "processors", str(os.cpu_count())
    yield from _packages()
    yield "FFmpeg", _ffmpeg()
    yield "devices", _devices()
    yield from _networks()
    yield "consoles", f"{sys.stdout.encoding}, {sys.stderr.encoding}"


def _packages() -> Iterator[tuple[str, str]]:
    for requirement in requires("lighttrack") or ():
        if "extra ==" in requirement:
            continue
        name = requirement.split(";")[0].split(">")[0].split("=")[0].strip()
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "missing"


def _ffmpeg() -> str:
    try:
        import av
    except ImportError as error:
        return f"cannot be loaded: {error}"
    return ", ".join(
        f"{name} {'.'.join(map(str, number))}" for name, number in av.library_versions.items()
    )


def _devices() -> str:
    try:
        import openvino

        core = openvino.Core()
        return ", ".join(
            f"{name} ({core.get_property(name, 'FULL_DEVICE_NAME')})"
            for name in core.available_devices
        )
    except (ImportError, RuntimeError) as error:
        return f"cannot be listed: {error}"


def _networks() -> Iterator[tuple[str, str]]:
    from lighttrack.models import assets

    yield "LIGHTTRACK_MODELS", os.environ.get("LIGHTTRACK_MODELS", "not set")
    yield "cache", str(assets.cache_folder())
    for asset in assets.list_assets():
        try:
            yield f"network {asset.name}", str(assets.path(asset.name))
        except assets.AssetError:
            yield f"network {asset.name}", "not here"
