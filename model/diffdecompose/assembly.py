"""One checked model folder out of a base, an RGBA autoencoder and a decomposition LoRA.

Everything that would otherwise fail, or give wrong pictures, when the engine loads is checked here: classes, channels,
that every weight of the LoRA has its place in the base, that the LoRA was trained on this base. The base's files are
linked, not copied, where the disk allows it. Loads headers and two small weights, not the model.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers import FluxTransformer2DModel
from safetensors import safe_open

from ..errors import InvalidRequest
from ..weights import local, manifest, store, tensors
from ..weights.catalogue import ModelKind
from ..weights.manifest import FileRecord, Manifest, Progress
from . import lora, lora_files
from .errors import WrongComponents, WrongLora
from .recipe import Recipe, fingerprint_of

__all__ = ["assemble"]

_PIPELINES = ("FluxPipeline", "FluxKontextPipeline", "DiffDecomposePipeline")
_PARTS = ("scheduler", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "transformer")


def assemble(
    models: Path,
    base: Path,
    vae: Path,
    adapter: Path,
    name: str = "flux",
    progress: Progress = lambda what, done, size: None,
) -> Path:
    """Make `models/NAME`, which the engine `flux` runs from where it is called "flux"; returns the folder.

    base, vae, adapter: names of installed models, or paths. A folder assembled before under the name is replaced.
    Raises InvalidRequest, WrongComponents, WrongLora, Damaged; then nothing has changed.
    """
    base = store.resolve(models, base, (ModelKind.BASE, ModelKind.ENGINE))
    vae = store.resolve(models, vae, (ModelKind.VAE,))
    adapter = store.resolve(models, adapter, (ModelKind.LORA,))
    index = _checked_base(base)
    local.require_rgba(vae)
    transformer = _outline(base / "transformer")
    _require_channels(transformer, vae)
    recipe = _checked_lora(base / "transformer", transformer, adapter)
    _require_replaceable(models, name)

    work = store.partial(models, name)
    shutil.rmtree(work, ignore_errors=True)
    try:
        known = {file.path: file for file in (manifest.read(base) or _NOTHING).files}
        records = []
        for part in _PARTS:
            for path in sorted(file for file in (base / part).rglob("*") if file.is_file()):
                progress(path.name, 0, 0)
                relative = path.relative_to(base).as_posix()
                records.append(_place(path, work, relative, known.get(relative)))
        for file in ("config.json", "diffusion_pytorch_model.safetensors"):
            records.append(_place(vae / file, work, f"vae/{file}", None))
        for file in _adapter_files(adapter):
            records.append(_place(file, work, f"lora/{file.name}", None))
        settings = {one: getattr(recipe, one) for one in ("position", "guidance", "max_tokens")} if recipe else {}
        (work / "model_index.json").write_text(json.dumps(index | settings, indent=1) + "\n", encoding="utf-8")
        records.append(manifest.record(work, work / "model_index.json"))
        made = Manifest(name, ModelKind.ENGINE, f"{base} + {vae} + {adapter}", "", "as its parts", True, tuple(records))
        if (models / name).exists():
            store.remove(models, name, keep_partial=True)
        return store.adopt(models, work, made)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


_NOTHING = Manifest("", ModelKind.BASE, "", "", "", False, ())


def _checked_base(base: Path) -> dict:
    """The index that the assembled folder gets. Raises InvalidRequest, WrongComponents, Damaged."""
    index = tensors.config(base, "model_index.json")
    if index.get("_class_name") not in _PIPELINES:
        raise WrongComponents(
            f"{base} is a {index.get('_class_name')}, a base of FLUX.1 is needed ({', '.join(_PIPELINES)})"
        )
    gone = [part for part in _PARTS if not (base / part).is_dir() or not isinstance(index.get(part), list)]
    if gone:
        raise WrongComponents(f"the base {base} lacks {', '.join(gone)}: pull it again")
    tensors.require_whole(base)
    kept = {name: value for name, value in index.items() if name in _PARTS or not isinstance(value, list)}
    return kept | {"_class_name": "DiffDecomposePipeline", "vae": ["diffusers", "AutoencoderKL"]}


def _outline(folder: Path) -> FluxTransformer2DModel:
    """The base's transformer without its weights. Raises InvalidRequest, WrongComponents."""
    said = tensors.config(folder)
    if said.get("_class_name") != "FluxTransformer2DModel":
        raise WrongComponents(f"{folder} is a {said.get('_class_name')}, a FluxTransformer2DModel is needed")
    with torch.device("meta"):
        transformer: Any = FluxTransformer2DModel.from_config(said)  # annotated as a pair that it is not
    missing = sorted(set(transformer.state_dict()) - set(tensors.shapes(folder)))
    if missing:
        raise WrongComponents(f"{folder} lacks the weight {missing[0]}: pull the base again")
    return transformer


def _require_channels(transformer: FluxTransformer2DModel, vae: Path) -> None:
    channels, latent = transformer.config.in_channels, tensors.config(vae).get("latent_channels", 0)
    if channels != 4 * latent:
        raise WrongComponents(
            f"the base takes {channels} channels but the {latent} latent channels of {vae} pack to {4 * latent}: "
            f"they belong to different models"
        )


def _checked_lora(folder: Path, transformer: FluxTransformer2DModel, adapter: Path) -> Recipe | None:
    """How the LoRA was trained, if it says so. Raises WrongLora where it does not fit the base."""
    file = lora_files.find(adapter)
    found = lora_files.read(file)
    lora.require_fit(found.weights, transformer, file.name)
    if found.recipe is not None and found.recipe.base:
        here = fingerprint_of(transformer.config, _weight(folder, "x_embedder"), _weight(folder, "proj_out"))
        if here != found.recipe.base:
            raise WrongLora(
                f"{file.name} was trained on the base {found.recipe.base_name} ({found.recipe.base}), {folder.parent} "
                f"is another one ({here}): assemble it with {found.recipe.base_name}"
            )
    return found.recipe


def _weight(folder: Path, module: str) -> torch.Tensor:
    """One small weight of a transformer's folder, read by itself."""
    key = f"{module}.weight"
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as opened:
            if key in opened.keys():  # noqa: SIM118
                return opened.get_tensor(key)
    raise WrongComponents(f"{folder} lacks the weight {key}: pull the base again")


def _adapter_files(adapter: Path) -> list[Path]:
    """The LoRA's file, and the configuration that a peft file needs beside it."""
    file = lora_files.find(adapter)
    beside = file.parent / "adapter_config.json"
    return [file, *([beside] if file.name == lora_files.PEFT_FILE and beside.is_file() else [])]


def _require_replaceable(models: Path, name: str) -> None:
    """Raises InvalidRequest where the name is bad, or taken by a folder that was not assembled."""
    if (models / name).is_dir():
        found = manifest.read(models / name)
        if found is None or " + " not in found.source:
            raise InvalidRequest(f"{models / name} was not assembled by this command: move it away first")
    else:
        store.require_free(models, name)


def _place(path: Path, work: Path, relative: str, known: FileRecord | None) -> FileRecord:
    """Put a file into the folder in the making, by a link where that can be; `known`: its record, if there is one."""
    if relative.startswith("lora/") and path.name not in (lora_files.FILE, lora_files.PEFT_FILE, "adapter_config.json"):
        relative = f"lora/{lora_files.FILE}"
    target = work / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path.resolve(), target)
    except OSError:  # another disk, or one without links
        shutil.copyfile(path, target)
    if known is not None and known.size == target.stat().st_size:
        return known
    return manifest.record(work, target)
