"""The exact solve in normal mode, compiled: a closed form that always succeeds. See the package's docstring.

The loop has no branches, so that the compiler can vectorise it.
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled, inlined
from .numbers import Numbers, Real

__all__ = ["solve_normal"]

BLOCK = 1024
"""Values after which it is checked whether one of them came too near to a half."""


@compiled
def solve_normal(a: np.ndarray, c: np.ndarray, y: np.ndarray, z: np.ndarray, n: Numbers) -> None:
    """Solve in normal mode, in place. `lighter` and `heavier` are the unknowns with the smaller and larger weight.

    M is odd, so no quotient is a half: numerators are integers, and moved by M / 2 they stay away from the values at
    which floor and ceil change.

    Parameters
    ----------
    a : alpha, n values
    c, y : colour and backdrop, planes x n, overwritten
    z : the picture, planes x n
    n : Numbers of the arrays' dtype
    """
    for plane in range(z.shape[0]):
        for start in range(0, a.size, BLOCK):
            end = min(start + BLOCK, a.size)
            alpha, zs = a[start:end], z[plane, start:end]
            cs, ys = c[plane, start:end], y[plane, start:end]
            if _closed_form(alpha, cs, ys, zs, n):
                _keep_margin(alpha, cs, ys, zs, n)


@inlined
def _by_weight(a: Real, c: Real, y: Real, z: Real, n: Numbers) -> tuple[bool, Real, Real, Real, Real, Real]:
    """(whether the lighter unknown is the backdrop, the weights of lighter and heavier, lighter, heavier, M z)."""
    alpha, colour, backdrop = a * n.one, c * n.one, y * n.one
    swap = alpha > n.middle
    w = n.top - alpha if swap else alpha
    lighter, heavier = (backdrop, colour) if swap else (colour, backdrop)
    return swap, w, n.top - w, lighter, heavier, z * n.top


@inlined
def _closed_form(a: np.ndarray, c: np.ndarray, y: np.ndarray, z: np.ndarray, n: Numbers) -> bool:
    """In place, 1-D; returns whether a composite came nearer to a half than the margin allows."""
    tight = False
    room = n.margin * n.top
    for i in range(a.size):
        swap, w, h, lighter, heavier, zz = _by_weight(a[i], c[i], y[i], z[i], n)
        # w = 0: the bounds are infinities of the right sign, and nothing is clipped.
        bound = np.floor((zz + n.middle) / w)
        lighter = lighter if lighter < bound else bound
        bound = np.ceil((zz - (h * n.top + n.middle)) / w)
        lighter = lighter if lighter > bound else bound
        rest = zz - w * lighter
        heavier = np.rint(rest / h)
        heavier = heavier if heavier > n.zero else n.zero
        heavier = heavier if heavier < n.top else n.top
        tight |= abs(rest - h * heavier) > room
        c[i] = np.int32(heavier if swap else lighter)
        y[i] = np.int32(lighter if swap else heavier)
    return tight


@compiled
def _keep_margin(a: np.ndarray, c: np.ndarray, y: np.ndarray, z: np.ndarray, n: Numbers) -> None:
    """16 bit: programs that work in float32 need the real composite nearer to z than a half. In place, 1-D."""
    room = n.margin * n.top
    for i in range(a.size):
        swap, w, h, lighter, heavier, zz = _by_weight(a[i], c[i], y[i], z[i], n)
        over = w * lighter + h * heavier - zz
        if abs(over) <= room:
            continue
        lighter = _with_room(lighter, w, zz - h * heavier, room, n)
        # Where the lighter value is at its limit, the heavier one moves a level back and the lighter one follows.
        over = w * lighter + h * heavier - zz
        if abs(over) > room:
            heavier -= np.sign(over)
            lighter = _with_room(lighter, w, zz - h * heavier, room, n)
        c[i] = np.int32(heavier if swap else lighter)
        y[i] = np.int32(lighter if swap else heavier)


@compiled
def _with_room(lighter: Real, w: Real, rest: Real, room: Real, n: Numbers) -> Real:
    """`lighter` moved so that w lighter lies within `room` of `rest`, as far as levels allow."""
    lighter = min(lighter, np.floor((rest + room) / w))
    lighter = max(lighter, np.ceil((rest - room) / w))
    return min(max(lighter, n.zero), n.top)
