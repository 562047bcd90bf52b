"""Where the big engines' weights lie, and whether they are there. Imports no torch, downloads nothing.

    <models>/NAME/            a model of the catalogue, or an own LoRA or autoencoder (`store`)
    <models>/flux/            what the engine runs, a folder of `DiffDecomposePipeline` (`diffdecompose.assembly`)
    <models>/flux/lora/       the decomposition LoRA, fused when the engine loads
    <models>/flux/*.gguf      optional: the transformer in few bits, for the gguf tier
    <models>/qwen-layered/    a model folder of `QwenImageLayeredPipeline`

<models> is the folder named by DIFFDECOMPOSE_MODELS, else "models" in the user's data folder.
"""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

__all__ = ["models_folder", "prompts_folder", "size_on_disk", "why_not"]


def models_folder() -> Path:
    """The folder of all big models; it need not exist."""
    chosen = os.environ.get("DIFFDECOMPOSE_MODELS")
    return Path(chosen) if chosen else user_data_path("diffdecompose", appauthor=False) / "models"


def prompts_folder() -> Path:
    """Where embeddings of prompts are kept: a cache, safe to delete."""
    return user_cache_path("diffdecompose", appauthor=False) / "prompts"


def why_not(folder: Path, libraries: tuple[str, ...]) -> str | None:
    """Why a model in `folder` cannot be loaded here, in one line that says what to do; None = nothing known against it.

    Looks at names only: that the libraries can be found, and that every part the index names has a folder.
    """
    absent = [name for name in libraries if find_spec(name) is None]
    if absent:
        return f"{', '.join(absent)} missing: install the extra with pip install 'diffdecompose-bridge[flux]'"
    index = folder / "model_index.json"
    if not index.is_file():
        return f"no weights at {folder}: 'diffdecompose models list' says how to get them"
    try:
        parts = json.loads(index.read_text(encoding="utf-8"))
    except ValueError:
        return f"{index} cannot be read: fetch the model folder again"
    needed = [name for name, value in parts.items() if isinstance(value, list) and value[0] is not None]
    gone = [name for name in needed if not (folder / name).is_dir()]
    if gone:
        return f"the model folder {folder} lacks {', '.join(gone)}: fetch it again"
    return None


def size_on_disk(folder: Path) -> int:
    """Bytes of all weight files below `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors"))
