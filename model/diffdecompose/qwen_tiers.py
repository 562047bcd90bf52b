"""Qwen-Image-Layered in less memory, and in fewer steps. From most faithful to smallest.

A transformer of 20.4 billion parameters and a text encoder of 8.3 billion; from OFFLOAD on, one of them is on the
device at a time. A LoRA for few steps is fused before the weights shrink. Knows nothing of sampling.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ..errors import EngineUnavailable
from .memory import Tier, TierFacts, TierTable
from .quantise import BLOCKS, Bits, to_8_bit, to_nf4

if TYPE_CHECKING:
    from diffusers import QwenImageLayeredPipeline

__all__ = ["ACTIVATIONS", "TIERS", "few_steps", "load"]

ACTIVATIONS = 4.0
"""GiB beside the weights at 640 px and four layers: an estimate, not measured on a device."""

_TEXT_BLOCKS = (".layers.", ".blocks.")
_USUAL_FEW_STEPS = 8


TIERS = TierTable(
    (
        TierFacts(Tier.BF16, 58.0, None, "everything on the device"),
        TierFacts(Tier.OFFLOAD, 42.1, None, "one part on the device at a time"),
        TierFacts(Tier.FP8, 23.2, "torchao", "8-bit floats, one part on the device at a time"),
        TierFacts(Tier.NF4, 13.9, "bitsandbytes", "4-bit normal floats, one part on the device at a time"),
        TierFacts(Tier.GGUF, 17.0, "gguf", "the transformer from a GGUF file; size as the file"),
        TierFacts(Tier.GROUP, 6.0, None, "weights fetched layer by layer; very slow"),
    )
)
"""gib: from parameters times bytes (`quantise.expected_bytes`) plus ACTIVATIONS."""


def few_steps(folder: Path) -> int | None:
    """For how many steps the LoRA in `folder/lora` was made: the number before "step" in its file's name, else 8.

    None where there is no LoRA. Such a LoRA also replaces guidance: it is sampled at 1.
    """
    files = sorted((folder / "lora").glob("*.safetensors"))
    if not files:
        return None
    said = re.search(r"(\d+)[-_ ]?steps?", files[0].name, re.IGNORECASE)
    return int(said[1]) if said else _USUAL_FEW_STEPS


def load(folder: Path, tier: Tier, device: torch.device) -> QwenImageLayeredPipeline:
    """The pipeline of `folder` in `tier` on `device`, a LoRA in `folder/lora` fused in.

    Raises EngineUnavailable for a missing library, an incomplete folder or a LoRA that does not fit.
    """
    from diffusers import QwenImageLayeredPipeline

    TIERS.require_library(tier)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    parts: dict[str, Any] = {"processor": None}
    if tier is Tier.GGUF:
        parts["transformer"] = _from_gguf(folder, dtype)
    try:
        pipeline = QwenImageLayeredPipeline.from_pretrained(folder, torch_dtype=dtype, local_files_only=True, **parts)
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"the model folder {folder} cannot be loaded ({error}): fetch it again") from error
    pipeline.set_progress_bar_config(disable=True)
    _add_lora(pipeline, folder, fused=tier is not Tier.GGUF)  # few-bit files cannot take a sum
    _place(pipeline, tier, device)
    return pipeline


def _add_lora(pipeline: QwenImageLayeredPipeline, folder: Path, fused: bool) -> None:
    files = sorted((folder / "lora").glob("*.safetensors"))
    if not files:
        return
    try:
        pipeline.load_lora_weights(files[0].parent, weight_name=files[0].name, adapter_name="few-steps")
        if "few-steps" not in pipeline.get_list_adapters().get("transformer", []):
            raise ValueError("it holds nothing for the transformer")
        if fused:
            pipeline.fuse_lora(components=["transformer"])
            pipeline.unload_lora_weights()
    except Exception as error:  # diffusers and peft fail in their own ways
        raise EngineUnavailable(f"{files[0]} cannot be used ({error}): take it out of {files[0].parent}") from error


def _place(pipeline: QwenImageLayeredPipeline, tier: Tier, device: torch.device) -> None:
    """Shrink the weights and bring them to the device, in the manner of `tier`."""
    if tier is Tier.FP8:
        to_8_bit(pipeline.transformer, Bits.FP8, device)
    elif tier is Tier.NF4:
        to_nf4(pipeline.transformer, pipeline.transformer.dtype, BLOCKS)
        to_nf4(pipeline.text_encoder, pipeline.text_encoder.dtype, _TEXT_BLOCKS)
    if device.type != "cuda" or tier is Tier.BF16:
        pipeline.to(device)
    elif tier is Tier.GROUP:
        pipeline.enable_sequential_cpu_offload(device=device)
    else:
        pipeline.enable_model_cpu_offload(device=device)


def _from_gguf(folder: Path, dtype: torch.dtype):
    from diffusers import GGUFQuantizationConfig, QwenImageTransformer2DModel

    files = sorted(folder.glob("*.gguf"))
    if not files:
        raise EngineUnavailable(f"the gguf tier needs a .gguf file in {folder}: put one there or choose another tier")
    return QwenImageTransformer2DModel.from_single_file(
        str(files[0]),
        config=str(folder),
        subfolder="transformer",
        quantization_config=GGUFQuantizationConfig(compute_dtype=dtype),
        torch_dtype=dtype,
        local_files_only=True,
    )
