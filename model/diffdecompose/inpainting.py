"""The paper's baselines: remove what the mask covers and paint it anew (SDXL-inpainting, FLUX.1 Fill, others).

Runs diffusers' own pipelines from a model folder; the mask is given, or taken from an engine's estimate.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline
from PIL import Image

from ..errors import EngineUnavailable
from ..types import Decomposition

__all__ = ["Inpainting", "mask_of"]

_PROMPT = "background, clean photograph"


class Inpainting:
    """folder: a model folder of StableDiffusionXLInpaintPipeline, FluxFillPipeline or any that AutoPipeline knows.

    steps: None = the pipeline's own. Raises EngineUnavailable where it cannot be loaded.
    """

    def __init__(self, folder: Path, steps: int | None = None, seed: int = 0) -> None:
        gpu = torch.cuda.is_available()
        try:
            # The folder's index names its class: Fill is no task of diffusers' automatic choice.
            self._pipeline: Any = DiffusionPipeline.from_pretrained(
                str(folder), torch_dtype=torch.bfloat16 if gpu else torch.float32, local_files_only=True
            )
        except (OSError, ValueError) as error:
            raise EngineUnavailable(f"{folder} cannot be loaded for inpainting ({error}): fetch it again") from error
        self._pipeline.set_progress_bar_config(disable=True)
        if gpu:
            self._pipeline.enable_model_cpu_offload()
        self._steps = {} if steps is None else {"num_inference_steps": steps}
        self._seed = seed

    def __call__(self, composite: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """composite: uint8 H x W x 3; mask: uint8 H x W, 255 = paint anew. Outside the mask the picture stays."""
        height, width = composite.shape[:2]
        multiple = 2 * self._pipeline.vae_scale_factor
        size = [max(multiple, round(side / multiple) * multiple) for side in (width, height)]
        painted = self._pipeline(
            prompt=_PROMPT,
            image=Image.fromarray(composite).resize(size, Image.Resampling.LANCZOS),
            mask_image=Image.fromarray(mask).resize(size, Image.Resampling.NEAREST),
            width=size[0],
            height=size[1],
            generator=torch.Generator().manual_seed(self._seed),
            **self._steps,
        ).images[0]
        painted = np.asarray(painted.convert("RGB").resize((width, height), Image.Resampling.LANCZOS))
        return np.where(mask[..., None] > 127, painted, composite)


def mask_of(decomposition: Decomposition) -> np.ndarray:
    """Where an engine saw foreground: uint8 H x W, 255 where any layer's alpha passes 3 %."""
    width, height = decomposition.size
    seen = np.zeros((height, width), np.uint8)
    for layer in decomposition.foregrounds:
        alpha = layer.pixels[..., 3] / np.iinfo(layer.pixels.dtype).max
        x, y = layer.offset
        seen[y : y + alpha.shape[0], x : x + alpha.shape[1]][alpha > 0.03] = 255
    return seen
