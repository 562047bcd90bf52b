# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import numpy as np
import pytest
import torch

from model.diffdecompose.speed import Alternate, Unchanged, compile_blocks


@pytest.fixture
def passes(pipeline) -> list[int]:
    """Grows by one at each pass through the transformer."""
    seen: list[int] = []
    pipeline.transformer.register_forward_pre_hook(lambda *_: seen.append(1))
    return seen


def background(pipeline, picture, cache=None, steps=8, **more) -> np.ndarray:
    return pipeline(picture, steps=steps, max_tokens=64, cache=cache, **more).candidates[-1].background


def test_no_tolerance_means_every_step_and_the_very_same_layers(pipeline, picture, passes):
    plain = background(pipeline, picture)
    assert np.array_equal(background(pipeline, picture, Unchanged(0.0)), plain)
    assert len(passes) == 16


def test_much_tolerance_skips_all_but_the_first_two_steps_and_the_last(pipeline, picture, passes):
    background(pipeline, picture, Unchanged(1e9))
    assert len(passes) == 3


def test_more_tolerance_never_computes_more(pipeline, picture, passes):
    counts = []
    for threshold in (0.0, 0.03, 0.1, 0.3, 1.0):
        passes.clear()
        background(pipeline, picture, Unchanged(threshold), steps=12)
        counts.append(len(passes))
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_no_candidate_sees_the_steps_of_the_one_before(pipeline, picture):
    cache = Unchanged(0.3)
    second = background(pipeline, picture, cache, seeds=[1, 2])
    assert np.array_equal(second, background(pipeline, picture, cache, seeds=[2]))
    assert cache._velocity is None  # and nothing stays in memory


def test_alternating_computes_exactly_half(pipeline, picture, passes):
    background(pipeline, picture, Alternate(), steps=8)
    assert len(passes) == 4


def test_the_clean_tokens_do_not_dilute_the_measure():
    """z's part of the velocity may change wildly or not at all: the decision is the same."""
    decisions = []
    for wild in (0.0, 100.0):
        cache = Unchanged(0.5)
        cache.start(10)
        generator = torch.Generator().manual_seed(0)
        path = [torch.randn(1, 8, 4, generator=generator) * 0.1 + k * 0.05 for k in range(6)]
        for step, layers in enumerate(path):
            found = cache.reuse(step, layers)
            decisions.append((wild, step, found is None))
            if found is None:
                cache.keep(
                    layers, torch.cat([torch.full((1, 4, 4), wild * step), torch.ones_like(layers) + layers], dim=1)
                )
    half = len(decisions) // 2
    assert [d[1:] for d in decisions[:half]] == [d[1:] for d in decisions[half:]]
    assert {d[2] for d in decisions} == {True, False}


def test_blocks_are_captured_whole_and_once_a_kind(pipeline, picture):
    plain = background(pipeline, picture, steps=1)
    torch._dynamo.utils.counters.clear()
    compile_blocks(pipeline.transformer, backend="eager")
    assert np.allclose(background(pipeline, picture, Unchanged(), steps=1), plain, atol=1e-5)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 2  # the double block and the single one
    torch.compiler.reset()


def test_pictures_of_other_shapes_and_more_layers_do_not_compile_again(pipeline, picture):
    torch._dynamo.utils.counters.clear()
    compile_blocks(pipeline.transformer, backend="eager")
    for shape, layers in (((48, 64), 2), ((64, 32), 2), ((80, 64), 2), ((48, 64), 3)):
        pipeline(np.resize(picture, (*shape, 3)), steps=1, max_tokens=64, num_layers=layers)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 2
    torch.compiler.reset()
