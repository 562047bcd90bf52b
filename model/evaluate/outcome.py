"""One measured result: one method on one picture. Knows nothing of how it was measured or is shown."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Outcome"]


@dataclass(frozen=True)
class Outcome:
    """One method on one picture. Errors in levels of 255, alpha_error 0..1; None: does not apply.

    ratio: rmse over that of the unchanged composite.   blend: the estimated blend type; None = nothing found.
    blend_visible: whether the true blend type is identifiable from the composite.
    """

    row: str
    picture: str
    method: str
    kind: str | None
    rmse: float
    ratio: float | None
    psnr: float
    ssim: float
    seconds: float
    alpha_error: float | None = None
    colour_error: float | None = None
    recomposition_error: int | None = None
    engine: str | None = None
    blend: str | None = None
    true_blend: str | None = None
    blend_visible: bool | None = None
    confidence: float | None = None
    coverage: float | None = None

    @property
    def clean(self) -> bool:
        """Whether the composite is known to have no overlay."""
        return self.kind is None and self.true_blend is None

    @property
    def right(self) -> bool:
        """Whether the engine helped: it left a clean composite alone, or came closer to the background elsewhere."""
        found = self.blend is not None
        return not found if self.clean else found and self.ratio is not None and self.ratio < 1
