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

Why numpy and no compiled kernels. Measured CPU time a value (three values a pixel): normal 4 ns at 8 bit and 9 at 16;
multiply and screen 18 and 26; add 13 and 21; a whole-array float64 composite takes 10-20, most of it for the memory.
Compiled kernels are quicker, but importing their compiler costs 0.3 s and a first run seconds of compilation, which is
more than they save even at 24 megapixels.

Exactness of the arithmetic: in normal mode all quantities are whole numbers below 2^24 (8 bit, float32) or 2^53
(16 bit, float64). In the others a quotient by M is at least 1 / 2M of a level away from where rounding would change
its mind, against an error below 1e-4 (8 bit) or 1e-9 (16 bit); the real composite keeps MARGIN_OF's distance.

Knows nothing of files, stripes or how the guesses were made.
"""

from __future__ import annotations

import numpy as np

from .types import BlendType

__all__ = ["solve"]

CHUNK = 49152
"""Values solved at a time, all planes together: enough that calls cost little, few enough for the cache."""

MARGIN_OF = {255: 0.4985, 65535: 0.45}
"""How far from z, in levels, the real composite may lie: under a half, less what float32 programs lose."""

SURE = 0.492
"""How far an 8-bit product may be from its whole level, so that Krita rounds it as everybody does: 125/255 is sure."""

REACH = 6
"""How many levels the search goes up and down from the first answer."""

NOTHING = np.zeros(1, bool)
"""What the normal mode misses."""


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
        return ~c, ~y, resorts
    first = _solve_normal if blend == BlendType.NORMAL else _first_answer
    planes = target.reshape(-1, alpha.size).shape[0]
    weights = alpha.reshape(alpha.size)
    c0, y0, z0 = (x.reshape(planes, alpha.size) for x in (colour, backdrop, target))
    solved_c, solved_y = np.empty_like(z0), np.empty_like(z0)
    missed: list[np.ndarray] = []
    step = max(1, CHUNK // planes)  # all planes of a pixel together: what follows from alpha alone is worked out once
    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(0, alpha.size, step):
            here = np.s_[:, start : start + step]
            solved_c[here], solved_y[here], bad = first(
                weights[start : start + step], c0[here], y0[here], z0[here], blend
            )
            if bad.any():
                plane, pixel = divmod(np.flatnonzero(bad), bad.shape[-1])
                missed.append(plane * alpha.size + pixel + start)
    solved_c, solved_y = solved_c.reshape(-1), solved_y.reshape(-1)
    resorts = 0
    if missed:
        where = np.concatenate(missed)
        found = _search(weights[where % alpha.size], solved_c[where], solved_y[where], z0.reshape(-1)[where], blend)
        solved_c[where], solved_y[where], resorts = found
    return solved_c.reshape(target.shape), solved_y.reshape(target.shape), resorts


def _number(dtype: np.dtype) -> tuple[type, int]:
    """The float type that holds every product of the solve exactly, and M."""
    return (np.float32, 255) if dtype == np.uint8 else (np.float64, 65535)


# --- normal ------------------------------------------------------------------------------------


def _solve_normal(a: np.ndarray, c: np.ndarray, y: np.ndarray, z: np.ndarray, blend: BlendType):
    """Closed form; see the module docstring. a: n, the rest planes x n, of one unsigned dtype; nothing is ever missed.

    Quotients are products with the reciprocal, which are not exact; so their numerators, whole numbers, are moved half
    a unit off the place where floor and ceil change their mind.
    """
    real, top = _number(z.dtype)
    half = real(top // 2)
    # All ones where the colour weighs more: there the two trade places, by exclusive or. M - a is a ^ M.
    swap = (a > top // 2).astype(a.dtype) * a.dtype.type(top)
    trade = c ^ y
    trade &= swap
    w = (a ^ swap).astype(real)
    h = top - w
    per_w, per_h = 1 / w, 1 / h
    light = (c ^ trade).astype(real)
    zz = z.astype(real)
    zz *= top
    # w = 0: the bounds are infinities of the right sign, and nothing is clipped.
    bound = zz + (half + real(0.5))
    bound *= per_w
    np.minimum(light, np.floor(bound, out=bound), out=light)
    np.subtract(zz, h * real(top) + (half + real(0.5)), out=bound)
    bound *= per_w
    np.maximum(light, np.ceil(bound, out=bound), out=light)
    rest = np.multiply(w, light, out=bound)
    np.subtract(zz, rest, out=rest)
    heavy = rest * per_h
    np.rint(heavy, out=heavy)
    np.minimum(np.maximum(heavy, 0, out=heavy), top, out=heavy)
    if z.dtype == np.uint16:
        rest -= h * heavy
        tight = np.flatnonzero(np.abs(rest, out=rest) > MARGIN_OF[top] * top)
        if tight.size:  # programs that work in float32 need the real composite nearer to z than a half
            at = tight % a.size
            put = light.reshape(-1), heavy.reshape(-1)
            put[0][tight], put[1][tight] = _with_room(put[0][tight], put[1][tight], w[at], h[at], zz.reshape(-1)[tight])
    light, heavy = light.astype(z.dtype), heavy.astype(z.dtype)
    np.bitwise_xor(light, heavy, out=trade)
    trade &= swap
    light ^= trade
    heavy ^= trade
    return light, heavy, NOTHING


def _with_room(light: np.ndarray, heavy: np.ndarray, w: np.ndarray, h: np.ndarray, zz: np.ndarray):
    """(light, heavy) whose real composite lies within MARGIN_OF of the picture, as far as levels allow; 16 bit, 1-D."""
    top = 65535
    room = MARGIN_OF[top] * top
    _give_room(light, w, zz - h * heavy, room, top)
    # Where the light colour is at its end, the heavy one goes a level the other way, and the light one follows.
    over = w * light + h * heavy - zz
    heavy -= np.sign(over) * (np.abs(over) > room)
    _give_room(light, w, zz - h * heavy, room, top)
    return light, heavy


def _give_room(light: np.ndarray, w: np.ndarray, rest: np.ndarray, room: float, top: int) -> None:
    """Move `light`, in place, so that w light lies within `room` of `rest`, as far as levels allow."""
    np.minimum(light, np.floor((rest + room) / w), out=light)
    np.maximum(light, np.ceil((rest - room) / w), out=light)
    np.minimum(np.maximum(light, 0, out=light), top, out=light)


# --- multiply and add --------------------------------------------------------------------------


def _first_answer(a8: np.ndarray, c8: np.ndarray, y8: np.ndarray, z8: np.ndarray, blend: BlendType):
    """The closed form and where it missed. a8: n, the rest planes x n, of one unsigned dtype."""
    real, top = _number(z8.dtype)
    a, c, z = a8 * real(1 / top), c8.astype(real), z8.astype(real)
    if blend == BlendType.ADD:  # y = z - a c and y + c <= M together bound c, unless a = 1
        np.minimum(c, np.floor((top - z + (a8 == top)) / np.maximum(1 - a, real(0.5 / top))), out=c)
    y, let = _backdrop_for(a, c, z, blend, top)
    if let is not None and let.min() < 0.5:
        # Where little shines through, inversion is guesswork: keep the backdrop that was given.
        np.copyto(y, y8, where=let < 0.5)
    c, good = _colour_for(a, y, z, c, blend, top)
    c_out, y_out, bad = c.astype(z8.dtype), y.astype(z8.dtype), ~good
    if not a8.all():
        none = a8 == 0
        np.copyto(c_out, c8, where=none)
        np.copyto(y_out, z8, where=none)
        bad &= ~none
    return c_out, y_out, bad


def _backdrop_for(a: np.ndarray, c: np.ndarray, z: np.ndarray, blend: BlendType, top: int):
    """(y, T): the whole level y nearest to (z - f) / T, and T (None where it is 1). a is 0..1, the rest levels."""
    if blend == BlendType.ADD:
        y = a * c
        np.subtract(z, y, out=y)
        return np.maximum(np.rint(y, out=y), 0, out=y), None
    let = c * a.dtype.type(1 / top)
    let *= a
    let -= a
    let += 1
    y = z / np.maximum(let, a.dtype.type(1e-6))
    return np.minimum(np.rint(y, out=y), top, out=y), let


def _colour_for(a: np.ndarray, y: np.ndarray, z: np.ndarray, c: np.ndarray, blend: BlendType, top: int):
    """(colour, good): the whole level nearest to c that should give z with this y, and where it does.

    The composite is base + g c. `once` wants its error e = base + g c - z within a half; `twice` leaves B half a
    level of play, hence a / 2 less; `apart` wants the same of e - s, where s is what rounding (1 - a) y took. Both
    together: |e - s / 2| within (1 - a) / 2 - |s| / 2, less g / 2 for rounding c. A colour outside that may
    still be good, and one inside is; so all three are checked.
    """
    real = a.dtype.type
    play = a * real(-0.5 if blend == BlendType.MULTIPLY else 0)
    play += real(0.5 if blend == BlendType.MULTIPLY else MARGIN_OF[top])
    g = a * y
    under = y - g
    rounded = np.rint(under)
    split = under - rounded
    off = np.abs(split)
    sure = off < SURE if top == 255 else None
    split *= real(0.5)
    off *= real(0.5)
    np.subtract(z, under, out=under)  # from here on: what a B has to be
    if blend == BlendType.MULTIPLY:
        g *= real(1 / top)
        want = under
    else:
        g = a
        want = z - y
    steep = 1 / np.maximum(g, real(1e-9))
    split += want
    split *= steep
    play = np.subtract(play, off, out=off)
    play *= steep
    play -= real(0.5)
    np.maximum(play, 0, out=play)
    c = np.minimum(np.maximum(c, split - play), split + play)
    np.rint(c, out=c)
    np.minimum(np.maximum(c, 0, out=c), top if blend == BlendType.MULTIPLY else top - y, out=c)
    good = _gives(a, c, y, blend, top, g, want, under, z - rounded)
    return c, good if sure is None else np.logical_and(good, sure, out=good)


def _gives(
    a: np.ndarray,
    c: np.ndarray,
    y: np.ndarray,
    blend: BlendType,
    top: int,
    g: np.ndarray,
    want: np.ndarray,
    rest: np.ndarray,
    left: np.ndarray,
) -> np.ndarray:
    """Where all three roundings give the picture: g c near `want`, a round(B) near `rest`, and rounded it is `left`."""
    if blend == BlendType.MULTIPLY:
        inner = y * c
        inner *= a.dtype.type(1 / top)
        np.rint(inner, out=inner)
    else:
        inner = y + c
    inner *= a
    whole = np.rint(inner)
    good = whole == left
    if top == 255:
        good &= np.abs(np.subtract(whole, inner, out=whole), out=whole) < SURE
    inner -= rest
    good &= np.abs(inner, out=inner) < 0.5
    once = g * c
    once -= want
    good &= np.abs(once, out=once) <= MARGIN_OF[top]
    return good


def _search(a8: np.ndarray, c8: np.ndarray, y8: np.ndarray, z8: np.ndarray, blend: BlendType):
    """Try the backdrops around the one that suits the colour; the neutral colour where none does."""
    real, top = _number(z8.dtype)
    a, c, z = a8 * real(1 / top), c8.astype(real), z8.astype(real)
    centre, _ = _backdrop_for(a, c, z, blend, top)
    found_c, found_y = np.full_like(c8, top if blend == BlendType.MULTIPLY else 0), z8.copy()
    left = np.arange(c.size)
    for step in range(2 * REACH + 1):
        offset = (step + 1) // 2 * (1 if step % 2 else -1)
        y = np.minimum(np.maximum(centre + offset, 0), top)
        colour, good = _colour_for(a, y, z, c, blend, top)
        hit, miss = np.flatnonzero(good), np.flatnonzero(~good)  # indices select several times faster than masks
        found_c[left.take(hit)], found_y[left.take(hit)] = colour.take(hit), y.take(hit)
        a, c, z, centre, left = (x.take(miss) for x in (a, c, z, centre, left))
        if not left.size:
            break
    return found_c, found_y, left.size
