"""What arithmetic makes of the network's mark: of its repeats, of its one colour, of what it hides.

And the paint that goes with a mark as the network alone sees it. Knows nothing of engines.
"""

from __future__ import annotations

import numpy as np

from ..imaging.threads import run_in_background
from ..types import BlendType, Estimate, Request
from .fit import fit_single_ink
from .inpaint_opaque import inpaint_opaque
from .passes import Fields, GlobalPrediction
from .tiling import find_tiling

__all__ = ["closed_form", "predicted_background"]


def closed_form(request: Request, top: Estimate, paint: np.ndarray | None) -> tuple[Estimate, np.ndarray | None]:
    """What arithmetic makes of the network's mark: of its repeats, of its one colour, of what it hides."""
    repeated = find_tiling(request, top)
    if repeated is None:
        fitted = fit_if_normal(request, top)
        if fitted is not None:
            return fitted
        beneath = inpaint_opaque(request, top)
        return top, paint if beneath is None else beneath
    pooling = run_in_background(repeated.pool_instances)  # of the picture alone, so it need not wait for the fit
    fitted = fit_if_normal(request, repeated.top)
    return repeated.solved(fitted[0] if fitted else repeated.top, pooling.result())


def fit_if_normal(request: Request, mark: Estimate) -> tuple[Estimate, np.ndarray] | None:
    return fit_single_ink(request, mark) if mark.blend is BlendType.NORMAL else None


def predicted_background(whole: GlobalPrediction, fields: Fields) -> np.ndarray | None:
    """The global pass's background over the box, reduced; None where the picture shows through everywhere."""
    if float(fields.transmission.min()) > 0.25:
        return None
    left, top, width, height = fields.box
    fx, fy = whole.factor
    rows = slice(int(top * fy), max(int(top * fy) + 1, round((top + height) * fy)))
    columns = slice(int(left * fx), max(int(left * fx) + 1, round((left + width) * fx)))
    return np.ascontiguousarray(whole.output.paint[:, rows, columns].transpose(1, 2, 0)).astype(np.float16)
