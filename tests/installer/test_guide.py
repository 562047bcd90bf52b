"""The user guide followed word by word: every command of docs/guide.md, in order, in a fresh home."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDE = ROOT / "docs" / "guide.md"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the home of these tests is laid out as on Linux")
OPENS_A_WINDOW = "diffdecompose view "
GIGABYTES = "--with flux"
"""Said by the guide, and only planned here: torch is not in the folder of wheels."""


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def checkout(tmp_path) -> Path:
    """The folder that a user unpacked."""
    folder = tmp_path / "DiffDecompose 0.1"
    folder.mkdir()
    for name in ("installer", "examples"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.mark.timeout(900)  # an installation and every command: minutes where the machine is busy
def test_every_command_of_the_guide_does_what_it_says(home, offline_bundle, build_wheels, checkout):
    environment = {
        **home.environment,
        "PATH": os.pathsep.join([str(home.command.parent), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": f"{offline_bundle / 'wheels'} {build_wheels}",
        "QT_QPA_PLATFORM": "offscreen",
    }
    said = {}
    for command in commands():
        if command.startswith(OPENS_A_WINDOW):
            with subprocess.Popen(command.split(), cwd=checkout, env=environment) as viewer:
                with pytest.raises(subprocess.TimeoutExpired):
                    viewer.wait(4)
                viewer.terminate()
            continue
        words = command + (" --dry-run" if GIGABYTES in command else "")
        shell = {"shell": True, "cwd": checkout, "env": environment, "stdin": subprocess.DEVNULL}
        done = subprocess.run(words, capture_output=True, text=True, **shell)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        said[command] = done.stdout + done.stderr
    for made in ("first.psd", "background.png", "layers/manifest.json", "fog.ora", "report.zip"):
        assert (checkout / made).is_file()
    assert {path.name for path in (checkout / "done").glob("*.ora")} == {"fog.ora", "stain.ora"}
    assert "2 of 2 pictures were done before" in said["diffdecompose decompose holiday -o done --format ora"]
    assert said["diffdecompose plugins list"].count("has the plugin") == 2
    assert not home.command.exists()


def test_the_pictures_and_headings_that_the_guide_names_are_there_and_the_readme_leads_to_it():
    text = GUIDE.read_text("utf-8")
    for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text):
        assert (GUIDE.parent / name).resolve().is_file(), name
    headings = {re.sub(r"[^a-z -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in text.splitlines()}
    assert set(re.findall(r"\(#([a-z-]+)\)", text)) <= headings
    assert "(docs/guide.md)" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "words",
    ["on the PATH", "Import Python", "enable it, restart", "folder plug-ins of GIMP's profile", "Restart Krita"],
)
def test_the_readme_says_where_the_command_and_the_plugins_are_and_what_to_do_with_them(words):
    assert words in " ".join((ROOT / "README.md").read_text("utf-8").replace("#", " ").split())
