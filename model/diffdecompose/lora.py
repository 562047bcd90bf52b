"""Adapters of the transformer: the paper's rank-128 LoRA, and any others stacked with it.

A thin layer over peft and diffusers' loader. What it adds: a file is checked against the transformer before
anything is changed, because diffusers skips what it does not know with a log line and goes on without it.
Load adapters before a tier offloads or casts the transformer. Knows nothing of training.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from diffusers import FluxTransformer2DModel
from peft import LoraConfig
from peft.tuners.lora import LoraLayer
from peft.utils import get_peft_model_state_dict

from ..errors import InvalidRequest
from .errors import WrongLora
from .pipeline import DiffDecomposePipeline

__all__ = ["FILE", "TARGETS", "add", "fuse", "load", "save", "set_scales", "unload"]

FILE = "pytorch_lora_weights.safetensors"
"""The name that diffusers gives and looks for."""

TARGETS = (
    "attn.to_q",
    "attn.to_k",
    "attn.to_v",
    "attn.to_out.0",
    "attn.add_q_proj",
    "attn.add_k_proj",
    "attn.add_v_proj",
    "attn.to_add_out",
    "ff.net.0.proj",
    "ff.net.2",
    "ff_context.net.0.proj",
    "ff_context.net.2",
)
"""Attention and feed-forward of the double blocks, attention of the single ones (endings of module names)."""


def add(transformer: FluxTransformer2DModel, rank: int = 128, name: str = "default") -> None:
    """A fresh adapter that changes nothing yet, ready to be trained; alpha = rank."""
    transformer.add_adapter(
        LoraConfig(r=rank, lora_alpha=rank, init_lora_weights="gaussian", target_modules=list(TARGETS)), name
    )


def save(transformer: FluxTransformer2DModel, folder: Path, name: str = "default") -> Path:
    """Write the adapter as `FILE` in `folder`, in the form that every Flux program reads; returns the path."""
    layers = get_peft_model_state_dict(transformer, adapter_name=name)
    DiffDecomposePipeline.save_lora_weights(folder, transformer_lora_layers=layers)
    return folder / FILE


def load(pipeline: DiffDecomposePipeline, path: Path, name: str, scale: float = 1.0) -> None:
    """Add the adapter in `path` (a safetensors file, or a folder holding `FILE`) as `name`, beside those loaded.

    Raises InvalidRequest where there is no such file or the name is taken, WrongLora where it does not fit.
    """
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        raise InvalidRequest(f"there is no LoRA at {file}: give a .safetensors file or a folder holding {FILE}")
    if name in _names(pipeline):
        raise InvalidRequest(f"a LoRA named {name!r} is already loaded: choose another name or unload it")
    try:
        weights = pipeline.lora_state_dict(str(file), use_safetensors=True)
    except Exception as error:  # diffusers' converters fail in as many ways as there are foreign layouts
        raise WrongLora(f"{file.name} cannot be read as a LoRA of Flux: choose another file") from error
    _require_fit(weights, pipeline.transformer, file.name)
    pipeline.load_lora_weights(str(file), adapter_name=name, use_safetensors=True)
    known = {other: _scale(pipeline, other) for other in _names(pipeline)}
    set_scales(pipeline, known | {name: scale})


def set_scales(pipeline: DiffDecomposePipeline, scales: Mapping[str, float]) -> None:
    """Use exactly these adapters, each with its weight (1 = as trained). Raises InvalidRequest for unknown names."""
    unknown = set(scales) - set(_names(pipeline))
    if unknown:
        raise InvalidRequest(f"no LoRA named {', '.join(sorted(unknown))} is loaded: load it first")
    pipeline.set_adapters(list(scales), list(scales.values()))


def fuse(pipeline: DiffDecomposePipeline) -> None:
    """Add the active adapters into the weights, at their scales, and forget them: no cost per step is left."""
    pipeline.fuse_lora(components=["transformer"])
    pipeline.unload_lora_weights()


def unload(pipeline: DiffDecomposePipeline) -> None:
    """Back to the transformer as it was before the first `load` (fused adapters stay)."""
    pipeline.unload_lora_weights()


def _names(pipeline: DiffDecomposePipeline) -> list[str]:
    return pipeline.get_list_adapters().get("transformer", [])


def _scale(pipeline: DiffDecomposePipeline, name: str) -> float:
    """The weight at which the adapter works now, read off its first layer; a new one works at 1."""
    for module in pipeline.transformer.modules():
        if isinstance(module, LoraLayer) and name in module.scaling:
            return module.scaling[name] * module.r[name] / module.lora_alpha[name]
    return 1.0


def _require_fit(weights: Mapping[str, torch.Tensor], transformer: FluxTransformer2DModel, file: str) -> None:
    """Raises WrongLora at the first weight that has no place in `transformer` or another size than its place."""
    modules = dict(transformer.named_modules())
    fitting = 0
    for key, weight in weights.items():
        part, _, rest = key.partition(".")
        module, _, side = rest.partition(".lora_")
        if part != "transformer" or not side:
            continue
        place = modules.get(module)
        place = getattr(place, "base_layer", place)
        if not isinstance(place, torch.nn.Linear):
            raise WrongLora(f"{file} adapts {module}, which this transformer does not have: it is for another model")
        wanted = place.in_features if side.startswith("A") else place.out_features
        found = weight.shape[1] if side.startswith("A") else weight.shape[0]
        if wanted != found:
            raise WrongLora(
                f"{file} has {found} features at {module}, the transformer {wanted}: it is for another model"
            )
        fitting += 1
    if not fitting:
        raise WrongLora(f"{file} holds nothing for a Flux transformer: it is for another model")
