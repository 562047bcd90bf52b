"""Two ways to run the same model: "faithful" computes every step, "fast" takes fewer and skips what repeats.

Step caching (first-block cache) runs the first block, and where its contribution has hardly changed since
the last full step, reuses what the other blocks added then. In context a share of the tokens is clean: z
gives nearly the same residual at every step and thins the measured change out. Knows nothing of pictures.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from diffusers import FirstBlockCacheConfig, FluxTransformer2DModel

__all__ = ["STEPS", "Mode", "caching_threshold", "compile_blocks", "step_caching"]


class Mode(StrEnum):
    FAITHFUL = "faithful"
    FAST = "fast"


STEPS = {Mode.FAITHFUL: 28, Mode.FAST: 14}

_PLAIN_THRESHOLD = 0.12
"""The threshold that text-to-image on Flux is usually run at, every token noisy."""


def caching_threshold(layers: int, plain: float = _PLAIN_THRESHOLD) -> float:
    """The threshold over all tokens that means `plain` over the layers' tokens alone.

    The test is mean |change| over mean |residual|, over z and `layers` layers of equal size. With z's change
    near zero and its residual like the others', the ratio shrinks by layers / (layers + 1); so does the threshold.
    """
    return plain * layers / (layers + 1)


@contextmanager
def step_caching(transformer: FluxTransformer2DModel, layers: int) -> Iterator[None]:
    """Skip repeating steps inside the block; the transformer is as before afterwards."""
    transformer.enable_cache(FirstBlockCacheConfig(threshold=caching_threshold(layers)))
    try:
        yield
    finally:
        transformer.disable_cache()


def compile_blocks(transformer: FluxTransformer2DModel) -> None:
    """Compile each kind of block once and use it for all of its copies: most of the speed, a tenth of the wait."""
    transformer.compile_repeated_blocks(fullgraph=True, dynamic=True)
