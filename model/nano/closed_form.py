"""What arithmetic makes of the network's mark: of its repeats, of its one colour, of what it hides.

And the paint that goes with a mark as the network alone sees it. Knows nothing of engines.
"""

from __future__ import annotations

import numpy as np

from ..imaging.threads import run_in_background
from ..types import BlendType, Estimate, Request
from .hidden import painted
from .passes import Fields, Whole
from .refit import refitted
from .tiled import tiled

__all__ = ["closed_form", "paint_over"]


def closed_form(request: Request, top: Estimate, paint: np.ndarray | None) -> tuple[Estimate, np.ndarray | None]:
    """What arithmetic makes of the network's mark: of its repeats, of its one colour, of what it hides."""
    repeated = tiled(request, top)
    if repeated is None:
        fitted = one_ink(request, top)
        if fitted is not None:
            return fitted
        beneath = painted(request, top)
        return top, paint if beneath is None else beneath
    pooling = run_in_background(repeated.pooled)  # of the picture alone, so it need not wait for the fit
    fitted = one_ink(request, repeated.top)
    return repeated.solved(fitted[0] if fitted else repeated.top, pooling.result())


def one_ink(request: Request, mark: Estimate) -> tuple[Estimate, np.ndarray] | None:
    return refitted(request, mark) if mark.blend is BlendType.NORMAL else None


def paint_over(whole: Whole, fields: Fields) -> np.ndarray | None:
    """The global pass's background over the box, reduced; None where the picture shows through everywhere."""
    if float(fields.transmission.min()) > 0.25:
        return None
    left, top, width, height = fields.box
    fx, fy = whole.factor
    rows = slice(int(top * fy), max(int(top * fy) + 1, round((top + height) * fy)))
    columns = slice(int(left * fx), max(int(left * fx) + 1, round((left + width) * fx)))
    return np.ascontiguousarray(whole.look.paint[:, rows, columns].transpose(1, 2, 0)).astype(np.float16)
