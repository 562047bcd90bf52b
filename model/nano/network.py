"""Runs the exported graph with ONNX Runtime: arrays in, arrays out.

Knows nothing of pictures' sizes, tiles or blend types beyond the channel order in `layout`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ..errors import EngineUnavailable
from ..imaging.threads import thread_limit
from . import layout

__all__ = ["MARKS", "NETWORKS", "VEILS", "WEATHER", "Network", "NetworkOutput", "load_packaged"]

MARKS = Path(__file__).with_name("marks.onnx")
"""Watermarks; looks at whole pictures and at native tiles."""

VEILS = Path(__file__).with_name("veils.onnx")
"""What is spread over a picture: fog, flares, shadows, cells, glass; looks at whole pictures, much reduced."""

WEATHER = Path(__file__).with_name("weather.onnx")
"""What falls or settles: rain, snow, dirt, stains; looks at whole pictures and at native tiles."""

NETWORKS = (MARKS, VEILS, WEATHER)
"""In the order in which `model.engines.nano.NanoEngine` takes them."""


@dataclass(frozen=True, eq=False)
class NetworkOutput:
    """What one pass saw. layer: float32 10 x h x w as in `layout`; blend, kind: probabilities, 4 and 9."""

    layer: np.ndarray
    blend: np.ndarray
    kind: np.ndarray

    @property
    def emission(self) -> np.ndarray:
        return self.layer[0:3]

    @property
    def opacity(self) -> np.ndarray:
        return self.layer[3:6]

    @property
    def paint(self) -> np.ndarray:
        return self.layer[6:9]

    @property
    def presence(self) -> np.ndarray:
        return self.layer[9]


def softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


class Network:
    """One loaded graph. threads: 0 lets ONNX Runtime choose. Raises EngineUnavailable where the file is missing."""

    def __init__(self, weights: Path, threads: int = 0) -> None:
        import onnxruntime

        if not weights.is_file():
            raise EngineUnavailable(f"the weights {weights.name} are missing: reinstall, or choose --engine classic")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or thread_limit()
        options.log_severity_level = 3
        options.enable_mem_pattern = False
        # An arena kept would hold its peak for the life of the process; without one every pass asks the system for
        # its memory anew (1 MP: 2.1 s and 577 MB at most, 1.4 s and 328 MB with an arena given back after each run).
        self.once = onnxruntime.RunOptions()
        self.once.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        self.session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])

    @property
    def has_latent(self) -> bool:
        """Whether a latent changes the answer."""
        return any(given.name == "latent" for given in self.session.get_inputs())

    def predict(self, picture: np.ndarray, condition: np.ndarray, latent: np.ndarray | None = None) -> NetworkOutput:
        """picture: float32 12 x H x W, any size; condition: float32 17; latent: float32 4, None: the middle answer.

        Pads to the stride and crops back.
        """
        _, height, width = picture.shape
        bottom, right = -height % layout.STRIDE, -width % layout.STRIDE
        padded = np.pad(picture, ((0, 0), (0, bottom), (0, right)), mode="edge") if bottom or right else picture
        feeds = {"picture": padded[None], "condition": condition[None]}
        if self.has_latent:
            feeds["latent"] = (np.zeros(layout.LATENT_WIDTH, np.float32) if latent is None else latent)[None]
        layer, blend, kind = (np.asarray(out) for out in self.session.run(["layer", "blend", "kind"], feeds, self.once))
        return NetworkOutput(layer[0, :, :height, :width], softmax(blend[0]), softmax(kind[0]))


@cache
def load_packaged(weights: Path) -> Network:
    """A network of the package, one of NETWORKS, loaded once a process."""
    return Network(weights)
