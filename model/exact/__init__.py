"""The exact solve: nearby integers (colour, backdrop) whose composite IS the picture.

Given a layer's quantised alpha a, a guess of its colour c and of the backdrop y, and the picture z, all in
levels 0..M (M = 255 or 65535), find c and y close to the guesses so that every program gives z back:

    once      round(((M - a) y + a B) / M)                       B in real numbers (GIMP, Photoshop 8 bit)
    twice     round(((M - a) y + a round(B)) / M)                B rounded first (Krita 5.3, 8 bit)
    apart     round((M - a) y / M) + round(a round(B) / M)       both products rounded (Krita up to 5.2)

Krita's 8-bit product of three takes some quotients just above a half (128/255 and 129/255) down, not up; values that
would lie there, or as far below a half, where the negative is worked on, are avoided: either way is right then.

In normal mode B = c is an integer, `once` has no ties (M is odd) and an exact pair always exists: of the two
unknowns the one with the smaller weight w <= M/2 is clipped to where the other can still answer, and among the
M consecutive integers that round to z there is one that the heavier weight divides. In the other modes a pair
that suits all three is found by a closed form that leaves a margin for the inner rounding; what that misses is
searched for near by; and what the search misses takes the neutral colour (white to multiply, black to screen
and add), for which B and mix give back y = z under every rounding. So the solve never fails; it counts how
often it had to go that far.

Compiled by numba: measured, a value takes 0.7 ns (normal, 8 bit) to 4 where the best numpy took 3 to 19, most of it for
the memory. The compiled code is kept in a cache on disk; the first solve of all waits about a second for it.

Knows nothing of files, stripes or how the guesses were made.
"""

from __future__ import annotations

import numpy as np

from ..types import BlendType
from .numbers import NUMBERS

__all__ = ["ready", "solve"]


def ready() -> None:
    """Bring the compiled code in, which the first solve would otherwise wait for. From any thread."""
    nothing = np.zeros((1, 1), np.uint8)
    solve(nothing, nothing[None], nothing[None], nothing[None], BlendType.NORMAL)


def solve(
    alpha: np.ndarray, colour: np.ndarray, backdrop: np.ndarray, target: np.ndarray, blend: BlendType
) -> tuple[np.ndarray, np.ndarray, int]:
    """(colour, backdrop, resorts): exact for `target`, near the guesses.

    colour, backdrop, target: planes, ... x h x w of uint8 or uint16; alpha: h x w of that dtype, one for all planes.
    Where alpha is 0 the backdrop is the target and the colour stays; where it is full and the mode normal, the
    other way round. resorts: how many values had to take the neutral colour.
    """
    if blend == BlendType.SCREEN:  # screen is multiply seen in the negative, under all three roundings
        c, y, resorts = solve(alpha, ~colour, ~backdrop, ~target, BlendType.MULTIPLY)
        return np.invert(c, out=c), np.invert(y, out=y), resorts
    c, y = np.array(colour, order="C"), np.array(backdrop, order="C")
    # One layout for all: compiled code is made anew for arrays with gaps, or that may not be written.
    a, z = (np.require(x, requirements=("C", "W")) for x in (alpha, target))
    a, (c0, y0, z0) = a.reshape(-1), (x.reshape(-1, alpha.size) for x in (c, y, z))
    numbers = NUMBERS[target.dtype]
    # Compiled code is imported when it is first needed: a picture with nothing on it never waits for it.
    if blend == BlendType.NORMAL:
        from .normal import solve_normal

        solve_normal(a, c0, y0, z0, numbers)
        return c, y, 0
    from .others import solve_add, solve_multiply

    solve_mode = solve_multiply if blend == BlendType.MULTIPLY else solve_add
    return c, y, int(solve_mode(a, c0, y0, z0, numbers))
