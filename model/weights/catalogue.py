"""What can be fetched, by name: source repository, files, size, licence, needs. Values only; fetches nothing.

Sizes are rounded; the exact ones come from the source when a model is fetched. Hashes: the hub publishes the SHA-256 of
every large file and the git hash of every small one; `hub` checks against those and `manifest` keeps them. A hash
written here (`sha256`) is demanded as well, and is written only where two independent places publish the same. What an
entry says of size and licence names where it was read (`sources`); what it does not is `unverified`, and shown as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..errors import InvalidRequest

__all__ = ["CHECKED", "ENTRIES", "CatalogueEntry", "ModelKind", "find"]

CHECKED = ("gigabytes", "licence")
"""Fields that repeat what a source publishes, so that each has a source or counts as unverified."""


class ModelKind(StrEnum):
    """What a model is good for."""

    BASE = "base"
    """A Flux model folder, to be assembled with an RGBA autoencoder and a LoRA."""
    VAE = "vae"
    """An autoencoder with four channels."""
    LORA = "lora"
    """An adapter of a Flux transformer."""
    ENGINE = "engine"
    """Complete: an engine runs from the folder as it is."""


@dataclass(frozen=True)
class CatalogueEntry:
    """One model that can be fetched.

    files: patterns of what is fetched, within `subfolder` of the repository.   gigabytes: 10^9 bytes on disk.
    gated: the source wants its licence accepted by a logged-in user.   commercial: whether the licence allows it.
    device_gib: device memory, smallest tier and everything resident (computed, see `diffdecompose.memory`).
    unsupported: why it cannot be used, where that is so.   sha256: hashes by file name, beyond the source's own.
    sources: where a fact was read, by the name of its field; see CHECKED.
    """

    name: str
    kind: ModelKind
    about: str
    repository: str
    files: tuple[str, ...]
    gigabytes: float
    licence: str
    gated: bool = False
    commercial: bool = True
    subfolder: str = ""
    device_gib: tuple[float, float] | None = None
    unsupported: str | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def must_accept(self) -> bool:
        """Whether a person has to accept the licence before the weights are fetched."""
        return self.gated or not self.commercial

    @property
    def unverified(self) -> tuple[str, ...]:
        """What is said without a source: from memory, to be shown as such."""
        return tuple(name for name in CHECKED if name not in self.sources)


_FLUX_PARTS = (
    "model_index.json",
    "LICENSE*",
    "scheduler/*",
    "text_encoder/*",
    "text_encoder_2/*",
    "tokenizer/*",
    "tokenizer_2/*",
    "transformer/*",
    "vae/*",
)
_QWEN_PARTS = (
    "model_index.json",
    "LICENSE*",
    "processor/*",
    "scheduler/*",
    "text_encoder/*",
    "tokenizer/*",
    "transformer/*",
    "vae/*",
)
_FLUX_LICENCE = "FLUX.1 [dev] Non-Commercial License"
_FLUX_DEV_HASHES = {
    "text_encoder/model.safetensors": "893d67a23f4693ed42cdab4cbad7fe3e727cf59609c40da28a46b5470f9ed082",
    "text_encoder_2/model-00001-of-00002.safetensors": (
        "ec87bffd1923e8b2774a6d240c922a41f6143081d52cf83b8fe39e9d838c893e"
    ),
    "text_encoder_2/model-00002-of-00002.safetensors": (
        "a5640855b301fcdbceddfa90ae8066cd9414aff020552a201a255ecf2059da00"
    ),
    "transformer/diffusion_pytorch_model-00001-of-00003.safetensors": (
        "d86a3038eacaa720682cb9b1da3c49fecf8a3ded605af4def6061eaa18903eb8"
    ),
    "transformer/diffusion_pytorch_model-00002-of-00003.safetensors": (
        "5e830704a83aa938dfaf23da308100a1c44b83fa084283abf1d163ea727e5f7a"
    ),
    "transformer/diffusion_pytorch_model-00003-of-00003.safetensors": (
        "0d9c7c663217d1c3d44a6deed4e1cf1ac09fbc2c4137c47de1e3d74c959833de"
    ),
    "vae/diffusion_pytorch_model.safetensors": "f5b59a26851551b67ae1fe58d32e76486e1e812def4696a4bea97f16604d40a3",
}

ENTRIES: dict[str, CatalogueEntry] = {
    entry.name: entry
    for entry in (
        CatalogueEntry(
            name="flux.1-dev",
            kind=ModelKind.BASE,
            about="the paper's base model",
            repository="black-forest-labs/FLUX.1-dev",
            files=_FLUX_PARTS,
            gigabytes=33.7,
            licence=_FLUX_LICENCE,
            gated=True,
            commercial=False,
            device_gib=(4.5, 24.1),
            sha256=_FLUX_DEV_HASHES,
            sources={
                "gigabytes": "file pages of the mirror camenduru/FLUX.1-dev-diffusers: 23.8, 9.52, 0.25 and 0.17 GB",
                "licence": "page of black-forest-labs/FLUX.1-dev, and LICENSE.md there",
                "sha256": "file pages of several mirrors, and scripts that fetch from black-forest-labs/FLUX.1-dev",
            },
        ),
        CatalogueEntry(
            name="flux.1-kontext-dev",
            kind=ModelKind.BASE,
            about="the better start: trained to attend from noisy tokens to the clean tokens of a picture",
            repository="black-forest-labs/FLUX.1-Kontext-dev",
            files=_FLUX_PARTS,
            gigabytes=33.7,
            licence=_FLUX_LICENCE,
            gated=True,
            commercial=False,
            device_gib=(4.5, 24.1),
            sources={
                "gigabytes": "file pages of the mirror yuvraj108c/FLUX.1-Kontext-dev, of the same parts as FLUX.1-dev",
                "licence": "page of black-forest-labs/FLUX.1-Kontext-dev, and LICENSE.md there",
            },
        ),
        CatalogueEntry(
            name="flux.2-dev",
            kind=ModelKind.BASE,
            about="the successor of FLUX.1",
            repository="black-forest-labs/FLUX.2-dev",
            files=_FLUX_PARTS,
            gigabytes=112,
            licence="FLUX [dev] Non-Commercial License",
            gated=True,
            commercial=False,
            unsupported="its transformer takes the in-context scheme, but has four position axes, one text encoder of "
            "another kind and latents of 32 channels that no RGBA autoencoder exists for: use flux.1-kontext-dev",
        ),
        CatalogueEntry(
            name="alphavae",
            kind=ModelKind.VAE,
            about="AlphaVAE's RGBA autoencoder for FLUX.1, where the paper's stage one begins",
            repository="o0o0o00o0/AlphaVAE",
            subfolder="finetune_VAE",
            files=("config.json", "diffusion_pytorch_model.safetensors"),
            gigabytes=0.17,
            licence="MIT is stated; derived from FLUX.1-dev's autoencoder, so its non-commercial licence may hold",
            commercial=False,  # as the stricter of the two, while the question is open
            sources={"licence": "question to its authors, issue 11 of o0o0o00o0/AlphaVAE, open"},
        ),
        CatalogueEntry(
            name="qwen-layered",
            kind=ModelKind.ENGINE,
            about="Qwen-Image-Layered: 2-10 object layers in normal mode",
            repository="Qwen/Qwen-Image-Layered",
            files=_QWEN_PARTS,
            gigabytes=57.7,
            licence="Apache-2.0",
            device_gib=(6.0, 60.0),
            sources={
                "gigabytes": "file pages: transformer 40.9, autoencoder 0.25 (Comfy-Org/Qwen-Image-Layered); text "
                "encoder 16.6, that of Qwen-Image (wavespeed/Qwen-Image-bf16)",
                "licence": "metadata of the model card, in the copy Runware/Qwen-Image-Layered",
            },
        ),
    )
}


def find(name: str) -> CatalogueEntry:
    """The entry called `name`. Raises InvalidRequest for an unknown name and for what cannot be used here."""
    entry = ENTRIES.get(name)
    if entry is None:
        raise InvalidRequest(f"there is no model {name!r} in the catalogue: choose one of {', '.join(ENTRIES)}")
    if entry.unsupported:
        raise InvalidRequest(f"{name} cannot be used: {entry.unsupported}")
    return entry
