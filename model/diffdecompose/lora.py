"""Adapters of the transformer: the paper's rank-128 LoRA, and any others stacked with it.

A thin layer over peft and diffusers' loader. What it adds: a file is read into one form (`lora_files`) and checked
against the transformer and against how the pipeline is set (`recipe`) before anything is changed, because diffusers
skips what it does not know with a log line and goes on without it.
Load adapters before a tier offloads or casts the transformer. Knows nothing of training.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from diffusers import FluxTransformer2DModel
from peft import LoraConfig
from peft.tuners.lora import LoraLayer
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import save_file

from ..errors import InvalidRequest
from . import lora_files
from .errors import WrongLora
from .lora_files import FILE
from .pipeline import DiffDecomposePipeline
from .recipe import Recipe, base_fingerprint, blend_vocabulary, code_version, require_same

__all__ = [
    "FILE",
    "TARGETS",
    "TEACHER",
    "add",
    "add_teacher",
    "fuse",
    "load",
    "recipe_of",
    "require_fit",
    "save",
    "set_scales",
    "taught_by",
    "unload",
]

_log = logging.getLogger(__name__)

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


TEACHER = "teacher"
"""The name of the adapter that a few-step one learns from."""


def add_teacher(pipeline: DiffDecomposePipeline, path: Path, name: str = "default") -> None:
    """Load the LoRA in `path` beside the fresh adapter `name`, frozen, and let that one begin where it stands.

    Raises what `load` raises, and WrongLora where the ranks differ.
    """
    load(pipeline, path, TEACHER)
    transformer = pipeline.transformer
    weights = get_peft_model_state_dict(transformer, adapter_name=TEACHER)
    own = get_peft_model_state_dict(transformer, adapter_name=name)
    odd = [key for key, value in own.items() if key not in weights or weights[key].shape != value.shape]
    if odd or len(weights) != len(own):
        raise WrongLora(f"{path} adapts other modules or has another rank than what is to be trained: give its rank")
    set_peft_model_state_dict(transformer, weights, adapter_name=name)
    transformer.set_adapter(name)  # also the one that is trained, then


@contextmanager
def taught_by(transformer: FluxTransformer2DModel, name: str = "default") -> Iterator[None]:
    """Within the block the transformer works with the teacher's adapter, afterwards with `name` again."""
    transformer.set_adapter(TEACHER)
    try:
        yield
    finally:
        transformer.set_adapter(name)


def recipe_of(pipeline: DiffDecomposePipeline, base_name: str = "") -> Recipe:
    """How the pipeline is set now: what a LoRA trained in it carries, and what a loaded one is compared with."""
    config = pipeline.config
    return Recipe(
        position=config.position,
        max_tokens=config.max_tokens,
        guidance=config.guidance,
        base=base_fingerprint(pipeline.transformer),
        base_name=base_name,
        blends=blend_vocabulary(),
        code=code_version(),
    )


def save(
    transformer: FluxTransformer2DModel, folder: Path, recipe: Recipe | None = None, name: str = "default"
) -> Path:
    """Write the adapter as `FILE` in `folder`, in the form that every Flux program reads; returns the path.

    recipe: how it was trained, put into the file's metadata; None = not said, and not checked at load.
    """
    layers = get_peft_model_state_dict(transformer, adapter_name=name)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{FILE}.part"
    tensors = {f"transformer.{key}": value.detach().cpu().contiguous() for key, value in layers.items()}
    save_file(tensors, part, metadata={"format": "pt"} | (recipe.to_metadata() if recipe else {}))
    part.replace(folder / FILE)
    return folder / FILE


def load(pipeline: DiffDecomposePipeline, path: Path, name: str, scale: float = 1.0) -> tuple[str, ...]:
    """Add the adapter in `path` (a safetensors file, or a folder holding one) as `name`, beside those loaded.

    Returns what was left out, one sentence each, for a person: a part for the text encoders, for instance.
    Raises InvalidRequest where there is no such file or the name is taken, WrongLora where it does not fit or
    was trained for a pipeline that is set otherwise. In every case nothing has changed then.
    """
    file = lora_files.find(path)
    if name in _names(pipeline):
        raise InvalidRequest(f"a LoRA named {name!r} is already loaded: choose another name or unload it")
    found = lora_files.read(file)
    require_fit(found.weights, pipeline.transformer, file.name)
    if found.recipe is not None:
        require_same(found.recipe, recipe_of(pipeline), file.name)
    before = {other: _scale(pipeline, other) for other in _names(pipeline)}
    try:
        pipeline.load_lora_into_transformer(
            dict(found.weights),
            network_alphas=None,
            transformer=pipeline.transformer,
            adapter_name=name,
            metadata=found.settings,
            _pipeline=pipeline,
        )
    except Exception as error:  # peft fails in its own ways; half an adapter must not stay behind
        if name in _names(pipeline):
            pipeline.delete_adapters(name)
        raise WrongLora(f"{file.name} cannot be loaded into this transformer ({error}): choose another file") from error
    set_scales(pipeline, before | {name: scale})
    notes = tuple(f"{file.name}: ignored {part}, only the transformer is adapted" for part in found.ignored)
    for note in notes:
        _log.warning("%s", note)
    return notes


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


def require_fit(weights: Mapping[str, torch.Tensor], transformer: FluxTransformer2DModel, file: str) -> None:
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
