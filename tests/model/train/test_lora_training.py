"""Stage two of DiffDecompose at tiny size: real classes, real files, a few steps."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import json
import os
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
from diffusers import FluxTransformer2DModel
from PIL import Image
from safetensors.torch import load_file

from bridge.cli import main
from model.diffdecompose import alpha_vae, lora, standin
from model.diffdecompose.errors import WrongLora
from model.diffdecompose.lora_files import read_recipe
from model.diffdecompose.pipeline import DiffDecomposePipeline
from model.diffdecompose.positions import Position
from model.diffdecompose.prompts import TextEmbedding
from model.diffdecompose.schedule import Shift, log_shift, set_levels
from model.diffdecompose.sequence import pack as to_sequence
from model.errors import EngineUnavailable, InvalidRequest
from model.train.checkpoint import latest
from model.train.flux import lora as stage_two
from model.train.flux import vae as stage_one
from model.train.flux.conditions import draw_conditions, encode_prompts, with_parts_left_out
from model.train.flux.flow_matching import Levels, Tokens, draw_levels, flow_loss, to_tokens
from model.train.flux.latents import encode
from model.train.flux.options import resolved
from model.train.triplets.sample import Told, Triplets
from model.train.triplets.source import open_source
from model.types import BlendType
from tests.model.train.plans import curve, lora_plan

torch.set_num_threads(1)

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.usefixtures("fresh_accelerator")


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
    words = [sys.executable, *launcher, "model.train.flux.lora", *options, "--out", str(out)]
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


def test_training_and_validation_tell_the_transformer_the_guidance_that_the_lora_is_used_with(
    tmp_path, data, model, monkeypatch
):
    told = []
    forward = FluxTransformer2DModel.forward

    def listening(self, *args, **words):
        told.append(float(words["guidance"][0]))
        return forward(self, *args, **words)

    monkeypatch.setattr(FluxTransformer2DModel, "forward", listening)
    file = stage_two.train(lora_plan(model, data, tmp_path, steps=2, guidance=2.5))
    assert len(told) == 2 + 8  # two steps, and the eight of the sampler at the end
    assert set(told) == {2.5}
    recipe = read_recipe(file)
    assert recipe is not None
    assert recipe.guidance == 2.5


def test_words_and_blend_type_are_left_out_each_by_itself_and_every_rest_is_encoded_beforehand():
    told = with_parts_left_out([Told("fog", BlendType.SCREEN, 2)])
    rests = {Told(words, blend, 2) for words in ("fog", "") for blend in (BlendType.SCREEN, None)}
    assert set(told) == rests

    class Recorder(dict):
        def __missing__(self, asked):
            seen.append(asked)
            return TextEmbedding(torch.zeros(1, 4, 8), torch.zeros(1, 8))

    seen: list = []
    count = 400
    every = (Told("fog", BlendType.SCREEN, 2),) * count
    draw_conditions(Recorder(), every, 0.5, torch.Generator().manual_seed(0))
    shares = {one: seen.count(one) / count for one in rests}
    assert sum(shares.values()) == 1
    assert all(0.18 < share < 0.32 for share in shares.values())


def test_captions_lie_on_disk_and_are_read_one_at_a_time(tmp_path, data, model):
    source = open_source(data, 32, 0)
    plan = lora_plan(model, data, tmp_path)
    pipeline = stage_two._open(plan)
    told, device = source.prompts(), torch.device("cpu")
    prompts = encode_prompts(pipeline, model, tmp_path / "prompts", told, plan.max_tokens, device)
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
