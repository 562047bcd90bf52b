"""Models from folders: one of the catalogue that was fetched elsewhere, or an own LoRA or autoencoder, by name.

The files are copied, hashed on the way and checked for what they say they are. Knows nothing of networks.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from ..errors import InvalidRequest
from . import manifest, store, tensors
from .catalogue import CatalogueEntry, ModelKind
from .errors import Damaged, LicenceNotAccepted
from .manifest import Manifest, Progress

__all__ = ["LORA_FILE", "register", "take"]

LORA_FILE = "pytorch_lora_weights.safetensors"
"""The name under which a registered LoRA lies, and which every Flux program looks for."""
_PEFT_FILE, _PEFT_CONFIG = "adapter_model.safetensors", "adapter_config.json"
_VAE_FILES = ("config.json", "diffusion_pytorch_model.safetensors")


def take(
    entry: CatalogueEntry,
    source: Path,
    models: Path,
    accepted: bool = False,
    progress: Progress = lambda what, done, size: None,
) -> Path:
    """Install `entry` from a folder that holds its files; returns the model's folder.

    Raises LicenceNotAccepted, InvalidRequest where parts are missing, Damaged where a file is cut off or has another
    hash than the catalogue demands.
    """
    if entry.must_accept and not accepted:
        raise LicenceNotAccepted(f"{entry.name} is under the licence {entry.licence!r}: read it and accept it first")
    if not source.is_dir():
        raise InvalidRequest(f"{source} is no folder: name the folder that holds {entry.name}")
    relative = [path.relative_to(source) for path in source.rglob("*") if path.is_file()]
    chosen = [path for path in relative if any(fnmatch(path.as_posix(), pattern) for pattern in entry.files)]
    chosen = [path for path in chosen if path.suffix not in (*tensors.PICKLES, ".part")]
    for pattern in entry.files:
        if not pattern.endswith("*") and not any(fnmatch(path.as_posix(), pattern) for path in chosen):
            raise InvalidRequest(f"{source} holds no {pattern}: it is not a whole {entry.name}")
    for part in ("transformer", "vae", "text_encoder"):
        if f"{part}/*" in entry.files:
            tensors.shapes(source / part)
    made = Manifest(entry.name, entry.kind, str(source), "", entry.licence, accepted, ())
    return _install(made, {path.as_posix(): source / path for path in chosen}, models, entry.sha256, progress)


def register(
    name: str, source: Path, models: Path, progress: Progress = lambda what, done, size: None
) -> tuple[Path, ModelKind]:
    """Install an own LoRA (a file, or a folder holding one) or RGBA autoencoder (a folder) as `name`.

    Returns the model's folder and what it was taken for.
    Raises InvalidRequest where it is neither or the name is taken, Damaged where a file is cut off.
    """
    store.require_free(models, name)
    files = _lora_files(source)
    kind = ModelKind.LORA
    if files is None:
        folder = source / "vae" if (source / "vae" / _VAE_FILES[0]).is_file() else source
        if not (folder / _VAE_FILES[0]).is_file():
            raise InvalidRequest(f"{source} is neither a LoRA nor an autoencoder's folder: name the file or the folder")
        require_rgba(folder)
        kind, files = ModelKind.VAE, {one: folder / one for one in _VAE_FILES}
    for path in files.values():
        if path.suffix == ".safetensors":
            tensors.shapes(path)
    made = Manifest(name, kind, str(source), "", "your own", True, ())
    return _install(made, files, models, {}, progress), kind


def require_rgba(folder: Path) -> None:
    """Raises InvalidRequest unless `folder` holds an autoencoder with four channels in and out."""
    said = tensors.config(folder)
    channels = said.get("in_channels"), said.get("out_channels")
    if channels != (4, 4):
        raise InvalidRequest(
            f"the autoencoder in {folder} has {channels} channels in and out, (4, 4) are needed: train one with "
            f"`diffdecompose train vae`, or pull alphavae"
        )
    tensors.shapes(folder)


def _lora_files(source: Path) -> dict[str, Path] | None:
    """The files of a LoRA by the names they get; None where `source` is none."""
    if source.is_file():
        if not any(".lora_" in key or ".lora." in key for key in tensors.shapes(source)):
            raise InvalidRequest(f"{source} holds no LoRA: name a LoRA's file, or an autoencoder's folder")
        return {LORA_FILE: source}
    if (source / LORA_FILE).is_file():
        return {LORA_FILE: source / LORA_FILE}
    if (source / _PEFT_FILE).is_file():
        names: Sequence[str] = [one for one in (_PEFT_FILE, _PEFT_CONFIG) if (source / one).is_file()]
        return {one: source / one for one in names}
    return None


def _install(
    made: Manifest, files: dict[str, Path], models: Path, demanded: Mapping[str, str], progress: Progress
) -> Path:
    """Copy `files` (path in the model -> where it is) and give them their name. Raises InvalidRequest, Damaged."""
    store.require_free(models, made.name)
    with store.claimed(models, made.name):
        return _copied(made, files, models, demanded, progress)


def _copied(
    made: Manifest, files: dict[str, Path], models: Path, demanded: Mapping[str, str], progress: Progress
) -> Path:
    work = store.partial(models, f"{made.name}.local")  # beside what a pull of it may have fetched so far
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    total, done, records = sum(path.stat().st_size for path in files.values()), 0, []
    free = shutil.disk_usage(work).free
    if total > free:
        raise InvalidRequest(f"{made.name} needs {total / 1e9:.1f} GB and {free / 1e9:.1f} GB are free at {models}")
    try:
        for name, path in sorted(files.items()):
            progress(name, done, total)
            target = work / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            records.append(manifest.record(work, target))
            if demanded.get(name, records[-1].sha256) != records[-1].sha256:
                raise Damaged(f"{path} has another SHA-256 than the catalogue demands: fetch it again")
            done += target.stat().st_size
        tensors.require_whole(work)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    progress(made.name, total, total)
    return store.adopt(models, work, replace(made, files=tuple(records)))
