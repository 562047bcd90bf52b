"""The translation is whole, is what Qt reads, and says what its source says."""

import re

import pytest
from PyQt6.QtCore import QCoreApplication, QTranslator

from ui import language
from ui.translations import build

GERMAN = build.HERE / "viewer_de.ts"


@pytest.fixture
def german(qapp):
    translator = QTranslator()
    assert translator.load(str(GERMAN.with_suffix(".qm")))
    qapp.installTranslator(translator)
    yield translator
    qapp.removeTranslator(translator)


def test_every_text_is_translated_and_the_files_are_up_to_date():
    sources, translated = build.texts(), build.read(GERMAN)
    assert [text for text in sources if text not in translated] == [], "run python -m ui.translations.build"
    assert set(translated) <= set(sources)
    assert GERMAN.with_suffix(".qm").read_bytes() == build.compiled(translated)


def test_qt_finds_every_text_in_the_compiled_file(german):
    for source, translation in build.read(GERMAN).items():
        assert QCoreApplication.translate(language.CONTEXT, source) == translation
    assert QCoreApplication.translate(language.CONTEXT, "nobody wrote this") == "nobody wrote this"
    assert QCoreApplication.translate("elsewhere", "Save") == "Save"


def test_fields_and_shortcut_letters_survive_translation():
    for source, translation in build.read(GERMAN).items():
        assert sorted(re.findall(r"{\w+}", source)) == sorted(re.findall(r"{\w+}", translation)), source
        assert ("&" in source) == ("&" in translation), source
    menus = [text for text in build.read(GERMAN).values() if "&" in text]
    letters = [text[text.index("&") + 1].lower() for text in menus]
    assert len(letters) == len(set(letters)), "two menus share a letter"


def test_the_window_speaks_german(german, hands):
    assert next(action.text() for action in hands.window.menuBar().actions()) == "&Datei"  # type: ignore[union-attr]
    assert hands.controller.options.start.text() == "Zerlegen"
