# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import pytest
import torch
from diffusers.models.embeddings import apply_rotary_emb
from diffusers.models.transformers.transformer_flux import FluxPosEmbed
from hypothesis import given, settings
from hypothesis import strategies as st

from model.diffdecompose import standin
from model.diffdecompose.positions import LayerIds, Position, layer_ids

grids = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4))
offsets = st.sampled_from([Position.FRAME, Position.COLUMN])
cloning = st.sampled_from([Position.FRAME, Position.COLUMN, Position.NONE])


def of(grid: tuple[int, int, int], position: Position) -> LayerIds:
    rows, columns, foregrounds = grid
    return layer_ids(rows, columns, foregrounds, position)


def places(ids: torch.Tensor) -> set[tuple[float, ...]]:
    return {tuple(row) for row in ids.tolist()}


@given(grids, cloning)
def test_the_background_clones_the_ids_of_the_composite(grid, position):
    ids = of(grid, position)
    assert torch.equal(ids.background, ids.composite)
    assert len(places(ids.composite)) == grid[0] * grid[1]


@given(grids, offsets)
def test_every_foreground_has_a_set_of_ids_that_no_other_layer_shares(grid, position):
    ids = of(grid, position)
    sets = [places(ids.composite), *map(places, ids.foregrounds)]
    assert sum(map(len, sets)) == len(set.union(*sets))


@given(grids)
def test_without_cloning_every_layer_lives_on_a_frame_of_its_own_composite_first_background_last(grid):
    ids = of(grid, Position.APART)
    layers = [ids.composite, *ids.foregrounds, ids.background]
    assert [set(layer[:, 0].tolist()) for layer in layers] == [{float(k)} for k in range(grid[2] + 2)]
    assert all(torch.equal(layer[:, 1:], ids.composite[:, 1:]) for layer in layers)


@pytest.mark.parametrize("position", list(Position))
@torch.no_grad()
def test_the_transformer_can_tell_foreground_and_background_apart_unless_all_ids_are_shared(position):
    """Exchanging the noise of both layers exchanges the answers exactly, or the layers are told apart."""
    transformer = standin.transformer(standin.TINY)
    standin.randomise(transformer, seed=1)
    z, x, y = torch.randn(3, 1, 6, transformer.config.in_channels, generator=torch.Generator().manual_seed(0))

    def answer(first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        velocity = transformer(
            hidden_states=torch.cat([z, first, second], 1),
            timestep=torch.full((1,), 0.5),
            guidance=torch.ones(1),
            pooled_projections=torch.zeros(1, standin.TINY.pooled),
            encoder_hidden_states=torch.zeros(1, 4, standin.TINY.text),
            txt_ids=torch.zeros(4, 3),
            img_ids=layer_ids(2, 3, 1, position).sequence(),
            return_dict=False,
        )[0]
        return velocity[:, 6:12], velocity[:, 12:]

    one, other = answer(x, y)
    other_again, one_again = answer(y, x)
    difference = max(float((one - one_again).abs().max()), float((other - other_again).abs().max()))
    assert difference < 1e-5 if position is Position.NONE else difference > 1e-3


@given(grids)
def test_the_degenerate_variant_shares_one_set(grid):
    ids = of(grid, Position.NONE)
    assert all(torch.equal(x, ids.composite) for x in ids.foregrounds)


@given(grids, st.sampled_from(list(Position)))
def test_the_sequence_is_composite_then_foregrounds_then_background(grid, position):
    ids = of(grid, position)
    size = grid[0] * grid[1]
    whole = ids.sequence()
    assert whole.shape == ((grid[2] + 2) * size, 3)
    assert torch.equal(whole[:size], ids.composite)
    assert torch.equal(whole[-size:], ids.background)
    assert torch.equal(whole[size : 2 * size], ids.foregrounds[0])


def logits(query_ids: torch.Tensor, key_ids: torch.Tensor, seed: int) -> torch.Tensor:
    """Attention logits of one query and one key vector set down at every pair of places of the two sets."""
    embed = FluxPosEmbed(theta=10000, axes_dim=[16, 56, 56])
    vectors = torch.randn(2, 128, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    q = vectors[0].expand(1, len(query_ids), 1, 128)
    k = vectors[1].expand(1, len(key_ids), 1, 128)
    turned_q = apply_rotary_emb(q, embed(query_ids), sequence_dim=1)
    turned_k = apply_rotary_emb(k, embed(key_ids), sequence_dim=1)
    assert isinstance(turned_q, torch.Tensor)
    assert isinstance(turned_k, torch.Tensor)
    return (turned_q.double() * turned_k.double()).sum(-1).flatten()


@settings(max_examples=25, deadline=None)
@given(grids, cloning, st.integers(0, 99))
def test_a_background_token_attends_to_its_own_composite_token_alike_everywhere(grid, position, seed):
    ids = of(grid, position)
    same = logits(ids.background, ids.composite, seed)
    # Equal places cancel, so even the unrotated product comes out.
    assert torch.allclose(same, same[:1].expand_as(same), atol=1e-4)
    unturned = logits(torch.zeros(1, 3), torch.zeros(1, 3), seed)
    assert torch.allclose(same[:1], unturned, atol=1e-4)


def test_a_foreground_token_does_not_look_like_its_composite_token():
    ids = layer_ids(4, 5, 1, Position.FRAME)
    apart = logits(ids.foregrounds[0], ids.composite, seed=3)
    together = logits(ids.background, ids.composite, seed=3)
    assert (apart - together).abs().min() > 0.1
