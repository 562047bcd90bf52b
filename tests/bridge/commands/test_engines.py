"""`diffdecompose engines install`: what is asked of `models` and of pip, in which order, and what is refused."""

import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub")

from bridge.cli import main
from bridge.commands import models as models_command
from bridge.engine_info import install_command
from model.engines import ENGINES


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("DIFFDECOMPOSE_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def asked(models, monkeypatch):
    """What `models` was asked for; each model that is pulled is there afterwards."""
    calls = []

    def run(args):
        calls.append((args.verb, args.name))
        (models / args.name).mkdir(parents=True)
        return 0

    monkeypatch.setattr(models_command, "run", run)
    return calls


def test_the_list_names_the_command_for_each_engine_that_lacks_something(models, capsys):
    assert main(["engines"]) == 0
    text = capsys.readouterr().out
    for name in ("flux", "qwen-layered"):
        assert f"to fetch what it lacks: {install_command(name)}" in text
    assert "engines install nano" not in text


def test_one_command_fetches_the_weights_and_a_second_one_nothing(asked, capsys):
    assert main(["engines", "install", "qwen-layered"]) == 0
    assert asked == [("pull", "qwen-layered")]
    assert main(["engines", "install", "qwen-layered"]) == 0
    assert len(asked) == 1
    assert "qwen-layered is installed" in capsys.readouterr().out


def test_flux_is_fetched_and_put_together_once_its_lora_is_named(asked, tmp_path, capsys):
    assert main(["engines", "install", "flux"]) == 2
    assert "--lora FILE" in capsys.readouterr().err
    assert asked == [], "nothing is fetched before everything else is there"
    assert main(["engines", "install", "flux", "--lora", str(tmp_path / "gone")]) == 2
    lora = tmp_path / "lora.safetensors"
    lora.write_bytes(b"")
    assert main(["engines", "install", "flux", "--lora", str(lora)]) == 0
    assert asked == [("pull", "flux.1-dev"), ("pull", "alphavae"), ("assemble", "flux")]


def test_a_licence_that_is_not_accepted_stops_it_with_the_name_of_the_flag(models, capsys, monkeypatch, tmp_path):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO())
    (models / "flux.1-dev").mkdir(parents=True)
    lora = tmp_path / "lora.safetensors"
    lora.write_bytes(b"")
    assert main(["engines", "install", "flux", "--lora", str(lora)]) == 2
    assert "--accept-licence" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "code", "said"), [("nano", 0, "nothing to fetch"), ("big", 2, "no engine 'big'")])
def test_what_needs_nothing_or_is_not_there_is_one_line(models, capsys, name, code, said):
    assert main(["engines", "install", name]) == code
    printed = capsys.readouterr()
    assert said in printed.out + printed.err
    assert (printed.out + printed.err).count("\n") == 1


def test_libraries_that_are_missing_are_asked_of_pip_in_the_programs_own_environment(asked, monkeypatch, capsys):
    from bridge.commands import engines

    class Pip:
        asked: tuple[str, ...] = ()
        returncode = 1

        @classmethod
        def run(cls, command):
            cls.asked = tuple(command)
            return cls

    def not_installed(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    monkeypatch.setattr(engines, "subprocess", Pip)
    with monkeypatch.context() as bare:
        bare.setattr(engines, "version", not_installed)
        assert main(["engines", "install", "qwen-layered"]) == 4
        assert Pip.asked == (), "elsewhere another package may have that name"
    assert main(["engines", "install", "qwen-layered"]) == 4
    assert Pip.asked[:4] == (sys.executable, "-m", "pip", "install")
    assert Pip.asked[-1] == "diffdecompose-bridge[flux]"
    assert "installer install --upgrade --with flux" in capsys.readouterr().err
    assert asked == []


def test_each_engine_of_the_catalogue_belongs_to_its_engine():
    from model.weights.catalogue import ENTRIES

    assert {name for entry in ENGINES.values() for name in entry.models} <= set(ENTRIES)
