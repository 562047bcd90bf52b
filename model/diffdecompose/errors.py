"""What can go wrong inside DiffDecompose beyond the errors every engine shares.

ModelError
├── InvalidRequest
│   ├── WrongComponents    the folder holds another kind of model; names what was found and what is needed
│   └── WrongLora          the adapter belongs to another model
└── NotFinite              the network produced NaN or infinity: no picture is better than a black one
"""

from __future__ import annotations

from ..errors import InvalidRequest, ModelError

__all__ = ["NotFinite", "WrongComponents", "WrongLora"]


class WrongComponents(InvalidRequest):
    """A component is of another class or shape than the pipeline needs."""


class WrongLora(InvalidRequest):
    """A LoRA file does not fit the transformer."""


class NotFinite(ModelError):
    """NaN or infinity where latents or pixels should be."""
