"""The exact solve in normal mode, compiled: a closed form that never misses. See the package's docstring.

The loop has no branches, so that the compiler works on eight or sixteen values at once.
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled, inlined
from .numbers import Numbers, Real

__all__ = ["solve_normal"]

BLOCK = 1024
"""Values between two looks whether one of them came too near to a half."""


@compiled
def solve_normal(a: np.ndarray, c: np.ndarray, y: np.ndarray, z: np.ndarray, n: Numbers) -> None:
    """Overwrites the guesses. a: alpha, n; c, y, z: colour, backdrop and picture, planes x n; all of one depth.

    `light` and `heavy` are the two unknowns by weight. M is odd, so no quotient falls on a half; numerators, whole
    numbers, are moved by M / 2 and so stay off the place where floor and ceil change their mind.
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
    """(whether the light unknown is the backdrop, weight of the light one, of the heavy one, light, heavy, M z)."""
    alpha, colour, backdrop = a * n.one, c * n.one, y * n.one
    swap = alpha > n.middle
    w = n.top - alpha if swap else alpha
    light, heavy = (backdrop, colour) if swap else (colour, backdrop)
    return swap, w, n.top - w, light, heavy, z * n.top


@inlined
def _closed_form(a: np.ndarray, c: np.ndarray, y: np.ndarray, z: np.ndarray, n: Numbers) -> bool:
    """In place, 1-D; whether a composite came nearer to a half than the margin allows."""
    tight = False
    room = n.margin * n.top
    for i in range(a.size):
        swap, w, h, light, heavy, zz = _by_weight(a[i], c[i], y[i], z[i], n)
        # w = 0: the bounds are infinities of the right sign, and nothing is clipped.
        bound = np.floor((zz + n.middle) / w)
        light = light if light < bound else bound
        bound = np.ceil((zz - (h * n.top + n.middle)) / w)
        light = light if light > bound else bound
        rest = zz - w * light
        heavy = np.rint(rest / h)
        heavy = heavy if heavy > n.zero else n.zero
        heavy = heavy if heavy < n.top else n.top
        tight |= abs(rest - h * heavy) > room
        c[i] = np.int32(heavy if swap else light)
        y[i] = np.int32(light if swap else heavy)
    return tight


@compiled
def _keep_margin(a: np.ndarray, c: np.ndarray, y: np.ndarray, z: np.ndarray, n: Numbers) -> None:
    """16 bit: programs that work in float32 need the real composite nearer to z than a half. In place, 1-D."""
    room = n.margin * n.top
    for i in range(a.size):
        swap, w, h, light, heavy, zz = _by_weight(a[i], c[i], y[i], z[i], n)
        over = w * light + h * heavy - zz
        if abs(over) <= room:
            continue
        light = _with_room(light, w, zz - h * heavy, room, n)
        # Where the light colour is at its end, the heavy one goes a level the other way, and the light one follows.
        over = w * light + h * heavy - zz
        if abs(over) > room:
            heavy -= np.sign(over)
            light = _with_room(light, w, zz - h * heavy, room, n)
        c[i] = np.int32(heavy if swap else light)
        y[i] = np.int32(light if swap else heavy)


@compiled
def _with_room(light: Real, w: Real, rest: Real, room: Real, n: Numbers) -> Real:
    """`light` moved so that w light lies within `room` of `rest`, as far as levels allow."""
    light = min(light, np.floor((rest + room) / w))
    light = max(light, np.ceil((rest - room) / w))
    return min(max(light, n.zero), n.top)
