# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model.diffdecompose.errors import NotFinite
from model.diffdecompose.sequence import pack, pad_to, picture_to_tensor, require_finite, unpack
from model.errors import InvalidRequest


@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 6), st.integers(1, 6))
def test_unpacking_undoes_packing(batch, channels, rows, columns):
    latents = torch.randn(batch, channels, 2 * rows, 2 * columns)
    tokens = pack(latents)
    assert tokens.shape == (batch, rows * columns, 4 * channels)
    assert torch.equal(unpack(tokens, rows, columns), latents)


def test_packing_agrees_with_diffusers():
    from diffusers import FluxPipeline

    latents = torch.randn(2, 16, 6, 10)
    assert torch.equal(pack(latents), FluxPipeline._pack_latents(latents, 2, 16, 6, 10))


@given(st.integers(1, 70), st.integers(1, 70))
def test_padding_repeats_the_edge_and_cropping_gives_the_picture_back(height, width):
    picture = torch.rand(1, 4, height, width)
    padded = pad_to(picture, 16)
    assert padded.shape[-2] % 16 == padded.shape[-1] % 16 == 0
    assert padded.shape[-2] - height < 16
    assert torch.equal(padded[..., :height, :width], picture)
    assert torch.equal(padded[..., :height, -1], picture[..., -1])


def test_all_kinds_of_pictures_become_the_same_tensor():
    eight = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    from_numpy = picture_to_tensor(eight)
    assert from_numpy.shape == (1, 4, 5, 7)
    assert torch.equal(from_numpy[:, 3], torch.ones(1, 5, 7))
    assert torch.equal(from_numpy, picture_to_tensor(Image.fromarray(eight)))
    assert torch.allclose(from_numpy, picture_to_tensor(eight.astype(np.uint16) * 257), atol=1e-6)
    assert torch.equal(from_numpy, picture_to_tensor(from_numpy[0, :3]))


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 2), (0,)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(InvalidRequest, match="picture must be"):
        picture_to_tensor(np.zeros(shape, np.uint8))


def test_a_picture_with_nan_is_refused():
    with pytest.raises(InvalidRequest, match="NaN"):
        picture_to_tensor(np.full((4, 4, 3), np.nan, np.float32))


def test_nan_is_an_error_that_names_the_place():
    with pytest.raises(NotFinite, match="step 3 of 4"):
        require_finite(torch.tensor([1.0, float("nan")]), "step 3 of 4")
