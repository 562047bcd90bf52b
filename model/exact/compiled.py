"""How the exact solve's loops are compiled. Knows nothing of what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

__all__ = ["compiled", "inlined"]


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Without the interpreter lock, divisions by zero as numpy does them, kept on disk for the next start.

    Where neither the package's folder nor the user's cache can be written, each start compiles anew.
    """
    try:
        return njit(nogil=True, error_model="numpy", cache=True)(function)
    except RuntimeError:  # numba found no place for a cache
        return njit(nogil=True, error_model="numpy")(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """For what compiled functions call: becomes part of them, so that a constant argument leaves no branches."""
    return njit(nogil=True, error_model="numpy", forceinline=True)(function)
