"""The exact solve in multiply and add, compiled: a closed form, then a search. See the package's docstring.

Screen is multiply of the complements, under all three roundings; the caller complements. Most values need only the
closed form, whose loop has no branches, so that the compiler can vectorise it; values of a block for which it fails are
marked and searched one at a time.
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled, inlined
from .numbers import Numbers, Real

__all__ = ["solve_add", "solve_multiply"]

BLOCK = 1024
"""Values between two searches; their marks stay in the first-level cache."""

REACH = 6
"""Levels that the search goes up and down from the backdrop of the closed form."""


@compiled
def solve_multiply(a: np.ndarray, c: np.ndarray, y: np.ndarray, z: np.ndarray, n: Numbers) -> int:
    """Solve in multiply, in place; returns how many values had to take the neutral colour.

    Parameters
    ----------
    a : alpha, n values
    c, y : colour and backdrop, planes x n, overwritten
    z : the picture, planes x n
    n : Numbers of the arrays' dtype
    """
    return _solve(a, c, y, z, True, n)


@compiled
def solve_add(a: np.ndarray, c: np.ndarray, y: np.ndarray, z: np.ndarray, n: Numbers) -> int:
    """As `solve_multiply`, in add."""
    return _solve(a, c, y, z, False, n)


@inlined
def _solve(a: np.ndarray, c: np.ndarray, y: np.ndarray, z: np.ndarray, multiply: bool, n: Numbers) -> int:
    """Multiply, or else add. Inlined with a constant `multiply`, so that each mode has loops without branches."""
    resorts = 0
    missed = np.empty(BLOCK, np.uint8)
    for plane in range(z.shape[0]):
        for start in range(0, a.size, BLOCK):
            end = min(start + BLOCK, a.size)
            alpha, zs = a[start:end], z[plane, start:end]
            cs, ys = c[plane, start:end], y[plane, start:end]
            count = 0
            for i in range(alpha.size):
                share, picture = alpha[i] * n.per_top, zs[i] * n.one
                colour = _bounded(cs[i] * n.one, share, picture, multiply, n)
                backdrop, transmission = _backdrop_for(share, colour, picture, multiply, n)
                # Where little is transmitted, inversion amplifies noise: keep the backdrop that was given.
                backdrop = ys[i] * n.one if transmission < n.half else backdrop
                colour, good = _colour_for(share, backdrop, picture, colour, multiply, n)
                none = alpha[i] == 0
                cs[i] = cs[i] if none else np.int32(colour)
                ys[i] = zs[i] if none else np.int32(backdrop)
                miss = np.uint8(0) if (good | none) else np.uint8(1)
                missed[i] = miss
                count += miss
            if count:
                resorts += _search(missed, alpha, cs, ys, zs, multiply, n)
    return resorts


@compiled
def _search(
    missed: np.ndarray, a: np.ndarray, c: np.ndarray, y: np.ndarray, z: np.ndarray, multiply: bool, n: Numbers
) -> int:
    """Try the backdrops around that of the closed form; the neutral colour where none is exact. In place, 1-D."""
    resorts = 0
    for i in range(a.size):
        if not missed[i]:
            continue
        share, picture, wanted = a[i] * n.per_top, z[i] * n.one, c[i] * n.one
        centre, _ = _backdrop_for(share, wanted, picture, multiply, n)
        good = False
        for step in range(2 * REACH + 1):
            backdrop = centre + n.one * ((step + 1) // 2 * (1 if step % 2 else -1))
            backdrop = min(max(backdrop, n.zero), n.top)
            colour, good = _colour_for(share, backdrop, picture, wanted, multiply, n)
            if good:
                c[i], y[i] = np.int32(colour), np.int32(backdrop)
                break
        if not good:
            c[i], y[i] = np.int32(n.top if multiply else n.zero), z[i]
            resorts += 1
    return resorts


@inlined
def _bounded(c: Real, a: Real, z: Real, multiply: bool, n: Numbers) -> Real:
    """In add, y = z - a c and y + c <= M together bound c, unless a = 1."""
    through = n.one - a
    room = n.top - z + (n.one if through <= n.zero else n.zero)
    most = np.floor(room / (through if through > n.half * n.per_top else n.half * n.per_top))
    return c if multiply or c < most else most


@inlined
def _backdrop_for(a: Real, c: Real, z: Real, multiply: bool, n: Numbers):
    """(y, T): the whole level y nearest to (z - f) / T. a is 0..1, the rest levels."""
    transmission = c * (a * n.per_top) + (n.one - a) if multiply else n.one
    y = np.rint((z if multiply else z - a * c) / (transmission if transmission > n.tiny else n.tiny))
    y = y if y > n.zero else n.zero
    return y if y < n.top else n.top, transmission


@inlined
def _colour_for(a: Real, y: Real, z: Real, c: Real, multiply: bool, n: Numbers):
    """(colour, good): the level nearest to c that should give z with this y, and whether it does.

    The composite is base + g c. `once` requires its error e = base + g c - z to be within a half; in `twice` B may be
    off by half a level, hence a / 2 less; `apart` requires the same of e - s, where s is the error of rounding
    (1 - a) y. Together: |e - s / 2| within (1 - a) / 2 - |s| / 2, less g / 2 for rounding c. A colour inside that is
    exact, one outside may be; so all three roundings are checked.
    """
    under = y - a * y
    rounded = np.rint(under)
    split = under - rounded
    off = abs(split)
    rest = z - under  # required value of a B
    want = rest if multiply else z - y
    g = a * y * n.per_top if multiply else a
    steep = n.one / (g if g > n.tiny else n.tiny)
    middle = (want + split * n.half) * steep
    play = ((n.half - a * n.half if multiply else n.margin) - off * n.half) * steep - n.half
    play = play if play > n.zero else n.zero
    c = c if c > middle - play else middle - play
    c = np.rint(c if c < middle + play else middle + play)
    most = n.top if multiply else n.top - y
    c = c if c > n.zero else n.zero
    c = c if c < most else most
    inner = a * (np.rint(y * c * n.per_top) if multiply else y + c)
    whole = np.rint(inner)
    good = (
        (off < n.sure)
        & (abs(whole - inner) < n.sure)
        & (whole == z - rounded)
        & (abs(inner - rest) < n.half)
        & (abs(g * c - want) <= n.margin)
    )
    return c, good
