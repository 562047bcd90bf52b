"""DiffDecompose on Flux as an engine: a request in, candidates out. The method itself is `model.diffdecompose`.

Looks at a copy in the aspect bucket that training would put it into; `finish` brings the layers to native size. Needs
torch, diffusers and weights on disk, imported and loaded only when the engine is made.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..diffdecompose.buckets import SIDE, bucket, resize
from ..errors import EngineUnavailable
from ..types import Candidate, Engine, Options, Quality, Request, Tick
from ..weights.places import models_folder, prompts_folder, size_on_disk, why_not

if TYPE_CHECKING:
    from ..diffdecompose.memory import Tier
    from ..diffdecompose.pipeline import DiffDecomposePipeline
    from ..diffdecompose.prompts import LayerPrompts, Prompt, TextEmbedding

__all__ = ["FluxEngine", "create", "missing"]

_LIBRARIES = ("torch", "diffusers", "transformers", "peft", "safetensors")
_TOO_LARGE_FOR_A_CPU = 4 * 2**30  # bytes of weights; a step of Flux takes minutes without a GPU


def missing() -> str | None:
    """Why the engine cannot be made here; None = ready. Imports no torch."""
    return why_not(models_folder() / "flux", _LIBRARIES)


def create() -> Engine:
    """The engine on the best device here, in the most faithful tier that fits. Raises EngineUnavailable."""
    reason = missing()
    if reason:
        raise EngineUnavailable(reason)
    return FluxEngine(models_folder() / "flux")


class FluxEngine:
    """folder: see `model.weights.places`. tier: None = the most faithful that fits into free memory."""

    name = "flux"

    def __init__(self, folder: Path, tier: Tier | None = None) -> None:
        import torch

        from ..diffdecompose import tiers

        self._folder = folder
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if self._device.type == "cpu" and size_on_disk(folder) > _TOO_LARGE_FOR_A_CPU:
            raise EngineUnavailable("flux needs a CUDA device of 8 GB or more: choose the engine nano")
        free = torch.cuda.mem_get_info()[0] / 2**30 if self._device.type == "cuda" else 2.0**20
        self.tier = tier or tiers.TIERS.choose(free, gguf=any(folder.glob("*.gguf")))
        self._pipeline: DiffDecomposePipeline | None = None
        self._few_steps = tiers.distilled_steps(folder)
        with self._memory_guard():
            self._pipeline = self._load()

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]:
        """Candidates, best first: the better a sample's layers recompose to the picture, the higher.

        Raises OutOfMemory, after which the next call uses a smaller tier; NotFinite; Cancelled through `tick`.
        """
        from ..diffdecompose.answers import to_candidate
        from ..diffdecompose.prompts import describe

        options = request.options
        picture = _look(request.composite.pixels)
        tick("text", 0, 1)
        with self._memory_guard():
            self._pipeline = self._pipeline or self._load()
            text = self._read(describe(_words(options), options.blend, options.layers))
            tick("text", 1, 1)
            answers = self._sample(picture, text, options, tick)
        width, height = request.composite.size
        hint = None if request.hint is None else _hint(request.hint, picture.shape)
        candidates = [
            to_candidate(
                answer, picture[..., :3], (0, 0, width, height), self.name, options.blend, options.kind, presence=hint
            )
            for answer in answers
        ]
        return sorted(candidates, key=lambda one: -one.confidence)

    def _sample(self, picture: np.ndarray, text: TextEmbedding, options: Options, tick: Tick):
        from ..diffdecompose.speed import STEPS, Mode, Unchanged

        assert self._pipeline is not None
        mode = Mode.FAST if options.quality is Quality.FAST else Mode.FAITHFUL
        answers = self._pipeline(
            picture,
            text=text,
            num_layers=options.layers + 1,
            steps=options.steps or self._few_steps or STEPS[mode] * (2 if options.quality is Quality.BEST else 1),
            seeds=options.seed,
            num_candidates=options.candidates,
            cache=Unchanged() if mode is Mode.FAST and not self._few_steps else None,
            callback=lambda step, steps, _layers: tick("network", step, steps),
        )
        return answers.candidates

    def _read(self, prompt: Prompt) -> TextEmbedding:
        """The prompt's embedding; the text encoders are loaded only for words never seen before, and let go again."""
        pipeline = self._pipeline
        assert pipeline is not None
        cache, length = pipeline.prompt_cache, pipeline.config["max_tokens"]
        found = cache.get(prompt, length) if cache else None
        if found is not None:
            return found
        from ..diffdecompose.tiers import load_text_encoders

        with load_text_encoders(pipeline, self._folder):
            return pipeline.embed(prompt)

    def _load(self) -> DiffDecomposePipeline:
        from ..diffdecompose import tiers
        from ..diffdecompose.memory import Tier
        from ..diffdecompose.speed import compile_blocks

        pipeline = tiers.load(self._folder, self.tier, self._device, cache=prompts_folder())
        if self._device.type == "cuda" and self.tier in (Tier.BF16, Tier.FP8):
            compile_blocks(pipeline.transformer)  # the worker lives on: the first call waits, no later one of any shape
        return pipeline

    def _memory_guard(self) -> AbstractContextManager[None]:
        from ..diffdecompose.memory import smaller_tier_next
        from ..diffdecompose.tiers import TIERS

        return smaller_tier_next(self, TIERS, "close other programs or choose nano")


def _words(options: Options) -> LayerPrompts:
    """The user's words describe the foreground; without any, the kind does."""
    from ..diffdecompose.prompts import KIND_WORDS, LayerPrompts

    said = options.prompt.strip() or (KIND_WORDS[options.kind] if options.kind else "")
    return LayerPrompts(foregrounds=(said,) if said else ())


def _look(pixels: np.ndarray) -> np.ndarray:
    """The picture as the network sees it, in its aspect bucket: float32 h x w x 3|4, 0..1."""
    height, width = pixels.shape[:2]
    return resize(pixels.astype(np.float32) / np.iinfo(pixels.dtype).max, bucket(height, width, SIDE))


def _hint(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A hint as float32 h x w, 0..1: grown by a few pixels, since users draw inside the edge."""
    small = cv2.resize(mask, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    grown = cv2.dilate(small, np.ones((9, 9), np.uint8))
    return cv2.GaussianBlur(grown, (0, 0), 2).astype(np.float32) / 255
