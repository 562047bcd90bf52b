"""Where a mark hides the picture, the background beneath it is invented without a seam; elsewhere nothing is."""

import numpy as np
import pytest

from model.nano.config import FitConfig
from model.nano.fit import inpaint_opaque
from model.types import BlendType, Composite, Estimate, Request

HEIGHT, WIDTH = 120, 160


@pytest.fixture
def background() -> np.ndarray:
    """A slope with grain."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    grain = np.random.default_rng(0).normal(0, 2, (HEIGHT, WIDTH))
    return np.stack([90 + rows / 3 + grain, 120 + columns / 4 + grain, 140 - rows / 4 + grain], -1).clip(0, 255)


def covered(background: np.ndarray, opacity: float, side: int = 40) -> tuple[Request, Estimate, np.ndarray]:
    """A disc of two colours with a soft edge laid over, as an engine that knows it would estimate it."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    distance = side / 2 - np.hypot(rows - 60, columns - 80)
    alpha = (opacity * np.clip(distance + 0.5, 0, 1))[..., None]
    colour = np.where((columns < 80)[..., None], (230, 60, 40), (30, 60, 200)) / 255
    z = np.rint(background * (1 - alpha) + 255 * alpha * colour).astype(np.uint8)
    light, let = (alpha * colour).astype(np.float16), np.broadcast_to(1 - alpha, z.shape).astype(np.float16)
    mark = Estimate(light, let, alpha[..., 0].astype(np.float16), BlendType.NORMAL, 1.0, (0, 0, WIDTH, HEIGHT))
    return Request(Composite(z)), mark, alpha[..., 0] > 0


def test_what_is_hidden_is_painted_like_its_surroundings(background: np.ndarray) -> None:
    request, mark, inside = covered(background, 1.0)
    beneath = inpaint_opaque(request, mark, FitConfig())
    assert beneath is not None
    error = np.abs(beneath.astype(float) * 255 - background)[inside]
    assert error.mean() < 6  # the disc itself is some 100 levels away
    assert float(np.abs(request.composite.pixels - background)[inside].mean()) > 60


def test_no_seam_runs_along_the_mark(background: np.ndarray) -> None:
    request, mark, inside = covered(background, 1.0)
    beneath = inpaint_opaque(request, mark, FitConfig())
    assert beneath is not None
    picture = np.where(inside[..., None], beneath.astype(float) * 255, background).mean(axis=2)
    step = np.abs(np.diff(picture, axis=1))
    across = inside[:, 1:] != inside[:, :-1]
    assert step[across].mean() < 2 * step[~across].mean()


def test_where_the_picture_shines_through_nothing_is_painted(background: np.ndarray) -> None:
    request, mark, _ = covered(background, 0.7)
    assert inpaint_opaque(request, mark, FitConfig()) is None
    request, mark, inside = covered(background, 1.0, side=5)
    assert inside.sum() < FitConfig().min_opaque_pixels
    assert inpaint_opaque(request, mark, FitConfig()) is None
