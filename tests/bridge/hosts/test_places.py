"""Every packaging of Krita and GIMP on every system, as folders that look like it."""

import pytest

from bridge.hosts import gimp, krita
from bridge.hosts.places import Machine


@pytest.fixture
def machine(tmp_path):
    """A machine with nothing on it. make: folders (ending with /) and files, below the home or with root: below /."""
    home, root = tmp_path / "Jörg Müller", tmp_path / "root"

    def make(platform, *things, **environ):
        for thing in things:
            place = root / thing[5:] if thing.startswith("root:") else home / thing
            if thing.endswith("/"):
                place.mkdir(parents=True, exist_ok=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text("#!/bin/sh\necho 'GNU Image Manipulation Program version 3.2.1'\n")
                place.chmod(0o755)
        variables = {name: value.format(home=home, root=root) for name, value in environ.items()}
        return Machine(platform, home, variables, root)

    home.mkdir()
    root.mkdir()
    return make


def kritas(machine):
    return {place.packaging: place for place in krita.find(machine)}


def gimps(machine):
    return {place.packaging: str(place.folder.relative_to(machine.home)) for place in gimp.find(machine)}


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_nothing_is_found_on_a_machine_with_nothing(machine, platform):
    bare = machine(platform)
    assert krita.find(bare) == []
    assert gimp.find(bare) == []


LINUX = [
    (["programs/krita"], "system", ".local/share/krita", ".config/kritarc"),
    (["Downloads/Krita-5.2.9-x86_64.AppImage"], "AppImage", ".local/share/krita", ".config/kritarc"),
    (["Applications/krita.appimage"], "AppImage", ".local/share/krita", ".config/kritarc"),
    ([".config/kritarc"], "profile", ".local/share/krita", ".config/kritarc"),
    (
        ["root:var/lib/flatpak/app/org.kde.krita/"],
        "Flatpak",
        ".var/app/org.kde.krita/data/krita",
        ".var/app/org.kde.krita/config/kritarc",
    ),
    (["snap/krita/current/"], "Snap", "snap/krita/current/.local/share/krita", "snap/krita/current/.config/kritarc"),
]


@pytest.mark.parametrize(("things", "packaging", "folder", "config"), LINUX, ids=[str(case[0]) for case in LINUX])
def test_krita_on_linux(machine, things, packaging, folder, config):
    here = machine("linux", *things, PATH="{home}/programs")
    (place,) = krita.find(here)
    assert place.packaging == packaging
    assert (place.folder, place.config) == (here.home / folder, here.home / config)


def test_krita_of_several_packagings_is_found_in_each(machine):
    here = machine("linux", "programs/krita", "bin/krita-x.AppImage", ".var/app/org.kde.krita/", PATH="{home}/programs")
    assert list(kritas(here)) == ["system and AppImage", "Flatpak"]


def test_krita_follows_the_xdg_variables(machine):
    here = machine("linux", "d/krita/", XDG_DATA_HOME="{home}/d", XDG_CONFIG_HOME="{home}/c")
    (place,) = krita.find(here)
    assert (place.folder, place.config) == (here.home / "d/krita", here.home / "c/kritarc")


def test_krita_on_windows_installed_and_from_the_store(machine):
    store = "AppData/Local/Packages/49800Krita_RSXBH/"
    here = machine("win32", "AppData/Local/Programs/Krita (x64)/", store)
    found = kritas(here)
    assert found["installed or portable"].folder == here.home / "AppData/Roaming/krita"
    assert found["installed or portable"].config == here.home / "AppData/Local/kritarc"
    assert found["Microsoft Store"].folder == here.home / store / "LocalCache/Roaming/krita"
    assert found["Microsoft Store"].config == here.home / store / "LocalCache/Local/kritarc"


def test_krita_on_a_mac(machine):
    here = machine("darwin", "root:Applications/krita.app/")
    (place,) = krita.find(here)
    assert place.folder == here.home / "Library/Application Support/krita"
    assert place.config == here.home / "Library/Preferences/kritarc"


def test_every_version_of_gimp_that_was_used_is_found_and_older_ones_are_not(machine):
    here = machine("linux", ".config/GIMP/3.0/", ".config/GIMP/3.2/", ".config/GIMP/2.10/")
    assert gimps(here) == {
        "profile 3.0": ".config/GIMP/3.0/plug-ins",
        "profile 3.2": ".config/GIMP/3.2/plug-ins",
    }


def test_a_gimp_that_was_never_started_is_asked_for_its_version(machine):
    here = machine("linux", "programs/gimp", PATH="{home}/programs")
    (place,) = gimp.find(here)
    assert place.folder == here.home / ".config/GIMP/3.2/plug-ins"
    assert "no profile yet" in place.note


def test_a_gimp_appimage_says_its_version_by_its_name(machine):
    here = machine("linux", "Downloads/GIMP-3.2.0-x86_64.AppImage")
    assert gimps(here) == {"AppImage 3.2": ".config/GIMP/3.2/plug-ins"}


def test_gimp_in_sandboxes(machine):
    here = machine("linux", "root:var/lib/flatpak/app/org.gimp.GIMP/", "snap/gimp/current/.config/GIMP/3.2/")
    assert gimps(here) == {
        "Flatpak 3.0": ".var/app/org.gimp.GIMP/config/GIMP/3.0/plug-ins",
        "Snap 3.2": "snap/gimp/current/.config/GIMP/3.2/plug-ins",
    }


def test_gimp_on_windows_installed_and_from_the_store(machine):
    store = "AppData/Local/Packages/GIMP.GIMP_x/LocalCache/Roaming/GIMP/3.0/"
    here = machine("win32", "AppData/Local/Programs/GIMP 3/", "AppData/Roaming/GIMP/3.2/", store)
    assert gimps(here) == {
        "installed or portable 3.2": "AppData/Roaming/GIMP/3.2/plug-ins",
        "Microsoft Store 3.0": f"{store}plug-ins",
    }


def test_gimp_on_a_mac(machine):
    here = machine("darwin", "root:Applications/GIMP.app/")
    assert gimps(here) == {"application 3.0": "Library/Application Support/GIMP/3.0/plug-ins"}


def test_the_variable_that_moves_a_gimp_profile_is_obeyed(machine):
    here = machine("linux", GIMP3_DIRECTORY="{home}/own")
    assert gimps(here) == {"GIMP3_DIRECTORY": "own/plug-ins"}
