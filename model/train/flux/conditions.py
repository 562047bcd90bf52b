"""The text of every sample of stage two: encoded beforehand, kept on disk, and in part left out.

Knows nothing of pictures.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ...diffdecompose import tiers
from ...diffdecompose.pipeline import DiffDecomposePipeline
from ...diffdecompose.prompts import Prompt, PromptCache, TextEmbedding, describe, fingerprint
from ...errors import EngineUnavailable
from ..triplets.sample import Told

__all__ = ["Prompts", "draw_conditions", "encode_prompts", "with_parts_left_out"]


@dataclass(frozen=True, eq=False)
class Prompts:
    """The text of every sample, read from disk when it is asked for: ten thousand captions are 40 GB in memory."""

    cache: PromptCache
    max_tokens: int

    def __getitem__(self, told: Told) -> TextEmbedding:
        found = self.cache.get(_prompt(told), self.max_tokens)
        if found is None:
            raise EngineUnavailable(
                f"the text of {told.words!r} is gone from {self.cache.folder}: give the same command again to encode it"
            )
        return found


def encode_prompts(
    pipeline: DiffDecomposePipeline,
    model: Path,
    folder: Path,
    every: Sequence[Told],
    max_tokens: int,
    device: torch.device,
) -> Prompts:
    """Every embedding that training needs, kept in `folder`; encoders are loaded for what is missing, then let go."""
    cache = pipeline.prompt_cache = PromptCache(folder, fingerprint(model))
    prompts = [_prompt(told) for told in with_parts_left_out(every)]
    if not all(cache.has(prompt, max_tokens) for prompt in prompts):
        with tiers.load_text_encoders(pipeline, model, device):
            pipeline.embed_ahead(prompts, max_tokens)
    return Prompts(cache, max_tokens)


def _prompt(told: Told) -> Prompt:
    """The template for what is said, as in use: the words are those of the top foreground."""
    return describe(told.words, told.blend, told.foregrounds)


def with_parts_left_out(every: Sequence[Told]) -> list[Told]:
    """All that is said, and what is left of it without words, without blend type and without both; each once."""
    rests = [
        one
        for told in every
        for one in (told, replace(told, blend=None), replace(told, words=""), replace(told, words="", blend=None))
    ]
    return list(dict.fromkeys(rests))


def draw_conditions(
    prompts: Prompts, every: Sequence[Told], dropout: float, rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Words (B, S, D) and pooled (B, P) of a batch; words and blend type are left out by chance, each by itself."""
    keep = (torch.rand(len(every), 2, generator=rng) >= dropout).tolist()
    chosen = [
        prompts[replace(told, words=told.words if say_words else "", blend=told.blend if say_blend else None)]
        for told, (say_words, say_blend) in zip(every, keep, strict=True)
    ]
    return torch.cat([one.tokens for one in chosen]), torch.cat([one.pooled for one in chosen])
