"""The exact solve: integers (colour, backdrop) near given guesses whose composite equals the picture.

Given a layer's quantised alpha a, guesses of its colour c and of the backdrop y, and the picture z, all in
levels 0..M (M = 255 or 65535), it finds c and y close to the guesses whose composite is z under the rounding of each
of these programs:

    once      round(((M - a) y + a B) / M)                       B in real numbers (GIMP, Photoshop 8 bit)
    twice     round(((M - a) y + a round(B)) / M)                B rounded first (Krita 5.3, 8 bit)
    apart     round((M - a) y / M) + round(a round(B) / M)       both products rounded (Krita up to 5.2)

Krita's 8-bit product of three rounds some quotients just above a half (128/255 and 129/255) down instead of up. Values
there, and as far below a half for screen, which is solved as multiply of the complements, are avoided, so that both
roundings agree.

In normal mode B = c is an integer, `once` has no ties (M is odd) and an exact pair always exists: the unknown with the
smaller weight w <= M/2 is clipped to the range in which the other unknown has a solution, and among the M consecutive
integers that round to z there is one that the larger weight divides. In the other modes a closed form with a margin for
the inner rounding finds a pair that is exact under all three roundings; where it fails, nearby values are searched; and
where the search fails, the neutral colour is taken (white for multiply, black for screen and add), with which the
composite is y = z under every rounding. The solve therefore always succeeds; it counts how often the neutral colour was
taken.

The loops are compiled by numba: 0.7 ns a value (normal, 8 bit) to 4 ns, mostly memory access, where the best numpy
version took 3 to 19 ns. The compiled code is cached on disk; the first solve in a process takes about a second longer.

Knows nothing of files, stripes or how the guesses were made.
"""

from __future__ import annotations

import numpy as np

from ..types import BlendType
from .numbers import NUMBERS

__all__ = ["ready", "solve"]


def ready() -> None:
    """Load the compiled code, which the first solve would otherwise wait for. May be called from any thread."""
    nothing = np.zeros((1, 1), np.uint8)
    solve(nothing, nothing[None], nothing[None], nothing[None], BlendType.NORMAL)


def solve(
    alpha: np.ndarray, colour: np.ndarray, backdrop: np.ndarray, target: np.ndarray, blend: BlendType
) -> tuple[np.ndarray, np.ndarray, int]:
    """Colour and backdrop near the guesses whose composite is exactly `target`.

    Parameters
    ----------
    alpha : uint8 or uint16 h x w, one for all planes
    colour, backdrop : ... x h x w of the same dtype
        The guesses; they are not modified.
    target : ... x h x w of the same dtype
        The picture.
    blend : BlendType

    Returns
    -------
    colour, backdrop : of the shapes and dtype of the guesses
        Where alpha is 0 the backdrop is the target and the colour remains; where alpha is full and the mode normal, the
        colour is the target and the backdrop remains.
    resorts : int
        Number of values that had to take the neutral colour.
    """
    if blend == BlendType.SCREEN:  # screen is multiply of the complements, under all three roundings
        c, y, resorts = solve(alpha, ~colour, ~backdrop, ~target, BlendType.MULTIPLY)
        return np.invert(c, out=c), np.invert(y, out=y), resorts
    c, y = np.array(colour, order="C"), np.array(backdrop, order="C")
    # One memory layout: numba compiles again for arrays that are not contiguous or not writable.
    a, z = (np.require(x, requirements=("C", "W")) for x in (alpha, target))
    a, (c0, y0, z0) = a.reshape(-1), (x.reshape(-1, alpha.size) for x in (c, y, z))
    numbers = NUMBERS[target.dtype]
    # Imported when first needed: a picture without a foreground does not wait for the compiled code.
    if blend == BlendType.NORMAL:
        from .normal import solve_normal

        solve_normal(a, c0, y0, z0, numbers)
        return c, y, 0
    from .others import solve_add, solve_multiply

    solve_mode = solve_multiply if blend == BlendType.MULTIPLY else solve_add
    return c, y, int(solve_mode(a, c0, y0, z0, numbers))
