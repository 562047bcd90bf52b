"""The training loop at tiny size: it learns, stops, keeps what it needs and goes on where it was."""

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from model.nano.net import NanoParams  # noqa: E402
from model.nano.network import Network  # noqa: E402
from model.train.curve import read_curve  # noqa: E402
from model.train.nano import run as training  # noqa: E402
from model.train.nano.checkpoint import load_network  # noqa: E402
from model.train.nano.config import CONFIGS, TrainConfig, stage  # noqa: E402
from model.train.nano.trainer import RunConfig, start  # noqa: E402


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """No validation: the tiny pack has nothing to measure."""
    monkeypatch.setattr(training, "validate", lambda network, source, config, looks, count: {"text": 0.5})


def run(pack: Path, out: Path, steps: int, config: str = "marks") -> RunConfig:
    """The real loop on a tiny network."""
    tiny = NanoParams(widths=(8, 12, 16), encoder=(1, 1, 1), decoder=(1, 1), embedding=8)
    return RunConfig(
        pack, out, replace(CONFIGS[config], params=tiny), config, minutes=5, steps=steps, batch=4, log_every=2
    )


def test_a_run_leaves_a_checkpoint_a_curve_and_a_graph_that_runs(pack: Path, tmp_path: Path) -> None:
    training.train(run(pack, tmp_path, steps=4))
    network, state = load_network(tmp_path / "checkpoint.pt", torch.device("cpu"))
    assert (state["step"], state["samples"]) == (4, 16)
    assert network.params.widths == (8, 12, 16)
    rows = read_curve(tmp_path / "curve.jsonl")
    assert [row["step"] for row in rows] == [2, 4]
    assert not Network(tmp_path / "marks.onnx", threads=1).has_latent


def test_a_run_goes_on_from_a_checkpoint_and_from_a_graph(pack: Path, tmp_path: Path) -> None:
    training.train(run(pack, tmp_path, steps=2))
    onward = replace(run(pack, tmp_path / "b", steps=1), resume=tmp_path / "checkpoint.pt")
    trainer = start(onward, rank=0)
    assert trainer.step == 2
    assert trainer.optimiser.state_dict()["state"]
    training.train(onward)
    _, state = load_network(tmp_path / "b" / "checkpoint.pt", torch.device("cpu"))
    assert state["step"] == 3
    shipped = start(replace(onward, out=tmp_path / "c", resume=tmp_path / "marks.onnx"), rank=0)
    assert shipped.samples > CONFIGS["marks"].stages[-2].until
    assert shipped.warmup > trainer.warmup, "an optimiser that knows nothing of the weights begins more slowly"


def test_a_checkpoint_of_an_earlier_training_is_gone_on_from(pack: Path, tmp_path: Path) -> None:
    """They held the averaged weights alone, by name, and one optimiser."""
    training.train(run(pack, tmp_path, steps=2))
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    optimiser, average = state["optimisers"]
    weights = {name.removeprefix("module."): value for name, value in average.items() if name != "n_averaged"}
    kept = {name: state[name] for name in ("params", "step", "samples", "cooled")}
    earlier = {**kept, "network": state["modules"]["network"], "average": weights, "optimiser": optimiser}
    torch.save(earlier, tmp_path / "earlier.pt")
    one, other = (
        start(replace(run(pack, tmp_path / "b", steps=1), resume=tmp_path / name), rank=0)
        for name in ("checkpoint.pt", "earlier.pt")
    )
    assert (one.step, one.samples) == (other.step, other.samples) == (2, 8)
    for a, b in ((one.network, other.network), (one.average, other.average)):
        assert all(torch.equal(x, b.state_dict()[name]) for name, x in a.state_dict().items())
    assert one.optimiser.state_dict()["state"].keys() == other.optimiser.state_dict()["state"].keys()


def test_veils_are_learned_from_whole_pictures(pack: Path, tmp_path: Path) -> None:
    training.train(run(pack, tmp_path, steps=2, config="veils"))
    assert Network(tmp_path / "veils.onnx", threads=1)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_every_config_starts_strong_and_never_ends(config: TrainConfig) -> None:
    assert stage(config, 0).strength[0] > stage(config, 10**9).strength[0]
    assert all("none" in s.kinds for s in config.stages)
    assert sum(share for share, _ in config.sizes) == pytest.approx(1)
