"""One tiny model folder for the whole session: real classes, random weights, written and read as real ones are."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")

import torch

from model.diffdecompose import standin
from model.diffdecompose.alpha_vae import to_rgba
from model.diffdecompose.pipeline import DiffDecomposePipeline

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete model folder as `save_pretrained` writes it."""
    torch.manual_seed(0)
    transformer = standin.transformer(standin.TINY)
    standin.randomise(transformer, seed=1)
    pipeline = DiffDecomposePipeline(
        transformer=transformer,
        vae=to_rgba(standin.autoencoder(standin.TINY)),
        scheduler=standin.scheduler(),
        **standin.text_parts(standin.TINY),
    )
    path = tmp_path_factory.mktemp("flux")
    pipeline.save_pretrained(path, safe_serialization=True)
    return path


@pytest.fixture
def pipeline(folder: Path) -> DiffDecomposePipeline:
    """Loaded afresh: a test may change it."""
    loaded = DiffDecomposePipeline.from_pretrained(folder, local_files_only=True)
    loaded.set_progress_bar_config(disable=True)
    return loaded


@pytest.fixture(scope="session")
def picture() -> np.ndarray:
    """A small photograph-like picture, uint8 48 x 64 x 3."""
    y, x = np.mgrid[0:48, 0:64]
    waves = np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11)], axis=-1)
    return ((waves * 0.4 + 0.5) * 255).astype(np.uint8)
