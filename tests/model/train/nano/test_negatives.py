"""What belongs to another network is shown and left alone."""

import pytest

torch = pytest.importorskip("torch")

from model.alphablend.generator import NO_KIND, Batch  # noqa: E402
from model.train.nano.negatives import as_negatives  # noqa: E402
from model.types import Kind  # noqa: E402


@pytest.fixture
def batch() -> Batch:
    """Rain, a text, nothing."""
    generator = torch.Generator().manual_seed(0)
    y, emission = (torch.rand(3, 3, 8, 8, generator=generator) * 0.5 for _ in range(2))
    transmission, alpha = torch.full((3, 3, 8, 8), 0.6), torch.full((3, 1, 8, 8), 0.4)
    kinds = list(Kind)
    kind = torch.tensor([kinds.index(Kind.RAIN), kinds.index(Kind.WATERMARK), NO_KIND])
    return Batch(emission + transmission * y, y, emission, transmission, alpha, torch.tensor([1, 2, 0]), kind)


def test_a_foreground_of_another_kind_becomes_background(batch: Batch) -> None:
    seen = as_negatives(batch, {Kind.RAIN, Kind.SNOW})
    assert torch.equal(seen.z, batch.z)
    assert torch.equal(seen.y[1], batch.z[1])
    assert not seen.emission[1].any()
    assert not seen.alpha[1].any()
    assert bool((seen.transmission[1] == 1).all())
    assert seen.kind.tolist() == [list(Kind).index(Kind.RAIN), NO_KIND, NO_KIND]
    assert seen.blend.tolist() == [1, 0, 0]
    for name in ("y", "emission", "transmission", "alpha"):
        assert torch.equal(getattr(seen, name)[0], getattr(batch, name)[0]), "rain is its own"


def test_a_network_of_all_kinds_leaves_nothing_alone(batch: Batch) -> None:
    assert as_negatives(batch, frozenset()) is batch
