"""What training needs beside the package itself."""

from importlib.util import find_spec


def require_packages() -> None:
    """Refuse to train without the packages of `lighttrack[train]`.

    Raises:
        RuntimeError: naming those that are missing.
    """
    lacking = [name for name in ("torch", "torchvision", "onnx") if find_spec(name) is None]
    if lacking:
        raise RuntimeError(
            f"training needs {', '.join(lacking)}, which is not installed: "
            "pip install 'lighttrack[train]'"
        )
