"""Networks behind the protocols of `lighttrack.structures.protocols`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lighttrack.models.builders import build_appearance, build_detector, build_estimator

__all__ = ["build_appearance", "build_detector", "build_estimator"]


def __getattr__(name: str) -> Any:
    # The builders pull in OpenVINO and OpenCV, which `import lighttrack` must not.
    if name in __all__:
        from lighttrack.models import builders

        return getattr(builders, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
