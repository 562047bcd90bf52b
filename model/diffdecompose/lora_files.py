"""LoRA files as they are found: kohya, diffusers and peft layouts, read into one form. Changes no model.

diffusers    transformer.transformer_blocks.0.attn.to_q.lora_A.weight (also without the first word)
kohya        lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight, often with lora_te1_* for CLIP
peft         base_model.model.transformer_blocks.0.attn.to_q.lora_A.weight, alpha in adapter_config.json

Whatever is not for the transformer (text encoders, embedders outside the blocks) is left out and named:
the text encoders' answers are cached, so an adapter on them would work for some prompts and not for others.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders import FluxLoraLoaderMixin
from safetensors import safe_open

from ..errors import InvalidRequest
from .errors import WrongLora
from .recipe import Recipe

__all__ = ["FILE", "PEFT_FILE", "LoraFile", "find", "read", "read_recipe"]

FILE = "pytorch_lora_weights.safetensors"
"""The name that diffusers gives and looks for."""
PEFT_FILE = "adapter_model.safetensors"
"""The name that peft gives; `adapter_config.json` lies beside it."""

_PEFT = "base_model.model."
_BLOCKS = ("transformer_blocks.", "single_transformer_blocks.")


@dataclass(frozen=True, eq=False)
class LoraFile:
    """weights: "transformer.MODULE.lora_A|B.weight" -> tensor; their product is the change at scale 1.

    settings: peft settings as diffusers wrote them, which then scale the product; None = alpha is the rank.
    recipe: how this program trained it; None for a file of another program.
    ignored: one phrase for each part that was left out, for a person.
    """

    name: str
    weights: Mapping[str, torch.Tensor]
    settings: Mapping[str, Any] | None
    recipe: Recipe | None
    ignored: tuple[str, ...]


def find(path: Path) -> Path:
    """The LoRA's file: `path` itself, or what `path` holds as a folder. Raises InvalidRequest where there is none."""
    found = [path / FILE, path / PEFT_FILE] if path.is_dir() else [path]
    for file in found:
        if file.is_file():
            return file
    raise InvalidRequest(f"there is no LoRA at {found[0]}: give a .safetensors file or a folder holding {FILE}")


def read_recipe(file: Path) -> Recipe | None:
    """How the LoRA in `file` was trained, None where it does not say. Raises WrongLora for an unreadable file."""
    return Recipe.from_metadata(_open(file)[1], file.name)


def read(file: Path) -> LoraFile:
    """All of a LoRA that is for the transformer, in one form. Raises WrongLora where it is none of the layouts."""
    tensors, metadata = _open(file)
    recipe = Recipe.from_metadata(metadata, file.name)
    settings = None
    if any(key.removeprefix(_PEFT).startswith(_BLOCKS) for key in tensors):
        weights = {"transformer." + key.removeprefix(_PEFT): value for key, value in tensors.items()}
        alphas = _peft_alphas(file, weights)
    else:
        weights, alphas, settings = _convert(tensors, metadata, file.name)
    mine = {key: value for key, value in weights.items() if key.startswith("transformer.") and ".lora_" in key}
    ignored = Counter(key.partition(".")[0] for key in weights if key not in mine)
    phrases = tuple(f"{part} ({count} weights)" for part, count in sorted(ignored.items()))
    return LoraFile(file.name, _scaled(mine, alphas), settings, recipe, phrases)


def _open(file: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    try:
        with safe_open(file, framework="pt") as opened:
            return {key: opened.get_tensor(key) for key in opened.keys()}, opened.metadata() or {}  # noqa: SIM118
    except Exception as error:  # safetensors raises its own, and others below it, for damaged files
        raise WrongLora(f"{file.name} cannot be read as a LoRA of Flux: choose another file") from error


def _convert(
    tensors: dict[str, torch.Tensor], metadata: Mapping[str, str], name: str
) -> tuple[dict[str, torch.Tensor], dict[str, float], dict[str, Any] | None]:
    """Weights and alphas by diffusers' own converters, and the peft settings that diffusers keeps in the metadata."""
    # The converter for kohya files refuses what it does not know; the second text encoder of Flux is such a part.
    known = {key: value for key, value in tensors.items() if not key.startswith("lora_te2_")}
    try:
        weights, alphas = FluxLoraLoaderMixin.lora_state_dict(dict(known), return_alphas=True)
        settings = json.loads(metadata["lora_adapter_metadata"]) if "lora_adapter_metadata" in metadata else None
    except Exception as error:  # the converters fail in as many ways as there are foreign layouts
        raise WrongLora(f"{name} cannot be read as a LoRA of Flux: choose another file") from error
    weights |= {f"text_encoder_2.{key}": value for key, value in tensors.items() if key not in known}
    return weights, {key: float(alpha) for key, alpha in (alphas or {}).items()}, settings


def _peft_alphas(file: Path, weights: Mapping[str, torch.Tensor]) -> dict[str, float]:
    """Alpha of every module by the configuration beside a peft file; empty without one, alpha is then the rank."""
    path = file.parent / "adapter_config.json"
    if not path.is_file():
        return {}
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        usual, others, by_root = (
            float(config["lora_alpha"]),
            config.get("alpha_pattern") or {},
            config.get("use_rslora"),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise WrongLora(f"{path} does not name lora_alpha: fetch the adapter again") from error
    alphas = {}
    for key, value in weights.items():
        module, _, side = key.rpartition(".lora_B.")
        if side == "weight":
            alpha = next((float(a) for ending, a in others.items() if module.endswith(ending)), usual)
            alphas[f"{module}.alpha"] = alpha * value.shape[1] ** 0.5 if by_root else alpha
    return alphas


def _scaled(weights: Mapping[str, torch.Tensor], alphas: Mapping[str, float]) -> dict[str, torch.Tensor]:
    """The same change with alpha equal to the rank everywhere: alpha / rank is multiplied into B."""
    scaled = dict(weights)
    for key, alpha in alphas.items():
        up = f"{key.removesuffix('.alpha')}.lora_B.weight"
        if up in scaled:
            scaled[up] = scaled[up] * (alpha / scaled[up].shape[1])
    return scaled
