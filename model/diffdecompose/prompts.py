"""What the text encoders read: three (or more) sub-images in words, and a cache of what they answered.

The paper conditions on a template that describes image 1 as the foreground, image 2 as the background and
image 3 as their overlap, and on the blend type. The template recurs, its embedding does not change, and the
T5 encoder alone is 9.5 GB: so embeddings are kept on disk and the encoders need not be loaded again.
Knows nothing of pictures.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ..errors import InvalidRequest
from ..types import BlendType, Kind

if TYPE_CHECKING:
    from transformers import CLIPTextModel, CLIPTokenizer, PreTrainedTokenizerBase, T5EncoderModel

__all__ = [
    "BLEND_WORDS",
    "KIND_WORDS",
    "LayerPrompts",
    "Prompt",
    "PromptCache",
    "TextEmbedding",
    "describe",
    "embed",
    "embed_batch",
    "fingerprint",
]

BLEND_WORDS = {
    BlendType.NORMAL: "alpha blending, image 1 partly covering image 2",
    BlendType.MULTIPLY: "multiplication, image 1 darkening image 2 as something that absorbs light",
    BlendType.SCREEN: "screening, image 1 veiling and brightening image 2",
    BlendType.ADD: "addition, image 1 shining onto image 2",
    None: "a blend that is not known",
}
"""How each blend type is called in a prompt; None = not known. A trained LoRA depends on these very words."""


KIND_WORDS = {
    Kind.WATERMARK: "a semi-transparent watermark",
    Kind.FOG: "fog that veils the scene",
    Kind.RAIN: "rain streaks and drops",
    Kind.SNOW: "falling snow",
    Kind.FLARE: "lens flare and stray light",
    Kind.XRAY: "an absorbing object as in an X-ray picture",
    Kind.CELL: "a semi-transparent cell",
    Kind.GLASS: "transparent glass with highlights",
}
"""How a kind is called in training and in use: the same words, so that their embeddings are learned and cached."""


@dataclass(frozen=True)
class LayerPrompts:
    """A few words for each sub-image; empty ones fall back to plain ones. foregrounds: top first."""

    foregrounds: tuple[str, ...] = ()
    background: str = ""
    composite: str = ""


@dataclass(frozen=True)
class Prompt:
    """The same request twice: in full for T5 (512 tokens), briefly for CLIP (77 tokens)."""

    full: str
    brief: str


@dataclass(frozen=True, eq=False)
class TextEmbedding:
    """tokens: (1, length, width) of T5; pooled: (1, width) of CLIP. notes: what had to be cut, for a person."""

    tokens: torch.Tensor
    pooled: torch.Tensor
    notes: tuple[str, ...] = ()


def describe(prompts: LayerPrompts | str, blend: BlendType | None, foregrounds: int) -> Prompt:
    """The template filled in. A plain string describes the foreground.

    Raises InvalidRequest where more foregrounds are described than asked for.
    """
    if isinstance(prompts, str):
        prompts = LayerPrompts(foregrounds=(prompts,) if prompts.strip() else ())
    if len(prompts.foregrounds) > foregrounds:
        raise InvalidRequest(
            f"{len(prompts.foregrounds)} foregrounds are described but {foregrounds} are asked for: "
            f"raise num_layers or leave descriptions out"
        )
    words = [text.strip() or "a layer that can be seen through" for text in prompts.foregrounds]
    words += ["a layer that can be seen through"] * (foregrounds - len(words))
    lines = [f"Image {i}: foreground layer on transparency, {text}." for i, text in enumerate(words, 1)]
    lines.append(
        f"Image {foregrounds + 1}: background layer, {prompts.background.strip() or 'the scene without them'}."
    )
    overlap = prompts.composite.strip() or "all layers seen together"
    lines.append(f"Image {foregrounds + 2}: their overlap, {overlap}.")
    intro = f"{foregrounds + 2} sub-images of one scene, pixel on pixel. "
    mode = f" Image {foregrounds + 2} is made from the others by {BLEND_WORDS[blend]}."
    brief = f"layer decomposition: {words[0]}, {blend or 'unknown'} blend"
    return Prompt(full=intro + " ".join(lines) + mode, brief=brief)


def embed(
    prompt: Prompt,
    tokenizer: CLIPTokenizer,
    text_encoder: CLIPTextModel,
    tokenizer_2: PreTrainedTokenizerBase,
    text_encoder_2: T5EncoderModel,
    max_tokens: int = 512,
) -> TextEmbedding:
    """Both encoders' answers, on the encoders' devices. A prompt that is too long is cut, and the notes say so."""
    return embed_batch([prompt], tokenizer, text_encoder, tokenizer_2, text_encoder_2, max_tokens)[0]


@torch.no_grad()
def embed_batch(
    prompts: Sequence[Prompt],
    tokenizer: CLIPTokenizer,
    text_encoder: CLIPTextModel,
    tokenizer_2: PreTrainedTokenizerBase,
    text_encoder_2: T5EncoderModel,
    max_tokens: int = 512,
) -> list[TextEmbedding]:
    """`embed` of several prompts in one pass of each encoder."""
    clip = [_tokenize(tokenizer, prompt.brief, tokenizer.model_max_length, "CLIP") for prompt in prompts]
    t5 = [_tokenize(tokenizer_2, prompt.full, max_tokens, "T5") for prompt in prompts]
    pooled = text_encoder(torch.cat([ids for ids, _ in clip]).to(text_encoder.device)).pooler_output
    tokens = text_encoder_2(torch.cat([ids for ids, _ in t5]).to(text_encoder_2.device))[0]
    notes = [tuple(note for note in (one[1], other[1]) if note) for one, other in zip(clip, t5, strict=True)]
    return [TextEmbedding(tokens[i : i + 1], pooled[i : i + 1], notes[i]) for i in range(len(prompts))]


def _tokenize(tokenizer, text: str, limit: int, reader: str) -> tuple[torch.Tensor, str]:
    whole = len(tokenizer(text).input_ids)
    ids = tokenizer(text, padding="max_length", max_length=limit, truncation=True, return_tensors="pt").input_ids
    note = f"prompt too long for {reader}: the first {limit} of {whole} tokens were used" if whole > limit else ""
    return ids, note


class PromptCache:
    """Embeddings on disk, one file a prompt, keyed by the words, by the length for T5 and by `encoders`.

    The same words padded to another length are another embedding: T5 reads the padding too.
    encoders: anything that changes when the encoders' weights do; see `fingerprint`.
    """

    def __init__(self, folder: Path, encoders: str) -> None:
        self.folder = folder
        self.encoders = encoders

    def get(self, prompt: Prompt, max_tokens: int) -> TextEmbedding | None:
        """The embedding at this length, on the CPU, or None. An unreadable file counts as absent."""
        try:
            with safe_open(self._path(prompt, max_tokens), framework="pt") as file:
                notes = (file.metadata() or {}).get("notes", "")
                return TextEmbedding(file.get_tensor("tokens"), file.get_tensor("pooled"), tuple(notes.splitlines()))
        except (FileNotFoundError, SafetensorError):
            return None

    def has(self, prompt: Prompt, max_tokens: int) -> bool:
        """Whether `get` would find a readable file; reads its header only."""
        try:
            with safe_open(self._path(prompt, max_tokens), framework="pt"):
                return True
        except (FileNotFoundError, SafetensorError):
            return False

    def put(self, prompt: Prompt, embedding: TextEmbedding, max_tokens: int) -> None:
        """Write the embedding so that a reader sees all of it or nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as file:
            part = Path(file.name)
        try:
            save_file(
                {"tokens": embedding.tokens.cpu().contiguous(), "pooled": embedding.pooled.cpu().contiguous()},
                part,
                metadata={"notes": "\n".join(embedding.notes)},
            )
            os.replace(part, self._path(prompt, max_tokens))
        finally:
            part.unlink(missing_ok=True)

    def _path(self, prompt: Prompt, max_tokens: int) -> Path:
        key = sha256("\0".join((self.encoders, str(max_tokens), prompt.full, prompt.brief)).encode()).hexdigest()
        return self.folder / f"{key[:32]}.safetensors"


def fingerprint(folder: Path) -> str:
    """A short name for the text encoders of a model folder, from configurations and both ends of every weight file.

    Reads kilobytes, not gigabytes; other weights of the same shape still get another name.
    """
    digest = sha256()
    for part in ("tokenizer", "tokenizer_2", "text_encoder", "text_encoder_2"):
        for path in sorted((folder / part).glob("*")):
            size = path.stat().st_size
            digest.update(f"{part}/{path.name}:{size}\n".encode())
            with path.open("rb") as file:
                digest.update(file.read(65536))
                file.seek(max(size - 65536, 0))
                digest.update(file.read(65536))
    return digest.hexdigest()[:32]
