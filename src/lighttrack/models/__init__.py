"""Networks behind the protocols of `lighttrack.structures.protocols`."""

from typing import Any

__all__ = ["build_appearance", "build_detector", "build_estimator"]


def __getattr__(name: str) -> Any:
    # The builders pull in OpenVINO and OpenCV, which `import lighttrack` must not.
    if name in __all__:
        from lighttrack.models import builders

        return getattr(builders, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
