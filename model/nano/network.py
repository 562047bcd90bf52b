"""An exported network with a picture's channels as inputs and its layer as output.

No picture sizes, tiles or blend types beyond the channel order in `layout`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ..errors import EngineUnavailable
from ..imaging.threads import thread_limit
from ..runtime.session import Session, open_fast_session, open_reference_session
from . import layout

__all__ = ["MARKS", "NETWORKS", "VEILS", "WEATHER", "Network", "NetworkOutput", "load_packaged"]

MARKS = Path(__file__).with_name("marks.onnx")
"""Watermarks; predicts whole pictures and native-size tiles."""

VEILS = Path(__file__).with_name("veils.onnx")
"""Foregrounds spread over a picture: fog, flares, shadows, cells, glass; predicts strongly reduced pictures."""

WEATHER = Path(__file__).with_name("weather.onnx")
"""Rain, snow, dirt and stains; predicts whole pictures and native-size tiles."""

NETWORKS = (MARKS, VEILS, WEATHER)
"""In the order in which `model.engines.nano.NanoEngine` takes them."""


@dataclass(frozen=True, eq=False)
class NetworkOutput:
    """The prediction of one pass.

    Attributes
    ----------
    layer : float32 10 x h x w, 0..1, channels as in `layout`
    blend : 4 probabilities, in the order of `layout.BLENDS`
    kind : 9 probabilities, in the order of `layout.KINDS`, then "no foreground"
    """

    layer: np.ndarray
    blend: np.ndarray
    kind: np.ndarray

    @property
    def emission(self) -> np.ndarray:
        """3 x h x w."""
        return self.layer[layout.EMISSION]

    @property
    def opacity(self) -> np.ndarray:
        """3 x h x w, 1 - transmission."""
        return self.layer[layout.OPACITY]

    @property
    def paint(self) -> np.ndarray:
        """3 x h x w, the inpainted background."""
        return self.layer[layout.PAINT]

    @property
    def presence(self) -> np.ndarray:
        """h x w, the probability of a foreground at each pixel."""
        return self.layer[layout.PRESENCE]


OpenSession = Callable[[Path, int], Session]


def softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


class Network:
    """One loaded graph.

    Parameters
    ----------
    weights : Path
        The ONNX file. Raises EngineUnavailable where it is missing.
    threads : int
        0 lets the runtime choose.
    open_session
        What computes the graph, of `model.runtime.session`.
    """

    def __init__(self, weights: Path, threads: int = 0, open_session: OpenSession = open_reference_session) -> None:
        if not weights.is_file():
            raise EngineUnavailable(f"the weights {weights.name} are missing: reinstall, or choose --engine classic")
        self._session = open_session(weights, threads or thread_limit())

    @property
    def has_latent(self) -> bool:
        """Whether a latent changes the prediction."""
        return "latent" in self._session.inputs

    def predict(self, picture: np.ndarray, condition: np.ndarray, latent: np.ndarray | None = None) -> NetworkOutput:
        """Run the network once.

        Parameters
        ----------
        picture : float32 12 x h x w of any size, channels as in `layout`; it is padded to the stride and cropped back
        condition : float32 17, as in `layout`
        latent : float32 4, or None for the zero-latent sample
        """
        _, height, width = picture.shape
        bottom, right = -height % layout.STRIDE, -width % layout.STRIDE
        padded = np.pad(picture, ((0, 0), (0, bottom), (0, right)), mode="edge") if bottom or right else picture
        feeds = {"picture": padded[None], "condition": condition[None]}
        if self.has_latent:
            feeds["latent"] = (np.zeros(layout.LATENT_WIDTH, np.float32) if latent is None else latent)[None]
        outputs = self._session.run(feeds)
        layer, blend, kind = (outputs[name] for name in ("layer", "blend", "kind"))
        return NetworkOutput(layer[0, :, :height, :width], softmax(blend[0]), softmax(kind[0]))


@cache
def load_packaged(weights: Path) -> Network:
    """A network of the package, one of NETWORKS; each is loaded once a process, when it is first used."""
    return Network(weights, open_session=open_fast_session)
