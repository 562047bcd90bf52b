"""Compiled loops of `solve`: sums over pictures for every edge between two pixels, and the product with their matrix.

For one channel an edge (p, q) has the residual s_p z_p + h_p - s_q z_q - h_q in each picture. Its square, summed over
pictures with weights, needs six sums: of w, w z_p, w z_q, w z_p z_p, w z_p z_q, w z_q z_q. After that nothing depends
on the number of pictures. Knows nothing of how weights and sums are used.
"""

from __future__ import annotations

import numpy as np

from ..exact.compiled import compiled

__all__ = ["SUMS", "advance", "edge_evidence", "edge_sums", "product", "turn"]

SUMS = 6

DARKEST, BRIGHTEST, CLIPPED_WEIGHT = 0.0015, 0.9985, 0.02
"""Values outside are clipped: they no longer show what was added to them, and such a pixel has little weight."""


@compiled
def edge_sums(stack, unit, gain, shift, active, dy, dx, squared_scale, prior, smoothness, sums):
    """Add up the six sums of every edge from (y, x) to (y + dy, x + dx) of which one end is active.

    Parameters
    ----------
    stack : uint8 or uint16 N x h x w x 3
    unit : float, what one level is worth, 1 / 255 or 1 / 65535
    gain, shift : float32 h x w x 3
        s and h of the backdrop y = s z + h as they are known.
    active : uint8 h x w
    dy, dx : 0 or 1
    squared_scale : float
        Square of the residual, 0..1 of the range, at which the Cauchy weight has fallen to a half.
    prior : float32 5
        The squared scale of the overlay's own gradients, the spread of backdrops, and their mean by channel.
    smoothness : float32 h x w
        Weight of the overlay's own gradients; that of an edge is the larger one of its two ends.
    sums : float32 h x w x 3 x 6, written

    Returns
    -------
    float
        The weighted squared residuals, over pictures, edges and channels.
    """
    n, height, width = stack.shape[0], stack.shape[1], stack.shape[2]
    scale_prior, spread = prior[0], prior[1]
    total = 0.0
    acc = np.zeros((3, 6))
    zp = np.zeros(3)
    zq = np.zeros(3)
    for y in range(height - dy):
        for x in range(width - dx):
            if active[y, x] == 0 and active[y + dy, x + dx] == 0:
                continue
            acc[:] = 0
            for i in range(n):
                square = 0.0
                clipped = False
                for c in range(3):
                    a, b = stack[i, y, x, c] * unit, stack[i, y + dy, x + dx, c] * unit
                    zp[c], zq[c] = a, b
                    if a > BRIGHTEST or b > BRIGHTEST or a < DARKEST or b < DARKEST:
                        clipped = True
                    d = gain[y, x, c] * a + shift[y, x, c] - gain[y + dy, x + dx, c] * b - shift[y + dy, x + dx, c]
                    square += d * d
                weight = 2.0 / (squared_scale + square)
                if clipped:
                    weight *= CLIPPED_WEIGHT
                total += weight * square
                for c in range(3):
                    a, b = zp[c], zq[c]
                    acc[c, 0] += weight
                    acc[c, 1] += weight * a
                    acc[c, 2] += weight * b
                    acc[c, 3] += weight * a * a
                    acc[c, 4] += weight * a * b
                    acc[c, 5] += weight * b * b
            square = 0.0
            for c in range(3):
                rise = gain[y, x, c] - gain[y + dy, x + dx, c]
                level = rise * prior[2 + c] + shift[y, x, c] - shift[y + dy, x + dx, c]
                square += level * level + rise * rise * spread * spread
            weight = max(smoothness[y, x], smoothness[y + dy, x + dx]) * 2.0 / (scale_prior + square)
            for c in range(3):
                m = prior[2 + c]
                second = m * m + spread * spread
                acc[c, 0] += weight
                acc[c, 1] += weight * m
                acc[c, 2] += weight * m
                acc[c, 3] += weight * second
                acc[c, 4] += weight * second
                acc[c, 5] += weight * second
                for k in range(6):
                    sums[y, x, c, k] = acc[c, k]
    return total


