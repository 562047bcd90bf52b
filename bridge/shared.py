"""`decompose --shared`: the overlay that the pictures of a call share is estimated first, then each is taken apart.

Reads the pictures, groups them by size and depth, and leaves each group's overlay as an RGBA picture with the results.
Knows nothing of how an overlay is estimated (`model.shared_overlay`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .decompose_file import FileJob
from .errors import BridgeError
from .formats import atomic_file, read_composite
from .formats.png import encode_png
from .progress import Bar
from .shared_file import write_shared
from .shared_shape import Shape, shape_of

if TYPE_CHECKING:
    from model.shared_overlay import SharedOverlay

__all__ = ["OVERLAY_NAME", "SharedGroup", "with_shared_overlays"]

OVERLAY_NAME = "shared-overlay"


@dataclass(frozen=True)
class SharedGroup:
    """What was found in the pictures of one size. overlay: its picture, None where they share nothing.

    different: how many different ones it was estimated from.
    """

    size: tuple[int, int]
    count: int
    different: int
    overlay: Path | None

    def as_line(self) -> str:
        """One line for a person."""
        about = f"{self.count} pictures of {self.size[0]} x {self.size[1]}"
        if self.overlay is not None:
            return f"{about} share an overlay, written to {self.overlay} ({self.different} different ones)"
        from model.shared_overlay import LEAST_PICTURES

        if self.different < LEAST_PICTURES:
            return (
                f"{about}: at least {LEAST_PICTURES} different ones of one size are needed, they are left as they are"
            )
        return f"{about} share no overlay, they are left as they are"


@contextmanager
def with_shared_overlays(
    jobs: Sequence[FileJob], folder: Path, tell: Callable[[SharedGroup], None]
) -> Iterator[list[FileJob]]:
    """The jobs with the overlay of their group, kept in a temporary file while this is entered.

    folder: of the results, where the overlays' pictures go.   tell: called with each group when it is done.
    A picture that cannot be read keeps its job as it is: it is reported when its turn comes.

    Raises BridgeError where an overlay's picture cannot be written.
    """
    from model.shared_overlay import overlay_pixels

    groups: dict[Shape, list[int]] = {}
    for number, job in enumerate(jobs):
        shape = shape_of(job.task.source)
        if shape is not None:
            groups.setdefault(shape, []).append(number)
    out = list(jobs)
    with tempfile.TemporaryDirectory(prefix="diffdecompose-") as held:
        for place, (shape, numbers) in enumerate(groups.items()):
            same = [jobs[number] for number in numbers]
            with Bar("shared overlay") as tick:
                found = _estimated(same, tick)
            picture = None
            if found.estimate is not None:
                name = OVERLAY_NAME + ("" if len(groups) == 1 else f"-{shape[0]}x{shape[1]}-{shape[2]}") + ".png"
                picture = folder / name
                if any(job.task.target == picture for job in jobs):
                    raise BridgeError(f"{picture}: a result and the overlay would have one name: rename the picture")
                with atomic_file(picture, overwrite=True) as file:
                    encode_png(overlay_pixels(found.estimate), file)
            path = Path(held) / f"{place}.npz"
            write_shared(found.estimate, path)
            for number in numbers:
                out[number] = replace(jobs[number], shared=str(path))
            tell(SharedGroup(shape[:2], len(numbers), found.pictures, picture))
        yield out


def _estimated(jobs: Sequence[FileJob], tick: Bar) -> SharedOverlay:
    from model.shared_overlay import estimate_overlay

    def read(number: int) -> np.ndarray | None:
        try:
            return read_composite(jobs[number].task.source).pixels
        except BridgeError:  # reported when its turn comes
            return None

    return estimate_overlay(read, len(jobs), tick=lambda step, steps: tick("overlay", step, steps))
