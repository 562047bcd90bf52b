"""The generator on a GPU: no mixed devices, and no step at which the host waits for the device."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch

from model.alphablend import degradations
from model.alphablend.backdrop import _copied_regions
from model.alphablend.generator import SUBTYPES, AlphaBlend
from model.alphablend.photobank import gathered_regions


@pytest.fixture(autouse=True)
def constants_are_made_anew() -> Iterator[None]:
    """The cosine basis is kept for each device; that of a device without values is not."""
    degradations._constants.cache_clear()
    yield
    degradations._constants.cache_clear()


@pytest.mark.parametrize("subtype", [*SUBTYPES, "none"])
def test_every_subtype_is_drawn_on_the_device_without_waiting_for_it(
    fake_gpu: Any, source: AlphaBlend, subtype: str
) -> None:
    source = copy(source)
    with fake_gpu() as made:
        source.banks, source.device = source.banks.moved(made), torch.device("fakegpu")
        for seed in range(2):
            source.reseed(seed)
            batch = source.batch(6, (48, 64), {subtype: 1.0}, whole=0.3)
        for field in fields(batch):
            assert getattr(batch, field.name).device.type == "fakegpu"
        assert batch.z.shape == (6, 3, 48, 64)


def test_the_fake_device_refuses_what_a_gpu_refuses(fake_gpu: Any) -> None:
    with fake_gpu() as made:
        there = made(torch.zeros(4))
        with pytest.raises(RuntimeError, match="indices on fakegpu"):
            torch.tensor((1.0, 2.0))[made(torch.zeros(4, dtype=torch.long))]
        with pytest.raises(RuntimeError, match="waits for the device"):
            there.cpu()
        with pytest.raises(Exception, match=r"nonzero|Dynamic|data"):
            _ = there[there > 0]
        with pytest.raises(RuntimeError, match="device"):
            _ = there + torch.zeros(4)


def test_one_gather_takes_the_regions_that_copies_take(source: AlphaBlend) -> None:
    photographs = source.banks.photographs
    levels = [photo.levels[i] for photo in photographs for i in range(len(photo.levels))]
    rng = np.random.default_rng(0)
    corners = np.stack([rng.integers(0, 60, len(levels)), rng.integers(0, 40, len(levels))], 1)
    copied = _copied_regions(levels, corners, 50)
    gathered = gathered_regions(photographs.texels, levels, corners, 50)
    for one, other, level, (left, top) in zip(copied, gathered, levels, corners, strict=True):
        h, w = level.shape[1] - top, level.shape[2] - left
        assert torch.equal(one[:, :h, :w], other[:, :h, :w])
