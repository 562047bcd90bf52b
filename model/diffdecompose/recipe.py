"""How a LoRA was trained, written into its file and compared with the pipeline that loads it.

A LoRA trained with other positions, another guidance or another prompt template still loads and still gives a
picture, only a wrong one. So what has to agree travels in the metadata of the safetensors file. Files of other
programs carry nothing of the kind and are not checked. Knows nothing of training itself.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch
from diffusers import FluxTransformer2DModel

from .errors import WrongLora
from .prompts import BLEND_WORDS

__all__ = [
    "FORMAT",
    "METADATA_KEY",
    "Recipe",
    "base_fingerprint",
    "blend_vocabulary",
    "code_version",
    "fingerprint_of",
    "require_same",
]

METADATA_KEY = "diffdecompose"
FORMAT = 1
"""Raised when a file could be misread by an older program."""


@dataclass(frozen=True)
class Recipe:
    """What training and inference must have in common.

    position: a `Position`.   max_tokens: length of the T5 prompt.   guidance: the guidance that was embedded.
    base: `base_fingerprint` of the transformer, "" = unknown.   base_name: what the base was called, for a person.
    blends: blend type -> its words in the prompt.   code: version of this package, for a person.
    steps: how many sampling steps it was distilled for; 0 = any.
    """

    position: str
    max_tokens: int
    guidance: float
    base: str
    base_name: str
    blends: Mapping[str, str]
    code: str
    format: int = FORMAT
    steps: int = 0

    def to_metadata(self) -> dict[str, str]:
        """As safetensors metadata, text to text."""
        return {METADATA_KEY: json.dumps(asdict(self) | {"blends": dict(self.blends)}, sort_keys=True)}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str] | None, file: str) -> Recipe | None:
        """The recipe in a file's metadata, None where there is none.

        Raises WrongLora, naming `file`, where it is damaged or written by a newer program.
        """
        text = (metadata or {}).get(METADATA_KEY)
        if text is None:
            return None
        try:
            found = json.loads(text)
            if found["format"] > FORMAT:
                raise WrongLora(
                    f"{file} was written by version {found['code']} in format {found['format']}, this version reads "
                    f"format {FORMAT}: update the program"
                )
            return cls(
                position=str(found["position"]),
                max_tokens=int(found["max_tokens"]),
                guidance=float(found["guidance"]),
                base=str(found["base"]),
                base_name=str(found["base_name"]),
                blends={str(name): str(words) for name, words in found["blends"].items()},
                code=str(found["code"]),
                format=int(found["format"]),
                steps=int(found.get("steps", 0)),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WrongLora(f"{file} says wrongly how it was trained ({error}): fetch it again") from error


def blend_vocabulary() -> dict[str, str]:
    """Every blend type and the words that stand for it in a prompt, "unknown" included."""
    return {blend.value if blend else "unknown": words for blend, words in BLEND_WORDS.items()}


def code_version() -> str:
    """The version of this package; "unknown" where it is not installed."""
    try:
        return version("diffdecompose-bridge")
    except PackageNotFoundError:
        return "unknown"


def base_fingerprint(transformer: FluxTransformer2DModel) -> str:
    """A short name for a transformer's weights: its shape, and its first and last layer rounded to bf16.

    Every tier leaves these layers alone and so does the LoRA, so the same base has the same name whether it was
    loaded in float32 or bf16. "" for a GGUF file, which may hold even these in few bits.
    """
    ends = (transformer.x_embedder.weight, transformer.proj_out.weight)
    return fingerprint_of(transformer.config, *ends)


def fingerprint_of(config: Any, first: torch.Tensor, last: torch.Tensor) -> str:
    """`base_fingerprint` from a transformer's configuration and its first and last weight."""
    if any("GGUF" in type(weight).__name__ or not weight.is_floating_point() for weight in (first, last)):
        return ""
    shape = (config.num_layers, config.num_single_layers, config.num_attention_heads, config.attention_head_dim)
    digest = sha256(repr((*shape, config.in_channels, bool(config.guidance_embeds))).encode())
    for weight in (first, last):
        digest.update(weight.detach().to("cpu", torch.bfloat16).contiguous().view(torch.int16).numpy().tobytes())
    return digest.hexdigest()[:16]


def require_same(trained: Recipe, here: Recipe, file: str) -> None:
    """Raises WrongLora, naming both sides, at the first thing in which `trained` and `here` differ."""
    for name in ("position", "max_tokens", "guidance"):
        one, other = getattr(trained, name), getattr(here, name)
        if one != other:
            raise WrongLora(
                f"{file} was trained with {name} {one}, this pipeline uses {name} {other}: "
                f"open the model folder with {name}={one!r}, or use another LoRA"
            )
    if trained.base and here.base and trained.base != here.base:
        raise WrongLora(
            f"{file} was trained on the base {trained.base_name} ({trained.base}), this transformer is another one "
            f"({here.base}): load it into {trained.base_name}"
        )
    for blend in sorted({*trained.blends, *here.blends}):
        one, other = trained.blends.get(blend), here.blends.get(blend)
        if one != other:
            raise WrongLora(
                f"{file} was trained (version {trained.code}) with {one!r} for the blend type {blend}, this version "
                f"({here.code}) says {other!r}: use the version it was trained with, or train it anew"
            )
