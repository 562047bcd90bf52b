"""Qwen-Image-Layered (arXiv 2512.15603, Apache-2.0 weights) as an engine: opaque-minded layers in normal mode.

Drives diffusers' own pipeline and keeps clear of its traps: one candidate at a time (a batch mixes layers
up), only the two sizes it accepts, never an empty prompt (it would write a caption first, minutes that
cannot be cancelled), one picture of nothing but floats out. `finish` makes the layers exact at native size.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ..errors import EngineUnavailable
from ..types import BlendType, Candidate, Composite, Engine, Options, Quality, Request, Tick
from ..weights.places import models_folder, size_on_disk, why_not

if TYPE_CHECKING:
    from diffusers import QwenImageLayeredPipeline

    from ..diffdecompose.answers import Answer
    from ..diffdecompose.memory import Tier

__all__ = ["QwenLayeredEngine", "create", "missing"]

_LIBRARIES = ("torch", "diffusers", "transformers", "safetensors")
_TOO_LARGE_FOR_A_CPU = 4 * 2**30
_NEUTRAL = "A picture made of several layers."
_STEPS = {Quality.FAST: 20, Quality.NORMAL: 50, Quality.BEST: 50}
_SIDE = {Quality.FAST: 640, Quality.NORMAL: 640, Quality.BEST: 1024}
_GUIDANCE = 4.0


def missing() -> str | None:
    """Why the engine cannot be made here; None = ready. Imports no torch."""
    return why_not(models_folder() / "qwen-layered", _LIBRARIES)


def create() -> Engine:
    """The engine on the best device here. Raises EngineUnavailable."""
    reason = missing()
    if reason:
        raise EngineUnavailable(reason)
    return QwenLayeredEngine(models_folder() / "qwen-layered")


class QwenLayeredEngine:
    """folder: a model folder of `QwenImageLayeredPipeline`; its caption model's picture processor is not needed.

    Beside it may lie `lora/*.safetensors`, made for few steps, and a `.gguf` file of the transformer.
    tier: None = the most faithful that fits into free memory.
    """

    name = "qwen-layered"

    def __init__(self, folder: Path, tier: Tier | None = None) -> None:
        import torch

        from ..diffdecompose import qwen_tiers

        self._folder = folder
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if self._device.type == "cpu" and size_on_disk(folder) > _TOO_LARGE_FOR_A_CPU:
            raise EngineUnavailable("qwen-layered needs a CUDA device: choose the engine nano")
        free = torch.cuda.mem_get_info()[0] / 2**30 if self._device.type == "cuda" else 2.0**20
        self.tier = tier or qwen_tiers.TIERS.choose(free, gguf=any(folder.glob("*.gguf")))
        self._few_steps = qwen_tiers.few_steps(folder)
        self._pipeline: QwenImageLayeredPipeline | None = None
        with self._memory_guard():
            self._pipeline = qwen_tiers.load(folder, self.tier, self._device)

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]:
        """Candidates, best first. `options.layers` foregrounds and one background are asked for.

        Raises OutOfMemory, NotFinite, and Cancelled through `tick`.
        """
        from ..diffdecompose.answers import to_candidate
        from ..diffdecompose.qwen_tiers import load

        options = request.options
        picture = _to_rgba8(request.composite)
        width, height = request.composite.size
        candidates = []
        for number in range(options.candidates):
            with self._memory_guard():
                if self._pipeline is None:
                    self._pipeline = load(self._folder, self.tier, self._device)
                layers = self._sample(picture, options, number, tick)
            seen = np.asarray(picture.convert("RGB").resize(layers.shape[2:0:-1], Image.Resampling.BOX)) / 255
            candidates.append(
                to_candidate(
                    _stacked(layers, seen, options.seed + number),
                    seen,
                    (0, 0, width, height),
                    self.name,
                    BlendType.NORMAL,
                    options.kind,
                )
            )
        return sorted(candidates, key=lambda one: -one.confidence)

    def _sample(self, picture: Image.Image, options: Options, number: int, tick: Tick) -> np.ndarray:
        """One set of layers as the pipeline gives them: float n x h x w x 4, 0..1."""
        import torch

        from ..diffdecompose.sequence import require_finite

        assert self._pipeline is not None
        steps = options.steps or self._few_steps or _STEPS[options.quality]

        def after_step(_pipeline, step, _level, tensors):
            require_finite(tensors["latents"], f"step {step + 1} of {steps}")
            tick("network", number * steps + step + 1, options.candidates * steps)
            return tensors

        try:
            answer = self._pipeline(
                image=picture,
                prompt=options.prompt.strip() or _NEUTRAL,
                negative_prompt=" ",
                true_cfg_scale=1.0 if self._few_steps else _GUIDANCE,
                cfg_normalize=True,
                layers=options.layers + 1,
                resolution=_SIDE[options.quality],
                num_inference_steps=steps,
                generator=torch.Generator().manual_seed(options.seed + number),
                callback_on_step_end=after_step,
                output_type="np",
            )
        finally:
            self._pipeline.maybe_free_model_hooks()  # the pipeline itself does so only when it comes to its end
        layers = np.asarray(answer.images[0], np.float32)
        require_finite(torch.from_numpy(layers), "the decoded layers")
        return layers

    def _memory_guard(self) -> AbstractContextManager[None]:
        from ..diffdecompose.memory import smaller_tier_next
        from ..diffdecompose.qwen_tiers import TIERS

        return smaller_tier_next(self, TIERS, "choose the engine flux or nano", ", or ask for fewer layers")


def _stacked(layers: np.ndarray, seen: np.ndarray, seed: int) -> Answer:
    """The layers as one answer, top first. The pipeline puts the bottom first; where the other order explains
    the picture better, that one is believed. What shows through the bottom layer is the picture itself."""
    from ..diffdecompose.answers import Answer, blend_errors

    def ordered(stack: np.ndarray) -> Answer:
        bottom = stack[0]
        background = bottom[..., 3:] * bottom[..., :3] + (1 - bottom[..., 3:]) * seen
        return Answer(tuple(stack[:0:-1]), background.astype(np.float32), seed)

    upward, downward = ordered(layers), ordered(layers[::-1])
    errors = [blend_errors(one, seen)[BlendType.NORMAL] for one in (upward, downward)]
    return downward if errors[1] < errors[0] else upward


def _to_rgba8(composite: Composite) -> Image.Image:
    """8 bits are what the network can tell apart; `finish` works on the picture itself."""
    pixels = composite.pixels
    eight = pixels if pixels.dtype == np.uint8 else (pixels // 257).astype(np.uint8)
    return Image.fromarray(eight).convert("RGBA")
