"""Memory tiers: the ways of holding a model's weights, what each needs, and which to take. Used by Flux and by Qwen.

Knows nothing of any model: `tiers` and `qwen_tiers` state the figures of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from traceback import clear_frames
from typing import Any, Protocol

import torch

from ..errors import EngineUnavailable, OutOfMemory

__all__ = ["Tier", "TierFacts", "TierTable", "smaller_tier_next"]


class Tier(StrEnum):
    BF16 = "bf16"
    OFFLOAD = "offload"
    FP8 = "fp8"
    INT8 = "int8"
    NF4 = "nf4"
    GGUF = "gguf"
    GROUP = "group"


@dataclass(frozen=True)
class TierFacts:
    """gib: device memory.   library: what must be importable.   words: for a person."""

    tier: Tier
    gib: float
    library: str | None
    words: str

    @property
    def has_library(self) -> bool:
        return self.library is None or find_spec(self.library) is not None


@dataclass(frozen=True)
class TierTable:
    """rows: from most faithful to smallest; the last is taken where none fits."""

    rows: tuple[TierFacts, ...]

    def __iter__(self) -> Iterator[TierFacts]:
        return iter(self.rows)

    def facts(self, tier: Tier) -> TierFacts:
        return next(one for one in self.rows if one.tier is tier)

    def choose(self, free: float, gguf: bool = False) -> Tier:
        """The most faithful tier that fits into `free` GiB and whose library is here; the last where none fits.

        gguf: whether a GGUF file is at hand; then it is preferred to NF4, since somebody put it there.
        """
        fitting = [
            one.tier for one in self.rows if one.gib <= free and one.has_library and (one.tier is not Tier.GGUF or gguf)
        ]
        if Tier.GGUF in fitting and fitting[0] is Tier.NF4:
            return Tier.GGUF
        return fitting[0] if fitting else self.rows[-1].tier

    def smaller(self, tier: Tier) -> Tier | None:
        """The next tier that needs clearly less memory and whose library is here; None after the last."""
        most = 0.9 * self.facts(tier).gib
        return next(
            (one.tier for one in self.rows if one.gib < most and one.tier is not Tier.GGUF and one.has_library), None
        )

    def require_library(self, tier: Tier) -> None:
        """Raises EngineUnavailable where the tier's library is missing."""
        needed = self.facts(tier)
        if not needed.has_library:
            raise EngineUnavailable(
                f"the {tier} tier needs {needed.library}: "
                f"install it with pip install 'diffdecompose-bridge[{needed.library}]'"
            )


class _Holder(Protocol):
    """An engine with a pipeline in a tier."""

    tier: Tier
    _pipeline: Any


@contextmanager
def smaller_tier_next(engine: _Holder, table: TierTable, instead: str, also: str = "") -> Iterator[None]:
    """Turns the device's out-of-memory into OutOfMemory, lets go of everything and moves on to a smaller tier.

    instead: what to do after the last tier.   also: what helps besides.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        used, after = engine.tier, table.smaller(engine.tier)
        engine._pipeline = None
        clear_frames(error.__traceback__)  # the failed pass's tensors live on in its frames
        engine.tier = after or used
        way_out = f"run it again, it will use the {after} tier" if after else instead
        raise OutOfMemory(f"the device ran out of memory in the {used} tier: {way_out}{also}") from error
    finally:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
