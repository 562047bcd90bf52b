"""The plugins in other surroundings: an interface in another language, GIMP without a window called from a shell."""

import shutil

import cv2

from tests.hosts.conftest import difference, picture
from tests.hosts.hands import GimpHands
from ui.translations.build import compiled_for_gettext

GERMAN = {
    "Decompose Layers...": "Ebenen zerlegen...",
    "Decompose La_yers: Foreground and Background...": "Ebenen _zerlegen...",
    "{name}: layers": "{name}: Ebenen",
}
SPEAKS_GERMAN = {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "LANGUAGE": "de"}


def translated(plugin, package, target):
    """A copy of an unpacked plugin with a translation beside its modules."""
    copy = shutil.copytree(plugin, target)
    folder = copy / package / "shared" / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "diffdecompose.mo").write_bytes(compiled_for_gettext(GERMAN))
    return copy


def test_krita_shows_the_entries_in_its_own_language(stage, house, plugins):
    copy = translated(plugins["krita"], "pykrita/diffdecompose", stage.place / "german-krita")
    with stage.krita(copy, DIFFDECOMPOSE_HOME=house.inside, **SPEAKS_GERMAN) as program:
        program.wait_until("app.activeWindow() is not None")
        texts = program.ask("[app.action('diffdecompose_' + name).text() for name in ('run', 'again')]")
    assert [text.replace("&", "") for text in texts] == ["Ebenen zerlegen...", "Decompose Layers Again"]


def test_gimp_shows_the_entry_and_names_the_group_in_its_own_language(stage, house, plugins):
    copy = translated(plugins["gimp"], "decompose-layers/diffdecompose", stage.place / "german-gimp")
    with stage.gimp(copy, DIFFDECOMPOSE_HOME=house.inside, **SPEAKS_GERMAN) as program:
        hands = GimpHands(program, stage)
        label = hands.ask("Gimp.get_pdb().lookup_procedure('plug-in-decompose-layers').get_menu_label()")
        key = hands.open(picture())
        hands.decompose(key, blend="normal")
        names = [layer[0] for layer in hands.tree(key)]
    assert label == "Ebenen _zerlegen..."
    assert names[0] == "photo"
    assert names[1].endswith(": Ebenen")


SCRIPT = """
(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{source}")))
       (layer (vector-ref (car (gimp-image-get-layers image)) 0)))
  (plug-in-decompose-layers #:run-mode RUN-NONINTERACTIVE #:image image #:drawables (vector layer)
                            #:engine "flux" #:blend "multiply" #:candidates {candidates})
  (gimp-file-save RUN-NONINTERACTIVE image "{target}"))
"""


def test_gimp_without_a_window_does_it_for_a_script_and_refuses_too_much(stage, house, plugins, gimp):
    original = picture(channels=4)
    source, target = stage.place / "batch.png", stage.place / "batch.xcf"
    assert cv2.imwrite(str(source), original[..., [2, 1, 0]])
    good = SCRIPT.format(source=stage.inside(source), target=stage.inside(target), candidates=2)
    bad = SCRIPT.format(source=stage.inside(source), target="/refused.xcf", candidates=99)
    done = stage.gimp_batch(plugins["gimp"], good, bad, DIFFDECOMPOSE_HOME=house.inside)
    told = done.stdout + done.stderr
    assert "99 out of range: 1 to 8" in told, told
    assert not (stage.root / "refused.xcf").exists()
    key = gimp.reopen(target)
    assert [group[2] for group in gimp.groups(key)] == [False, True], "the best candidate is the one that is seen"
    assert [layer[1] for layer in gimp.groups(key)[1][4]] == ["normal", "multiply"]
    assert difference(gimp.flat(key, original), original) == 0
