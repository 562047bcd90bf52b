"""Both stages of DiffDecompose at tiny size: real classes, real files, a few steps."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("diffusers")
pytest.importorskip("accelerate")

import torch
from accelerate.state import AcceleratorState
from diffusers import AutoencoderKL
from PIL import Image
from safetensors.torch import load_file

from bridge.cli import main
from model.diffdecompose import alpha_vae, lora, standin
from model.diffdecompose.errors import WrongLora
from model.diffdecompose.pipeline import DiffDecomposePipeline
from model.diffdecompose.positions import Position
from model.diffdecompose.prompts import TextEmbedding
from model.diffdecompose.schedule import Shift, log_shift, set_levels
from model.diffdecompose.sequence import pack as to_sequence
from model.errors import EngineUnavailable, InvalidRequest
from model.train import lora as stage_two
from model.train import vae as stage_one
from model.train.distillation import distillation_loss
from model.train.flow_matching import Levels, Tokens, draw_levels, flow_loss, to_tokens
from model.train.latents import encode
from model.train.options import resolved
from model.train.runs import latest
from model.train.triplets.sample import Told, Triplets
from model.train.triplets.source import open_source
from model.types import BlendType

torch.set_num_threads(1)

ROOT = Path(__file__).resolve().parents[3]


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


@pytest.fixture(autouse=True)
def fresh_accelerator():
    """Accelerate keeps one state a process; a training is a process of its own elsewhere."""
    AcceleratorState._reset_state(reset_partial_state=True)


def curve(out: Path, name: str) -> list[float]:
    return [json.loads(line)[name] for line in (out / "curve.jsonl").read_text().splitlines()]


def vae_plan(tmp_path: Path, data: Path, **changed) -> stage_one.VaePlan:
    torch.manual_seed(7)
    standin.autoencoder(standin.TINY).save_pretrained(tmp_path / "plain" / "vae")
    plan = stage_one.VaePlan(
        tmp_path / "plain", data, tmp_path / "run", size=32, batch=2, rate=3e-3, steps=4, save_every=2
    )
    return replace(plan, **changed)


def lora_plan(model: Path, data: Path, out: Path, **changed) -> stage_two.LoraPlan:
    plan = stage_two.LoraPlan(model, data, out, size=32, rank=4, steps=4, save_every=2, max_tokens=32, rate=1e-2)
    return replace(plan, **changed)


def test_stage_one_starts_from_a_plain_autoencoder_and_learns_alpha_of_clear_and_of_opaque_pictures(tmp_path, data):
    """With the mix of opaque pictures as it is by default. Without it everything opaque comes back clear.

    The data hold a picture without foreground too: where every foreground holds something, and only opaque pictures
    are the same alpha all over, a wholly clear picture is rightly guessed to be opaque.
    """
    shutil.copytree(data, tmp_path / "data")
    shutil.copy(data / "y" / "0.png", tmp_path / "data" / "y" / "empty.png")
    shutil.copy(data / "y" / "0.png", tmp_path / "data" / "z" / "empty.png")
    Image.new("RGBA", (40, 40)).save(tmp_path / "data" / "x" / "empty.png")
    plan = vae_plan(tmp_path, tmp_path / "data", steps=60, save_every=60)
    assert plan.opaque == 0.3
    finished = stage_one.train(plan)
    seen = curve(plan.out, "seen")
    assert np.mean(seen[-5:]) < 0.5 * np.mean(seen[:5])
    trained = AutoencoderKL.from_pretrained(finished)
    assert (trained.config.in_channels, trained.config.out_channels) == (4, 4)
    clear, background = torch.zeros(1, 4, 32, 32), stage_one.opaque(open_source(data, 32, 0).at(0, 0, 1).y)
    assert alpha_of(trained, clear) < 0.5
    assert alpha_of(trained, background) > 0.7
    assert [path.name for path in (plan.out / "validation").iterdir()] == ["0000060.png"]
    AcceleratorState._reset_state(reset_partial_state=True)
    without = AutoencoderKL.from_pretrained(stage_one.train(replace(plan, out=tmp_path / "without", opaque=0.0)))
    assert alpha_of(without, background) < 0.5


@torch.no_grad()
def alpha_of(vae: AutoencoderKL, pixels: torch.Tensor) -> float:
    """The mean alpha with which a picture comes back."""
    return float(alpha_vae.decode(vae, alpha_vae.encode(vae, pixels))[:, 3].mean())


def test_stage_one_goes_on_bit_for_bit_after_a_stop(tmp_path, data):
    whole = vae_plan(tmp_path / "whole", data, critic_from=1)
    stage_one.train(whole)
    parts = vae_plan(tmp_path / "parts", data, critic_from=1)
    stage_one.train(replace(parts, steps=2))
    stage_one.train(parts)
    one, other = (load_file(p.out / "vae" / "diffusion_pytorch_model.safetensors") for p in (whole, parts))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert curve(whole.out, "seen") == curve(parts.out, "seen")
    assert (parts.out / "curve.jsonl").read_text().count('"critic"') == 3  # from step 1 on


def test_stage_one_sees_three_opaque_pictures_in_ten_composites_and_backgrounds_alike(data):
    source, dice = open_source(data, 16, 0), torch.Generator().manual_seed(0)
    kinds = []
    for step in range(100):
        sample = source.at(step, 0, 4)
        for k, seen in enumerate(stage_one.mixed(sample, 0.3, dice)):
            parts = {"x": sample.x[k, 0], "y": stage_one.opaque(sample.y)[k], "z": stage_one.opaque(sample.z)[k]}
            kinds.append(next(name for name, part in parts.items() if torch.equal(part, seen)))
    assert 0.65 < kinds.count("x") / len(kinds) < 0.76
    assert kinds.count("y") > 30
    assert kinds.count("z") > 30


def test_stage_one_holds_on_to_the_latents_of_opaque_pictures_when_asked_to(tmp_path, data):
    free, held = (
        vae_plan(tmp_path / str(weight), data, steps=12, save_every=12, reference_kl=weight) for weight in (1e-9, 10.0)
    )
    stage_one.train(free)
    AcceleratorState._reset_state(reset_partial_state=True)
    stage_one.train(held)
    assert curve(held.out, "reference")[0] == pytest.approx(0, abs=1e-3)
    assert curve(held.out, "reference")[-1] < curve(free.out, "reference")[-1]


def test_stage_two_learns_and_its_lora_loads_into_the_pipeline(tmp_path, data, model):
    plan = lora_plan(model, data, tmp_path, steps=40, save_every=40, dropout=0.0)
    file = stage_two.train(plan)
    losses = curve(tmp_path, "loss")
    assert np.mean(losses[-10:]) < 0.9 * np.mean(losses[:10])
    with pytest.raises(WrongLora, match="max_tokens 32, this pipeline uses max_tokens 512"):
        lora.load(DiffDecomposePipeline.from_pretrained(model), file, "decompose")
    pipeline = DiffDecomposePipeline.from_pretrained(model, max_tokens=32)
    picture = np.zeros((32, 32, 3), np.uint8)
    before = pipeline(picture, steps=1, max_tokens=32).candidates[0].background
    lora.load(pipeline, file, "decompose")
    assert not np.allclose(pipeline(picture, steps=1, max_tokens=32).candidates[0].background, before, atol=1e-3)
    assert (tmp_path / "validation" / "0000040.png").is_file()


def test_stage_two_goes_on_bit_for_bit_after_a_stop_and_drops_what_a_lost_run_noted(tmp_path, data, model):
    whole, parts = (lora_plan(model, data, tmp_path / name, steps=6, dropout=0.5) for name in ("whole", "parts"))
    stage_two.train(whole)
    stage_two.train(replace(parts, steps=2))
    with (parts.out / "curve.jsonl").open("a") as file:
        file.write(
            '{"step": 3, "loss": 9.0, "seconds": 1}\n'
        )  # a step after the last checkpoint, then the power failed
    stage_two.train(parts)
    one, other = (load_file(p.out / lora.FILE) for p in (whole, parts))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert curve(whole.out, "loss") == curve(parts.out, "loss")
    newest = latest(whole.out)
    assert newest is not None
    assert newest.name == "checkpoint-0000006.pt"
    assert len(list(whole.out.glob("checkpoint-*"))) == 2


@pytest.mark.parametrize("change", [{"checkpointing": True}, {"bf16": True}, {"nf4": True}])
def test_less_memory_trains_nearly_the_same(tmp_path, data, model, change):
    if "nf4" in change:
        pytest.importorskip("bitsandbytes")
    plan = lora_plan(model, data, tmp_path / "plain", steps=2)
    stage_two.train(plan)
    AcceleratorState._reset_state(reset_partial_state=True)
    other = replace(plan, out=tmp_path / "other", **change)
    stage_two.train(other)
    tolerance = 1e-5 if "checkpointing" in change else 0.1
    assert np.allclose(curve(plan.out, "loss"), curve(other.out, "loss"), rtol=tolerance)


def test_two_processes_of_the_launcher_train_one_lora(tmp_path, data, model):
    """Both sets of samples count: the same steps end elsewhere than with the first process alone."""
    stage_two.train(lora_plan(model, data, tmp_path / "alone", steps=2))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # What `accelerate launch` starts on several GPUs; on a CPU it would start one process alone.
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-addr", "127.0.0.1"]
    launcher += ["--master-port", str(port), "-m"]
    options = f"--steps 2 --rank 4 --size 32 --max-tokens 32 --rate 1e-2 --model {model} --data {data}".split()
    out = tmp_path / "together"
    words = [sys.executable, *launcher, "model.train.lora", *options, "--out", str(out)]
    subprocess.run(words, check=True, cwd=ROOT, timeout=240, env={**os.environ, "ACCELERATE_USE_CPU": "true"})
    one, both = (load_file(folder / lora.FILE) for folder in (tmp_path / "alone", out))
    assert len(curve(out, "loss")) == 2
    assert one.keys() == both.keys()
    assert any(not torch.equal(one[name], both[name]) for name in one)
    assert all(bool(value.isfinite().all()) for value in both.values())


def test_a_run_that_is_asked_to_go_on_differently_is_refused_naming_both_sides(tmp_path, data, model):
    plan = lora_plan(model, data, tmp_path, steps=2)
    stage_two.train(plan)
    kept = json.loads((tmp_path / "plan.json").read_text())
    assert (kept["rank"], kept["position"], kept["guidance"], kept["processes"]) == (4, "frame", 1.0, 1)
    AcceleratorState._reset_state(reset_partial_state=True)
    with pytest.raises(InvalidRequest, match=r"began with position frame and is asked to go on with position column"):
        stage_two.train(replace(plan, steps=4, position="column"))
    assert json.loads((tmp_path / "plan.json").read_text()) == kept


def test_words_and_blend_type_are_left_out_each_by_itself_and_every_rest_is_encoded_beforehand():
    told = stage_two._with_parts_left_out([Told("fog", BlendType.SCREEN, 2)])
    rests = {Told(words, blend, 2) for words in ("fog", "") for blend in (BlendType.SCREEN, None)}
    assert set(told) == rests

    class Recorder(dict):
        def __missing__(self, asked):
            seen.append(asked)
            return TextEmbedding(torch.zeros(1, 4, 8), torch.zeros(1, 8))

    seen: list = []
    count = 400
    every = (Told("fog", BlendType.SCREEN, 2),) * count
    stage_two._conditions(Recorder(), every, 0.5, torch.Generator().manual_seed(0))
    shares = {one: seen.count(one) / count for one in rests}
    assert sum(shares.values()) == 1
    assert all(0.18 < share < 0.32 for share in shares.values())


def test_captions_lie_on_disk_and_are_read_one_at_a_time(tmp_path, data, model):
    source = open_source(data, 32, 0)
    plan = lora_plan(model, data, tmp_path)
    prompts = stage_two._read_prompts(stage_two._open(plan), plan, source, torch.device("cpu"))
    assert prompts[Told("", None)].tokens.shape[1] == 32
    for file in (tmp_path / "prompts").iterdir():
        file.unlink()
    with pytest.raises(EngineUnavailable, match="is gone from"):
        prompts[Told("", None)]


def test_only_the_lora_is_trained_and_kept(tmp_path, data, model):
    plan = lora_plan(model, data, tmp_path, steps=2)
    stage_two.train(plan)
    kept = torch.load(latest(tmp_path), weights_only=True)["modules"]["lora"]
    assert kept
    assert all("lora_" in name for name in kept)


def test_the_loss_is_the_error_of_noise_minus_picture_on_the_layers_alone():
    """A transformer that answers with the right velocity for the layers and nonsense for z has no loss."""
    layers, clean = torch.randn(2, 8, 16), torch.randn(2, 4, 16)
    noise, seen = torch.randn_like(layers), {}

    class Oracle(torch.nn.Module):
        def forward(self, hidden_states, timestep, guidance, **rest):
            seen.update(rest, hidden=hidden_states, timestep=timestep, guidance=guidance)
            return (torch.cat([torch.full_like(clean, 9.0), noise - layers], dim=1),)

    tokens = Tokens(clean, layers, torch.zeros(12, 3))
    words, pooled, levels = torch.randn(2, 5, 32), torch.randn(2, 32), torch.tensor([0.0, 0.25])
    assert flow_loss(Oracle(), tokens, words, pooled, levels, noise, guidance=2.5) == 0
    assert torch.equal(seen["hidden"][:, :4], clean)
    assert torch.equal(seen["hidden"][0, 4:], layers[0])
    assert torch.allclose(seen["hidden"][1, 4:], 0.75 * layers[1] + 0.25 * noise[1])
    assert torch.equal(seen["guidance"], torch.full((2,), 2.5))
    wrong = flow_loss(Oracle(), replace(tokens, layers=layers + 1), words, pooled, levels, noise, guidance=None)
    assert wrong == pytest.approx(1.0, rel=1e-3)
    assert seen["guidance"] is None


def test_tokens_are_composite_foreground_background_in_the_samplers_order():
    torch.manual_seed(0)
    vae = alpha_vae.to_rgba(standin.autoencoder(standin.TINY))
    z, y, x = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32), torch.rand(1, 4, 32, 32)
    x2 = torch.rand(1, 4, 32, 32)
    one = to_tokens(encode(vae, Triplets(x[:, None], y, z, (Told("", None),))), Position.FRAME)
    two = to_tokens(encode(vae, Triplets(torch.stack([x, x2], 1), y, z, (Told("", None, 2),))), Position.FRAME)
    opaque_y = to_sequence(alpha_vae.encode(vae, torch.cat([y, torch.ones_like(y[:, :1])], 1)))
    assert torch.equal(one.layers[:, :4], to_sequence(alpha_vae.encode(vae, x)))
    assert torch.equal(one.layers[:, 4:], opaque_y)
    assert one.ids[:, 0].tolist() == [0.0] * 4 + [1.0] * 4 + [0.0] * 4
    assert torch.allclose(
        two.layers[:, :4], one.layers[:, :4], atol=1e-5
    )  # the top foreground first, as in the sampler
    assert torch.allclose(two.layers[:, 4:8], to_sequence(alpha_vae.encode(vae, x2)), atol=1e-5)
    assert torch.allclose(two.layers[:, 8:], opaque_y, atol=1e-5)
    assert two.ids[:, 0].tolist() == [0.0] * 4 + [1.0] * 4 + [2.0] * 4 + [0.0] * 4


def test_the_command_lines_reach_the_plans(tmp_path, data, model, monkeypatch):
    plans = []
    monkeypatch.setattr(stage_one, "train", plans.append)
    monkeypatch.setattr(stage_two, "train", plans.append)
    common = ["--model", str(model), "--data", str(data), "--out", str(tmp_path)]
    stage_one.main([*common, "--steps", "5", "--lpips", "a", "b", "--critic-from", "3", "--reference-kl", "1e-6"])
    words = ["--rank", "16", "--nf4", "--position", "column", "--warmup", "9", "--schedule", "cosine"]
    words += ["--ema", "0.99", "--no-bf16", "--foregrounds", "1", "1"]
    stage_two.main([*common, *words])
    assert (plans[0].steps, plans[0].lpips, plans[0].critic_from) == (5, (Path("a"), Path("b")), 3)
    assert (plans[0].opaque, plans[0].lpips_weight, plans[0].adversarial, plans[0].reference_kl) == (
        0.3,
        0.5,
        1.0,
        1e-6,
    )
    assert (plans[1].rank, plans[1].nf4, plans[1].position, plans[1].rate) == (16, True, "column", 1e-4)
    assert (plans[1].warmup, plans[1].schedule, plans[1].ema, plans[1].bf16) == (9, "cosine", 0.99, False)
    assert plans[1].foregrounds == (1.0, 1.0)


def test_a_missing_model_says_what_to_do(tmp_path, data):
    with pytest.raises(EngineUnavailable, match="cannot be loaded"):
        stage_two.train(lora_plan(tmp_path / "none", data, tmp_path))


def test_latents_of_a_folder_are_encoded_once_and_train_the_same_lora(tmp_path, data, model, monkeypatch):
    plan = lora_plan(model, data, tmp_path / "plain", batch=2)
    stage_two.train(plan)
    AcceleratorState._reset_state(reset_partial_state=True)
    cached = replace(plan, out=tmp_path / "cached", cache_latents=True)
    stage_two.train(replace(cached, steps=2))
    files = sorted((tmp_path / "cached" / "latents").iterdir())
    assert 1 < len(files) <= 4
    AcceleratorState._reset_state(reset_partial_state=True)
    stage_two.train(cached)
    # The pictures are square: there is nothing to crop, so that both see the same.
    assert np.allclose(curve(plan.out, "loss"), curve(cached.out, "loss"), rtol=1e-4)
    encoded = []
    real = alpha_vae.encode
    monkeypatch.setattr(alpha_vae, "encode", lambda *words: encoded.append(1) or real(*words))
    AcceleratorState._reset_state(reset_partial_state=True)
    stage_two.train(replace(cached, steps=5, save_every=99))
    assert len(encoded) <= 3 * 2 + 1  # what was not drawn before, and the validation's composite


def test_accumulated_passes_are_one_step_with_the_mean_of_their_gradients(tmp_path, data, model):
    """Two passes of one sample against one pass of the same two samples, at the same noise."""
    plan = lora_plan(model, data, tmp_path / "two", accumulate=2, steps=3, save_every=99)
    stage_two.train(plan)
    state = torch.load(latest(plan.out), weights_only=True)
    assert state["step"] == 3
    assert {int(kept["step"]) for kept in state["optimisers"][0]["state"].values()} == {3}
    losses = []
    for number in range(2):
        AcceleratorState._reset_state(reset_partial_state=True)
        out = tmp_path / f"one-{number}"
        stage_two.train(lora_plan(model, data, out, steps=number + 1, rate=0.0, save_every=99))
        losses.append(curve(out, "loss")[number])
    assert curve(plan.out, "loss")[0] == pytest.approx(np.mean(losses), rel=1e-5)


def test_the_rate_rises_and_falls_as_scheduled_and_a_stopped_run_goes_on_with_it(tmp_path, data, model):
    whole, parts = (
        lora_plan(model, data, tmp_path / name, steps=6, warmup=2, schedule="cosine", ema=0.9, save_every=2)
        for name in ("whole", "parts")
    )
    stage_two.train(whole)
    rate = torch.load(latest(whole.out), weights_only=True)["optimisers"][0]["param_groups"][0]["lr"]
    assert rate == pytest.approx(0, abs=1e-6)
    AcceleratorState._reset_state(reset_partial_state=True)
    with pytest.raises(InterruptedError):
        stop_at(parts, 3)
    AcceleratorState._reset_state(reset_partial_state=True)
    stage_two.train(parts)
    one, other = (load_file(p.out / lora.FILE) for p in (whole, parts))
    assert all(torch.equal(one[name], other[name]) for name in one)
    AcceleratorState._reset_state(reset_partial_state=True)
    with pytest.raises(InvalidRequest, match="began with steps 6"):  # another length is another schedule
        stage_two.train(replace(parts, steps=8))


def stop_at(plan: stage_two.LoraPlan, step: int) -> None:
    """Train until the power fails in the middle of `step`."""
    real = stage_two.flow_loss
    passes = []

    def failing(*words):
        passes.append(1)
        if len(passes) > step:
            raise InterruptedError
        return real(*words)

    stage_two.flow_loss = failing
    try:
        stage_two.train(plan)
    finally:
        stage_two.flow_loss = real


def test_the_averaged_weights_are_what_is_saved(tmp_path, data, model):
    last = lora_plan(model, data, tmp_path / "last", steps=4)
    averaged = replace(last, out=tmp_path / "averaged", ema=0.9)
    stage_two.train(last)
    AcceleratorState._reset_state(reset_partial_state=True)
    stage_two.train(averaged)
    assert curve(last.out, "loss") == curve(averaged.out, "loss")  # training itself is the same
    one, other = (load_file(p.out / lora.FILE) for p in (last, averaged))
    name = next(name for name in one if "lora_B" in name)
    assert 0 < other[name].norm() < one[name].norm()  # from zero: an average lags behind


def test_noise_levels_are_uniform_or_logit_normal_and_bent_as_in_the_sampler():
    def draw(how: Levels, mu: float = 0.0) -> torch.Tensor:
        return draw_levels(4000, torch.Generator().manual_seed(0), how, mu)

    middle = [((one > 0.25) & (one < 0.75)).float().mean() for one in (draw(Levels.UNIFORM), draw(Levels.LOGIT_NORMAL))]
    assert middle[0] == pytest.approx(0.5, abs=0.03)
    assert middle[1] == pytest.approx(0.728, abs=0.03)
    scheduler = standin.scheduler()
    mu = log_shift(scheduler.config, 1024, 2, Shift.TARGET)
    assert draw(Levels.UNIFORM, mu).median() > 0.6
    bent = set_levels(scheduler, 8, 1024, 2, Shift.TARGET, torch.device("cpu")) / 1000
    plain = torch.linspace(1, 1 / 8, 8)
    bend = torch.tensor(mu).exp()
    assert torch.allclose(bent, bend * plain / (1 + (bend - 1) * plain), atol=1e-4)


def test_stage_two_trains_on_several_foregrounds_and_decomposes_into_them(tmp_path, pack, model):
    plan = lora_plan(model, pack, tmp_path, steps=2, foregrounds=(0.0, 0.0, 1.0), shifted=True, levels="logit-normal")
    stage_two.train(plan)
    wide = Image.open(tmp_path / "validation" / "0000002.png").width
    assert wide % (1 + 3 * 2 + 2) == 0  # z, three foregrounds true and found, y true and found


def test_bf16_is_the_default_on_cuda_alone_and_can_be_switched_off():
    plan = stage_two.LoraPlan(Path(), Path(), Path())
    assert resolved(plan).bf16 == torch.cuda.is_available()
    assert resolved(replace(plan, bf16=False)).bf16 is False
    assert resolved(replace(plan, bf16=True)).bf16 is True


def test_the_command_says_in_one_line_what_is_wrong(tmp_path, data, model, capsys):
    words = ["train", "lora", "--out", str(tmp_path / "out"), "--model"]
    assert main([*words, str(model), "--data", str(tmp_path / "none")]) == 2
    assert "there is no training data at" in capsys.readouterr().err
    AcceleratorState._reset_state(reset_partial_state=True)
    assert main([*words, str(tmp_path / "none"), "--data", str(data)]) == 4
    assert "cannot be loaded" in capsys.readouterr().err


def test_a_few_step_lora_comes_nearer_to_its_teacher_than_the_teacher_in_as_few_steps(tmp_path, data, model):
    """And it says for how many steps it was made; the teacher is left as it was."""
    teacher = stage_two.train(lora_plan(model, data, tmp_path / "teacher", steps=30, save_every=99, dropout=0.0))
    before = teacher.read_bytes()
    AcceleratorState._reset_state(reset_partial_state=True)
    plan = lora_plan(model, data, tmp_path / "student", steps=60, save_every=99, dropout=0.0, rate=3e-3)
    plan = replace(plan, distil=teacher, student_steps=2, teacher_substeps=4)
    student = stage_two.train(plan)
    assert teacher.read_bytes() == before
    recipe = lora.lora_files.read_recipe(student)
    assert recipe is not None
    assert recipe.steps == 2
    sample = open_source(data, 32, 0).at(0, 0, 4)

    def layers(file: Path, steps: int) -> np.ndarray:
        pipeline = DiffDecomposePipeline.from_pretrained(model, max_tokens=32)
        lora.load(pipeline, file, "decompose")
        pipeline.set_progress_bar_config(disable=True)
        answers = [pipeline(z, steps=steps, seeds=1).candidates[0] for z in sample.z]
        return np.stack([np.concatenate([one.foregrounds[0], one.background], -1) for one in answers])

    aim = layers(teacher, 8)
    assert rms(layers(student, 2) - aim) < 0.9 * rms(layers(teacher, 2) - aim)


def rms(change: np.ndarray) -> float:
    return float(np.sqrt(np.mean(change**2)))


def test_the_distillation_target_is_the_teacher_s_mean_velocity_between_two_levels():
    """A teacher whose velocity is the noise level: the mean between two levels is their middle."""
    layers, noise = torch.randn(2, 3, 4), torch.randn(2, 3, 4)
    seen = []

    def student(noisy, at):
        seen.append((noisy, at))
        return torch.zeros_like(noisy)

    loss = distillation_loss(
        student,
        lambda noisy, at: at.view(-1, 1, 1).expand_as(noisy) - 0.125,
        layers,
        noise,
        torch.tensor([1.0, 0.0]),
        4,
        torch.Generator().manual_seed(0),
    )
    ((noisy, at),) = seen
    assert torch.equal(noisy, noise)
    assert torch.equal(at, torch.ones(2))
    assert loss == pytest.approx((np.mean([1, 0.75, 0.5, 0.25]) - 0.125) ** 2)


def test_a_teacher_of_another_rank_is_refused(tmp_path, data, model):
    teacher = stage_two.train(lora_plan(model, data, tmp_path / "teacher", steps=1))
    AcceleratorState._reset_state(reset_partial_state=True)
    with pytest.raises(WrongLora, match="another rank"):
        stage_two.train(lora_plan(model, data, tmp_path / "student", steps=1, rank=2, distil=teacher))
