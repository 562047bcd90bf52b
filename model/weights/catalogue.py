"""What can be fetched, by name: source repository, files, size, licence, needs. Values only; fetches nothing.

Sizes are the published ones, rounded; the exact ones come from the source when a model is fetched. Hashes: the hub
publishes the SHA-256 of every large file and the git hash of every small one; `hub` checks against those and
`manifest` keeps them. A hash written here (`sha256`) is demanded as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..errors import InvalidRequest

__all__ = ["ENTRIES", "CatalogueEntry", "ModelKind", "find"]


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
    device_gib: device memory, smallest tier and everything resident (computed, see `diffdecompose.tiers`).
    unsupported: why it cannot be used, where that is so.   sha256: hashes by file name, beyond the source's own.
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

    @property
    def must_accept(self) -> bool:
        """Whether a person has to accept the licence before the weights are fetched."""
        return self.gated or not self.commercial


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
            licence="not stated; derived from FLUX.1-dev's autoencoder, so its non-commercial licence may hold",
            commercial=False,
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
