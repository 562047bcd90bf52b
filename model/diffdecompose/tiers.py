"""The same model in less memory. From most faithful to smallest; each names what it costs and what it needs.

Adapters are fused before weights shrink, so a tier never meets a LoRA. Only the linear layers inside the
blocks shrink: they are over 99 % of the weights; what is outside decides colours and stays in bf16. The
autoencoder stays in float32: bf16 could not even name 256 levels of a picture. Knows nothing of sampling.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import FluxTransformer2DModel

from ..errors import EngineUnavailable
from . import alpha_vae, lora, lora_files
from .memory import Tier, TierFacts, TierTable
from .pipeline import DiffDecomposePipeline
from .prompts import PromptCache, fingerprint
from .quantise import Bits, to_8_bit, to_nf4

__all__ = [
    "TIERS",
    "distilled_steps",
    "load",
    "load_text_encoders",
    "shrink",
]


_CPU = torch.device("cpu")

_TILE = 1024
"""Pixels; larger pictures go through the autoencoder in tiles of this side."""


TIERS = TierTable(
    (
        TierFacts(Tier.BF16, 24.1, None, "everything on the device, as trained"),
        TierFacts(Tier.OFFLOAD, 23.8, None, "as trained, one part on the device at a time"),
        TierFacts(Tier.FP8, 13.6, "torchao", "8-bit floats; the fastest on Ada, Hopper and newer"),
        TierFacts(Tier.INT8, 13.6, "torchao", "8-bit integers, for older devices"),
        TierFacts(Tier.NF4, 8.7, "bitsandbytes", "4-bit normal floats"),
        TierFacts(Tier.GGUF, 8.7, "gguf", "weights from a GGUF file, size as the file"),
        TierFacts(Tier.GROUP, 4.5, None, "8-bit storage, blocks fetched as they are needed; slow"),
    )
)
"""gib: at 512 px without text encoders, from parameters times bytes plus 1.5 for activations."""


def load(folder: Path, tier: Tier, device: torch.device, cache: Path | None = None) -> DiffDecomposePipeline:
    """The pipeline of `folder` in `tier`, without text encoders, its `lora` folder fused in.

    cache: where prompt embeddings are kept; None = not at all.
    Raises EngineUnavailable for a missing library or incomplete folder, WrongComponents, WrongLora.
    """
    TIERS.require_library(tier)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    no_text = dict.fromkeys(("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"))
    parts = {"transformer": _from_gguf(folder, dtype)} if tier is Tier.GGUF else {}
    settings = _trained_settings(folder)
    try:
        pipeline = DiffDecomposePipeline.from_pretrained(
            str(folder), torch_dtype=dtype, local_files_only=True, **no_text, **parts, **settings
        )
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"the model folder {folder} cannot be loaded ({error}): fetch it again") from error
    pipeline.vae.to(torch.float32)
    alpha_vae.tile(pipeline.vae, _TILE)
    pipeline.set_progress_bar_config(disable=True)
    if (folder / "lora").is_dir():
        lora.load(pipeline, folder / "lora", "decompose")
        if tier is not Tier.GGUF:  # few-bit files cannot take a sum; there the adapter stays beside the weights
            lora.fuse(pipeline)
    if cache is not None:
        pipeline.prompt_cache = PromptCache(cache, fingerprint(folder))
    shrink(pipeline, tier, device)
    return pipeline


def _trained_settings(folder: Path) -> dict[str, Any]:
    """How the folder's LoRA was trained, as far as the model folder does not say itself.

    FLUX.1-dev's own index says nothing; an index that says something else is a contradiction, which loading the
    LoRA then names.
    """
    if not (folder / "lora").is_dir():
        return {}
    recipe = lora_files.read_recipe(lora_files.find(folder / "lora"))
    try:
        said = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"the model folder {folder} cannot be loaded ({error}): fetch it again") from error
    trained = {name: getattr(recipe, name) for name in ("position", "guidance", "max_tokens")} if recipe else {}
    return {name: value for name, value in trained.items() if name not in said}


def distilled_steps(folder: Path) -> int:
    """How many sampling steps the folder's LoRA was distilled for; 0 = any number. Raises WrongLora."""
    if not (folder / "lora").is_dir():
        return 0
    recipe = lora_files.read_recipe(lora_files.find(folder / "lora"))
    return recipe.steps if recipe else 0


@contextmanager
def load_text_encoders(pipeline: DiffDecomposePipeline, folder: Path, device: torch.device = _CPU) -> Iterator[None]:
    """Both text encoders of `folder` in the pipeline for the length of the block, on `device`.

    In use they stay on the CPU: a prompt is one pass of T5, seconds there, against gigabytes of device memory
    beside the transformer. Training encodes thousands before the transformer needs the device.
    """
    from transformers import AutoTokenizer, CLIPTextModel, CLIPTokenizer, T5EncoderModel

    try:
        pipeline.tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        pipeline.tokenizer_2 = AutoTokenizer.from_pretrained(folder / "tokenizer_2")
        pipeline.text_encoder = CLIPTextModel.from_pretrained(folder / "text_encoder", dtype="auto").to(device)
        pipeline.text_encoder_2 = T5EncoderModel.from_pretrained(folder / "text_encoder_2", dtype="auto").to(device)
        yield
    except OSError as error:
        raise EngineUnavailable(
            f"the text encoders in {folder} cannot be loaded ({error}): fetch them again"
        ) from error
    finally:
        pipeline.tokenizer = pipeline.tokenizer_2 = pipeline.text_encoder = pipeline.text_encoder_2 = None


def shrink(pipeline: DiffDecomposePipeline, tier: Tier, device: torch.device) -> None:
    """Bring a pipeline that lies on the CPU onto `device` in the manner of `tier`."""
    transformer = pipeline.transformer
    match tier:
        case Tier.FP8 | Tier.INT8:
            to_8_bit(transformer, Bits(tier), device)
        case Tier.NF4:
            to_nf4(transformer, transformer.dtype)
        case Tier.GROUP:
            transformer.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=transformer.dtype)
            transformer.enable_group_offload(
                onload_device=device,
                offload_device=torch.device("cpu"),
                offload_type="block_level",
                num_blocks_per_group=1,
                use_stream=device.type == "cuda",
            )
            pipeline.vae.to(device)
            return
        case Tier.OFFLOAD if device.type == "cuda":
            pipeline.enable_model_cpu_offload(device=device)
            return
    pipeline.to(device)


def _from_gguf(folder: Path, dtype: torch.dtype) -> FluxTransformer2DModel:
    files = sorted(folder.glob("*.gguf"))
    if not files:
        raise EngineUnavailable(f"the gguf tier needs a .gguf file in {folder}: put one there or choose another tier")
    from diffusers import GGUFQuantizationConfig

    return FluxTransformer2DModel.from_single_file(
        str(files[0]),
        config=str(folder),
        subfolder="transformer",
        quantization_config=GGUFQuantizationConfig(compute_dtype=dtype),
        torch_dtype=dtype,
        local_files_only=True,
    )
