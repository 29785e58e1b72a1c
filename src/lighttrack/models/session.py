"""Networks compiled by OpenVINO: pixels in, arrays out.

The network's own preprocessing (type, order of channels, mean, deviation, layout) is compiled into
it, so the caller writes 8-bit RGB pixels straight into the network's input and nothing is copied
twice. Each network takes one image at a time, in one of two ways:

- `Network.one`: all threads work on one image (a detector on a frame).
- `Network.many`: as many images at once as there are threads, each on one of them (a pose
  estimator on the people of a frame). On a CPU this beats a batch dimension: no shape has to be
  compiled for each number of people, and an image is cropped while the network runs on others.
"""

import hashlib
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import numpy as np

from lighttrack.structures import Floats, Image

logger = logging.getLogger(__name__)

Fill = Callable[[int, Image], None]
"""Writes image number i into the given pixels `(H, W, 3)`."""

_SHAPES_KEPT = 4
"""Compiled input sizes a network keeps; a video has one, a caller may alternate between a few."""


@dataclass(frozen=True, slots=True)
class PixelContract:
    """What a network expects of its pixels: `(channel - mean) / deviation`, in its own order."""

    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """In the order of `channels`, of values 0 to 255."""

    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """In the order of `channels`, of values 0 to 255."""

    channels: Literal["RGB", "BGR"] = "RGB"
    layout: Literal["NCHW", "NHWC"] = "NCHW"


IMAGENET = PixelContract(mean=(123.675, 116.28, 103.53), deviation=(58.395, 57.12, 57.375))
"""RGB with the mean and deviation of ImageNet, as torchvision and most pose networks have it."""

IMAGENET_BGR = PixelContract(
    mean=(103.53, 116.28, 123.675), deviation=(57.375, 57.12, 58.395), channels="BGR"
)
"""The same for networks that were trained on images as OpenCV reads them."""


