"""Decorators that compile the loops of the exact solve with numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

__all__ = ["compiled", "inlined"]


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function: without the interpreter lock, with numpy's division by zero, cached on disk.

    Where neither the package's folder nor the user's cache is writable, every process compiles again.
    """
    try:
        return njit(nogil=True, error_model="numpy", cache=True)(function)
    except RuntimeError:  # numba found no place for a cache
        return njit(nogil=True, error_model="numpy")(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function into its compiled callers, so that constant arguments leave no branches."""
    return njit(nogil=True, error_model="numpy", forceinline=True)(function)