@compiled
def product(right, down, diagonal, active, x, out):
    """The matrix of all edges, with a diagonal added, times x; returns x times that.

    Parameters
    ----------
    right, down : float32 h x w x 3 x 6, sums of the edges to the right and down
    diagonal : float32 h x w x 3 x 3, added to every pixel's own block (s s, s h, h h)
    active : uint8 h x w
        Elsewhere the result is 0.
    x, out : float64 h x w x 3 x 2
    """
    height, width = active.shape
    total = 0.0
    for y in range(height):
        for i in range(width):
            if active[y, i] == 0:
                for c in range(3):
                    out[y, i, c, 0] = 0.0
                    out[y, i, c, 1] = 0.0
                continue
            for c in range(3):
                s, h = x[y, i, c, 0], x[y, i, c, 1]
                a = diagonal[y, i, c, 0] * s + diagonal[y, i, c, 1] * h
                b = diagonal[y, i, c, 1] * s + diagonal[y, i, c, 2] * h
                if i + 1 < width:
                    o = right[y, i, c]
                    sq, hq = x[y, i + 1, c, 0], x[y, i + 1, c, 1]
                    a += o[3] * s + o[1] * (h - hq) - o[4] * sq
                    b += o[1] * s + o[0] * (h - hq) - o[2] * sq
                if y + 1 < height:
                    o = down[y, i, c]
                    sq, hq = x[y + 1, i, c, 0], x[y + 1, i, c, 1]
                    a += o[3] * s + o[1] * (h - hq) - o[4] * sq
                    b += o[1] * s + o[0] * (h - hq) - o[2] * sq
                if i > 0:
                    o = right[y, i - 1, c]
                    sp, hp = x[y, i - 1, c, 0], x[y, i - 1, c, 1]
                    a += o[5] * s + o[2] * (h - hp) - o[4] * sp
                    b += o[2] * s + o[0] * (h - hp) - o[1] * sp
                if y > 0:
                    o = down[y - 1, i, c]
                    sp, hp = x[y - 1, i, c, 0], x[y - 1, i, c, 1]
                    a += o[5] * s + o[2] * (h - hp) - o[4] * sp
                    b += o[2] * s + o[0] * (h - hp) - o[1] * sp
                out[y, i, c, 0] = a
                out[y, i, c, 1] = b
                total += s * a + h * b
    return total


@compiled
def advance(x, rest, direction, out, inverse, step):
    """One step of conjugate gradients: x and rest are changed, `out` becomes the preconditioned rest.

    x, rest, direction, out: float64 h x w x 3 x 2; out: the product with direction.   inverse: h x w x 3 x 3, the
    inverse blocks of every pixel (s s, s h, h h).   Returns the rest times the preconditioned rest.
    """
    total = 0.0
    for y in range(x.shape[0]):
        for i in range(x.shape[1]):
            for c in range(3):
                for k in range(2):
                    x[y, i, c, k] += step * direction[y, i, c, k]
                    rest[y, i, c, k] -= step * out[y, i, c, k]
                a, b = rest[y, i, c, 0], rest[y, i, c, 1]
                p = inverse[y, i, c, 0] * a + inverse[y, i, c, 1] * b
                q = inverse[y, i, c, 1] * a + inverse[y, i, c, 2] * b
                out[y, i, c, 0] = p
                out[y, i, c, 1] = q
                total += a * p + b * q
    return total


@compiled
def turn(direction, preconditioned, share):
    """The next direction of conjugate gradients, in place: preconditioned + share * direction."""
    for y in range(direction.shape[0]):
        for i in range(direction.shape[1]):
            for c in range(3):
                for k in range(2):
                    direction[y, i, c, k] = preconditioned[y, i, c, k] + share * direction[y, i, c, k]


@compiled
def edge_evidence(stack, unit, gain, shift, dy, dx, squared_scale, out):
    """How much likelier the pictures are with a step of the overlay across every edge: added to out, h x w.

    Twice the logarithm of the ratio of likelihoods; without a step both ends have the mean of their s and h.
    Parameters as in `edge_sums`.
    """
    n, height, width = stack.shape[0], stack.shape[1], stack.shape[2]
    for y in range(height - dy):
        for x in range(width - dx):
            total = 0.0
            for i in range(n):
                with_step, without = 0.0, 0.0
                for c in range(3):
                    a, b = stack[i, y, x, c] * unit, stack[i, y + dy, x + dx, c] * unit
                    s, t = gain[y, x, c], gain[y + dy, x + dx, c]
                    d = s * a + shift[y, x, c] - t * b - shift[y + dy, x + dx, c]
                    with_step += d * d
                    d = 0.5 * (s + t) * (a - b)
                    without += d * d
                total += 2 * np.log((squared_scale + without) / (squared_scale + with_step))
            out[y, x] += total
