"""The training guide against the programs it speaks of: its commands are understood, its figures follow."""

import re
from pathlib import Path

import pytest

pytest.importorskip("diffusers")
pytest.importorskip("accelerate")

import torch

from benchmarks.flux import TERAFLOP_A_STEP
from bridge import cli
from model import train
from model.diffdecompose import standin
from model.diffdecompose.quantise import Bits, expected_bytes
from model.errors import ModelError
from model.evaluate import run as evaluation
from model.train.flux import lora as stage_two
from model.train.flux import vae as stage_one

GUIDE = (Path(train.__file__).parent / "GUIDE.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """The guide's commands, without comments; `...` stands for the block's last whole one."""
    found: list[str] = []
    for line in re.sub(r"\\\n\s+", "", GUIDE).splitlines():
        words = re.split(r"\s{3,}|\s#\s", line.strip())[0] if line.startswith("    ") else ""
        if words.startswith("..."):
            whole = next(one for one in reversed(found) if one.startswith("diffdecompose train"))
            found.append(whole + words.removeprefix("..."))
        elif words.startswith("diffdecompose "):
            found.append(words)
    return found


def test_the_guide_shows_both_stages_and_what_comes_before_and_after():
    verbs = {" ".join(one.split()[1:3]) for one in commands()}
    assert verbs >= {"train vae", "train lora", "models pull", "models assemble", "evaluate paper"}


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_guide_is_understood(command, monkeypatch):
    plans = []
    monkeypatch.setattr(stage_one, "train", plans.append)
    monkeypatch.setattr(stage_two, "train", plans.append)
    words = command.split()[1:]
    match words[:2]:
        case ["train", _]:
            assert cli.main(words) == 0
            assert len(plans) == 1
        case ["evaluate", "paper"]:
            with pytest.raises(ModelError):  # the folders are not there; an unknown option would end the program
                evaluation.main(words[1:])
        case ["evaluate", _]:
            evaluation._arguments().parse_args(words[1:])
        case ["data", *rest]:
            assert rest == []  # fetches: what it is without options
        case _:
            cli._parser(words).parse_args(words)


def test_the_hours_follow_from_the_arithmetic_of_a_step_at_two_fifths_of_each_card_s_rate():
    assert f"is {TERAFLOP_A_STEP:.0f} TFLOP" in GUIDE
    data_sheet = {"H100, H200": 989, "A100 80 GB": 312, "RTX 4090, 24 GB": 165}  # dense bf16, TFLOP/s
    for card, rate in data_sheet.items():
        hours = 30_000 * 3 * TERAFLOP_A_STEP / (0.4 * rate) / 3600
        said = re.search(rf"\| {re.escape(card)} \| ([\d.]+) h", GUIDE)
        assert said is not None
        assert float(said[1]) == pytest.approx(hours, rel=0.05)


def test_the_memory_of_stage_two_follows_from_the_shapes():
    with torch.device("meta"):
        transformer = standin.transformer(standin.FLUX_DEV)
    whole, small = (expected_bytes(transformer, bits) / 2**30 for bits in (None, Bits.NF4))
    adapter = 359e6 * 4 * 4 / 2**30  # weights, gradients and Adam's two moments
    (bf16, nf4), (lora, _), (activations, _), (total, total_nf4) = (
        [float(one) for one in re.findall(r"([\d.]+) GiB", line)]
        for line in GUIDE.split("| memory of stage two |")[1].splitlines()[2:6]
    )
    assert bf16 == pytest.approx(whole, rel=0.02)
    assert nf4 == pytest.approx(small, rel=0.05)
    assert lora == pytest.approx(adapter, rel=0.02)
    assert total == pytest.approx(bf16 + lora + activations, rel=0.03)
    assert total_nf4 == pytest.approx(nf4 + lora + activations, rel=0.03)
