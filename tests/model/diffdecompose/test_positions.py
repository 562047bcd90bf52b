# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import torch
from diffusers.models.embeddings import apply_rotary_emb
from diffusers.models.transformers.transformer_flux import FluxPosEmbed
from hypothesis import given, settings
from hypothesis import strategies as st

from model.diffdecompose.positions import LayerIds, Position, layer_ids

grids = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4))
offsets = st.sampled_from([Position.FRAME, Position.COLUMN])


def of(grid: tuple[int, int, int], position: Position) -> LayerIds:
    rows, columns, foregrounds = grid
    return layer_ids(rows, columns, foregrounds, position)


def places(ids: torch.Tensor) -> set[tuple[float, ...]]:
    return {tuple(row) for row in ids.tolist()}


@given(grids, st.sampled_from(list(Position)))
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
def test_without_cloning_all_layers_share_one_set(grid):
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
@given(grids, st.sampled_from(list(Position)), st.integers(0, 99))
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
