"""Triplets and a model folder at tiny size, for both stages."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Four triplets: a half-opaque square on waves."""
    folder = tmp_path_factory.mktemp("triplets")
    for part in "zxy":
        (folder / part).mkdir()
    grid = np.mgrid[0:40, 0:40]
    for number in range(4):
        y = np.stack([np.sin(grid[0] / (4 + number)), np.cos(grid[1] / 6), np.sin(grid.sum(0) / 9)], -1) * 0.4 + 0.5
        x = np.zeros((40, 40, 4))
        x[8:30, 10 + number : 28] = (0.9, 0.2 * number, 0.3, 0.5)
        z = x[..., :3] * x[..., 3:] + y * (1 - x[..., 3:])
        for part, pixels in (("z", z), ("x", x), ("y", y)):
            Image.fromarray((pixels * 255).round().astype(np.uint8)).save(folder / part / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A model folder whose autoencoder is already RGBA."""
    import torch

    from model.diffdecompose import alpha_vae, standin
    from model.diffdecompose.pipeline import DiffDecomposePipeline

    torch.manual_seed(0)
    transformer = standin.transformer(standin.TINY)
    standin.randomise(transformer, seed=1)
    folder = tmp_path_factory.mktemp("model")
    DiffDecomposePipeline(
        transformer=transformer,
        vae=alpha_vae.to_rgba(standin.autoencoder(standin.TINY)),
        scheduler=standin.scheduler(),
        **standin.text_parts(standin.TINY),
    ).save_pretrained(folder)
    return folder


@pytest.fixture
def fresh_accelerator():
    """Accelerate keeps one state a process; a training is a process of its own elsewhere."""
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)
