import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import InvalidRequest
from model.train.fid import Features, frechet, load


class Mean(torch.nn.Module):
    """A feature network of the kind the file holds: the mean colour of each quarter."""

    def forward(self, pictures: torch.Tensor, return_features: bool = False) -> torch.Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(pictures.float() / 255, 2)


def test_the_distance_of_normal_sets_is_the_closed_form():
    """Equal up to a shift and a scale by axis: sum of (shift^2 + (s1 - s2)^2)."""
    base = np.random.default_rng(0).normal(size=(4000, 3))
    base = (base - base.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(base, rowvar=False))).T
    shift, scale = np.array([1.0, 0.0, -2.0]), np.array([1.0, 3.0, 0.5])
    assert frechet(base, base * scale + shift) == pytest.approx(5 + 4 + 0.25, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99))
def test_the_distance_is_symmetric_zero_to_itself_and_not_negative(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(30, 5)), rng.normal(size=(20, 5)) + rng.normal(size=5)
    assert frechet(one, one) == pytest.approx(0, abs=1e-6)
    assert frechet(one, other) == pytest.approx(frechet(other, one))
    assert frechet(one, other) > 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_features_come_from_the_network_in_the_file(tmp_path):
    torch.jit.save(torch.jit.script(Mean()), tmp_path / "network.pt")
    features = Features(load(tmp_path / "network.pt"))
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:4, :4, 0] = 255
    features.add(picture)
    features.add(picture // 2)
    assert features.array().shape == (2, 12)
    assert features.array()[0].sum() == pytest.approx(1)


def test_another_file_is_refused(tmp_path):
    (tmp_path / "x.pt").write_bytes(b"nothing")
    with pytest.raises(InvalidRequest, match="no TorchScript module"):
        load(tmp_path / "x.pt")