def available_threads() -> int:
    """Threads that this process may run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@lru_cache(maxsize=32)
def _sha256(path: Path, size: int, modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256(path: Path) -> str:
    """Hash of a file, in hexadecimal; read once as long as the file does not change."""
    status = path.stat()
    return _sha256(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=1)
def _core() -> Any:
    import openvino

    return openvino.Core()


class Network:
    """A network file, compiled for the image sizes that it is called with.

    It has no state that outlives a call but a clock, and calls from several threads wait for one
    another: one network serves many videos.

    Example:
        >>> network = Network(path, IMAGENET)  # doctest: +SKIP
        >>> fill = lambda number, pixels: np.copyto(pixels, crops[number])
        >>> [maps] = network.many((192, 256), len(crops), fill)  # doctest: +SKIP
    """

    def __init__(
        self,
        path: Path,
        pixels: PixelContract,
        *,
        outputs: Sequence[int] | None = None,
        threads: int | None = None,
    ) -> None:
        """Read the file; it is compiled at its first use.

        Args:
            path: ONNX, TensorFlow Lite, Paddle or OpenVINO file with one input, a batch of
                images.
            pixels: What the network expects of its pixels.
            outputs: Which of its outputs are wanted; what only others need is not computed.
            threads: How many to use; without it, all that this process may run.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file cannot be read as a network, or has several inputs.
        """
        if threads is not None and threads < 1:
            raise ValueError(f"threads must be at least 1, got {threads}")
        if not path.is_file():
            raise FileNotFoundError(f"no network file at {path}")
        self.path = path
        self.sha256 = sha256(path)
        self.threads = threads or available_threads()
        self.seconds = 0.0
        """Spent on inference so far, without writing images and compiling."""
        self._pixels = pixels
        self._outputs = outputs
        self._lock = threading.Lock()
        self._whole: OrderedDict[tuple[int, int], Any] = OrderedDict()
        self._streams: OrderedDict[tuple[int, int], list[Any]] = OrderedDict()
        model = self._read()
        inputs = model.inputs
        if len(inputs) != 1 or inputs[0].partial_shape.rank.get_length() != 4:
            shapes = ", ".join(str(each.partial_shape) for each in inputs)
            raise ValueError(
                f"{path.name}: a network must have one input, a batch of images; got {shapes}"
            )
        self._shape = inputs[0].partial_shape
        self.output_shapes = tuple(_sides(output.partial_shape) for output in model.outputs)
        """Of all outputs of the file; None for a side, or all, that it leaves open."""
        if outputs is not None and max(outputs) >= len(self.output_shapes):
            raise ValueError(
                f"{path.name} has {len(self.output_shapes)} output(s), and {max(outputs) + 1} are "
                "needed for its kind"
            )
        self._first_output = model.output(outputs[0] if outputs else 0).partial_shape

    @property
    def fixed_size(self) -> tuple[int, int] | None:
        """Width and height of the images, if the file fixes them."""
        rows, columns = self._axes()
        if self._shape[rows].is_dynamic or self._shape[columns].is_dynamic:
            return None
        return self._shape[columns].get_length(), self._shape[rows].get_length()

    @property
    def vector_length(self) -> int | None:
        """Length of the last axis of the first wanted output, if the file fixes it."""
        if self._first_output.rank.is_dynamic or self._first_output[-1].is_dynamic:
            return None
        return int(self._first_output[-1].get_length())

    def one(self, size: tuple[int, int], fill: Fill) -> list[Floats]:
        """Run on one image of `size` (width, height) with all threads.

        Args:
            size: Width and height of the network's input.
            fill: Writes the image; called once, with 0 and the pixels `(H, W, 3)`, which hold
                the image before.

        Returns:
            The outputs, each with its batch dimension of 1.
        """
        with self._lock:
            return self._run_whole(size, 0, fill)

    def many(self, size: tuple[int, int], count: int, fill: Fill) -> list[Floats]:
        """Run on `count` images of `size` (width, height), several at once.

        Args:
            size: Width and height of the network's input.
            count: At least 1.
            fill: Writes image i into the pixels `(H, W, 3)`, which hold an earlier image.

        Returns:
            The outputs, each `(count, ...)`.
        """
        # One thread per image is the best use of the threads as long as all have work; a last
        # image that would leave all but one idle is run with all of them.
        alone = count - 1 if count % self.threads == 1 % self.threads else None
        together = count if alone is None or self.threads == 1 else alone
        with self._lock:
            results: list[list[Floats]] = []
            if together:
                results.append(self._run_streams(size, together, fill))
            if together < count:
                results.append(self._run_whole(size, together, fill))
        if len(results) == 1:
            return results[0]
        return [np.concatenate(parts) for parts in zip(*results, strict=True)]

    def _run_whole(self, size: tuple[int, int], number: int, fill: Fill) -> list[Floats]:
        request = self._request(size)
        fill(number, request.input_tensors[0].data[0])
        began = perf_counter()
        request.infer()
        self.seconds += perf_counter() - began
        return [tensor.data.copy() for tensor in request.output_tensors]

    def _run_streams(self, size: tuple[int, int], count: int, fill: Fill) -> list[Floats]:
        # An `openvino.AsyncInferQueue` gives results to a callback in another thread, so it would
        # be no shorter here; it was measured to be no faster.
        requests = self._stream_requests(size)
        results: list[Floats] = []
        began, filling = perf_counter(), 0.0
        for number in range(count + len(requests)):
            request = requests[number % len(requests)]
            done = number - len(requests)
            if done >= 0:
                request.wait()
                if not results:
                    results = [
                        np.empty((count, *tensor.shape[1:]), np.float32)
                        for tensor in request.output_tensors
                    ]
                for result, tensor in zip(results, request.output_tensors, strict=True):
                    result[done] = tensor.data[0]
            if number < count:
                empty = perf_counter()
                fill(number, request.input_tensors[0].data[0])
                filling += perf_counter() - empty
                request.start_async()
        self.seconds += perf_counter() - began - filling
        return results

    def _request(self, size: tuple[int, int]) -> Any:
        if size not in self._whole:
            _make_room(self._whole)
            self._whole[size] = self._compile(size, streams=1).create_infer_request()
        self._whole.move_to_end(size)
        return self._whole[size]

    def _stream_requests(self, size: tuple[int, int]) -> list[Any]:
        if size not in self._streams:
            _make_room(self._streams)
            compiled = self._compile(size, streams=self.threads)
            # One request more than streams, so that a crop is ready when a stream falls free.
            self._streams[size] = [compiled.create_infer_request() for _ in range(self.threads + 1)]
        self._streams.move_to_end(size)
        return self._streams[size]

    def _axes(self) -> tuple[int, int]:
        return (2, 3) if self._pixels.layout == "NCHW" else (1, 2)

    def _read(self) -> Any:
        try:
            return _with_batch(_core().read_model(self.path))
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise ValueError(f"{self.path.name} cannot be read as a network: {reason}") from error

    def _compile(self, size: tuple[int, int], streams: int) -> Any:
        from openvino import Layout, Model, PartialShape, Type
        from openvino.preprocess import ColorFormat, PrePostProcessor

        fixed = self.fixed_size
        if fixed is not None and size != fixed:
            raise ValueError(
                f"{self.path.name} takes images of {fixed[0]}x{fixed[1]}, got {size[0]}x{size[1]}"
            )
        model = self._read()
        if self._outputs is not None:
            wanted = [model.output(index) for index in self._outputs]
            model = Model(wanted, model.get_parameters(), model.get_friendly_name())
        prepare = PrePostProcessor(model)
        source = prepare.input()
        source.tensor().set_element_type(Type.u8).set_layout(Layout("NHWC"))
        source.tensor().set_color_format(ColorFormat.RGB)
        source.model().set_layout(Layout(self._pixels.layout))
        steps = source.preprocess()
        if self._pixels.channels == "BGR":
            steps.convert_color(ColorFormat.BGR)
        steps.convert_element_type(Type.f32)
        steps.mean(list(self._pixels.mean)).scale(list(self._pixels.deviation))
        model = prepare.build()
        model.reshape(PartialShape([1, size[1], size[0], 3]))
        logger.debug("compile %s for %dx%d, %d streams", self.path.name, *size, streams)
        return _core().compile_model(
            model,
            "CPU",
            {
                "NUM_STREAMS": streams,
                "INFERENCE_NUM_THREADS": self.threads,
                "INFERENCE_PRECISION_HINT": "f32",
                # Several trackers on one machine would otherwise be pinned to the same cores.
                "ENABLE_CPU_PINNING": False,
            },
        )


class OneNetwork:
    """What every component of one network has: the network, and its name for the provenance."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @property
    def networks(self) -> Mapping[str, str]:
        """File name and sha256."""
        return {self._network.path.name: self._network.sha256}

    @property
    def network_seconds(self) -> float:
        """Spent on inference so far, without preparing images and reading outputs."""
        return self._network.seconds

    @property
    def output_shapes(self) -> Sequence[tuple[int | None, ...] | None]:
        """Of all outputs of the network's file; None for a side, or all, that it leaves open."""
        return self._network.output_shapes


def _with_batch(model: Any) -> Any:
    """A network of one image `(3, H, W)`, as torchvision exports detectors, as one of a batch."""
    if len(model.inputs) != 1 or model.input().partial_shape.rank.get_length() != 3:
        return model
    from openvino import Model, PartialShape
    from openvino import opset13 as ops

    image = model.input()
    batch = ops.parameter(PartialShape([1, *image.partial_shape]), image.element_type)
    image.replace(ops.squeeze(batch, [0]).output(0))
    return Model(model.get_results(), [batch], model.get_friendly_name())


def _sides(shape: Any) -> tuple[int | None, ...] | None:
    if shape.rank.is_dynamic:
        return None
    return tuple(None if side.is_dynamic else int(side.get_length()) for side in shape)


def _make_room(kept: OrderedDict[tuple[int, int], Any]) -> None:
    while len(kept) >= _SHAPES_KEPT:
        kept.popitem(last=False)
