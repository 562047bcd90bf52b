"""What is said where a host cannot be asked; tests/hosts/test_clean_root.py asks the real ones."""

from pathlib import Path

import pytest

from bridge.hosts.asking import seen_by
from bridge.hosts.places import Machine, Place


@pytest.fixture
def machine(tmp_path):
    return Machine("linux", tmp_path, {"PATH": str(tmp_path / "bin")})


def place(host: str, packaging: str, folder: Path) -> Place:
    return Place(host, packaging, folder, folder / "kritarc" if host == "krita" else None)


def test_what_runs_in_a_sandbox_or_without_its_console_is_not_started(machine, tmp_path):
    assert seen_by(place("gimp", "Flatpak 3.0", tmp_path), machine).startswith("was not asked (Flatpak 3.0)")
    assert "there is no gimp-console" in seen_by(place("gimp", "system 3.0", tmp_path), machine)


def test_a_krita_that_has_it_switched_off_is_told_where_to_tick_it(machine, tmp_path):
    krita = place("krita", "system", tmp_path)
    assert "Python Plugin Manager" in seen_by(krita, machine)
    (tmp_path / "kritarc").write_text("[python]\nenable_diffdecompose=false\n")
    assert "switched off" in seen_by(krita, machine)
    (tmp_path / "kritarc").write_text("[python]\nenable_diffdecompose=true\n")
    assert "no kritarunner" in seen_by(krita, machine)


@pytest.mark.parametrize(
    ("prints", "said"),
    [
        ("script-fu-Warning: diffdecompose-unseen", "does not see the plugin"),
        ("", "said nothing of the plugin"),
    ],
)
def test_what_gimp_answers_is_put_in_words(machine, tmp_path, prints, said):
    program = tmp_path / "bin" / "gimp-console-3.0"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{prints}' >&2\n")
    program.chmod(0o755)
    assert seen_by(place("gimp", "system 3.0", tmp_path), machine).startswith(said)
