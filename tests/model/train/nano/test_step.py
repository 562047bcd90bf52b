"""One step: the same on a GPU, in parts, and with gradients that are not finite."""

from copy import copy
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from torch import Tensor  # noqa: E402

from model.alphablend import degradations  # noqa: E402
from model.alphablend.generator import AlphaBlend  # noqa: E402
from model.nano.net import NanoNetwork, NanoParams  # noqa: E402
from model.train.nano.checkpoint import weight_average  # noqa: E402
from model.train.nano.config import CONFIGS  # noqa: E402
from model.train.nano.losses import RELATIVE, LossWeights, losses  # noqa: E402
from model.train.nano.step import TrainBatch, apply_gradients, draw_batch  # noqa: E402
from model.train.nano.trainer import RunConfig, Trainer, adam  # noqa: E402

PARAMS = NanoParams(widths=(8, 12, 16, 16), encoder=(1, 1, 1, 1), decoder=(1, 1, 1), embedding=8)


@pytest.fixture(scope="module")
def source(pack: Path) -> AlphaBlend:
    return AlphaBlend(pack, "train", seed=1)


def drawn(source: AlphaBlend, name: str, n: int = 4) -> TrainBatch:
    host = torch.Generator().manual_seed(0)
    config = CONFIGS[name]
    return draw_batch(source, config, config.stages[-1], n, (32, 64), host, host)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_step_of_every_network_stays_on_the_device(fake_gpu: Any, source: AlphaBlend, name: str) -> None:
    source = copy(source)
    degradations._constants.cache_clear()
    with fake_gpu() as made:
        source.banks, source.device = source.banks.moved(made), torch.device("fakegpu")
        source.reseed(0)
        batch = drawn(source, name)
        assert batch.picture.device.type == batch.truth.z.device.type == "fakegpu"
        with torch.device("fakegpu"):
            network = NanoNetwork(PARAMS)
        losses(network(batch.picture, batch.condition), batch.truth, 1.0, RELATIVE).total.backward()
        assert all(p.grad is None or p.grad.device.type == "fakegpu" for p in network.parameters())
    degradations._constants.cache_clear()


def test_a_batch_in_parts_is_the_batch(source: AlphaBlend) -> None:
    batch = drawn(source, "marks")
    parts = batch.split(2)
    assert torch.equal(torch.cat([part.picture for part in parts]), batch.picture)
    assert torch.equal(torch.cat([part.truth.kind for part in parts]), batch.truth.kind)


def trainer_of(fused: bool) -> Trainer:
    torch.manual_seed(0)
    network = NanoNetwork(PARAMS)
    run = RunConfig(Path(), Path())
    return Trainer(run, 0, torch.device("cpu"), network, weight_average(network), adam(network, 1e-3, fused))


@pytest.mark.parametrize("fused", [False, True])
def test_gradients_that_are_not_finite_change_no_weight(fused: bool) -> None:
    trainer = trainer_of(fused)
    before = [p.detach().clone() for p in trainer.network.parameters()]

    def step(value: float) -> list[Tensor]:
        for p in trainer.network.parameters():
            p.grad = torch.full_like(p, value)
        apply_gradients(trainer, 1.0)
        return [p.detach().clone() for p in trainer.network.parameters()]

    assert all(torch.equal(a, b) for a, b in zip(before, step(float("nan")), strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(before, step(1.0), strict=True))


def test_the_average_is_the_exponential_moving_average() -> None:
    trainer = trainer_of(False)
    name, weight = next(iter(trainer.network.named_parameters()))
    wanted = weight.detach().clone()
    for step in (1, 2, 50):
        with torch.no_grad():
            weight.add_(1.0)
        trainer.average.n_averaged.fill_(step)
        trainer.average.update_parameters(trainer.network)
        wanted = wanted.lerp(weight.detach(), 1 / min(400, 1 + step / 10))
    assert torch.allclose(dict(trainer.average.module.named_parameters())[name], wanted)


def test_the_relative_term_rewards_what_is_reported_and_clean_pictures_left_alone(source: AlphaBlend) -> None:
    batch = drawn(source, "marks", 12)
    torch.manual_seed(0)
    raw = NanoNetwork(PARAMS)(batch.picture, batch.condition)
    plain, more = (losses(raw, batch.truth, 1.0, weights) for weights in (LossWeights(), RELATIVE))
    added = RELATIVE.relative * more.relative + RELATIVE.false_foreground * more.false_foreground
    assert float((more.total - plain.total).detach()) == pytest.approx(float(added), abs=1e-5)
    assert float(more.false_foreground) == pytest.approx(float(torch.sigmoid(torch.tensor(-3.0))), abs=0.02)
    perfect = raw._replace(emission=raw.emission * 0 - 20, opacity=raw.opacity * 0 - 20)
    assert float(losses(perfect, batch.truth, 1.0, RELATIVE).false_foreground) < 1e-6
    assert float(losses(perfect, batch.truth, 1.0, RELATIVE).relative) == pytest.approx(0, abs=0.05), "nothing removed"
