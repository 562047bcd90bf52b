"""Collects the texts of viewer and plugins into `viewer_LANGUAGE.ts`, keeping what is translated; compiles both forms.

    python -m ui.translations.build           update all .ts files, write their .qm and .mo
    python -m ui.translations.build fr        begin another language

One .ts file a language holds every text: of `tr("...")` in the viewer and in the plugins, and the tables of
`bridge.wire.labels`, which both show. The viewer reads the .qm (Qt), the plugins the .mo (gettext) with the texts of
theirs. A .ts file opens in Qt Linguist. The .qm writer is our own sixty lines, because `lrelease` is not among the
Python packages of Qt; the format is that of QTranslator: a sorted table of hashes and, for each, tagged texts.
"""

from __future__ import annotations

import ast
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as Xml

from bridge.wire import labels

__all__ = ["compiled", "compiled_for_gettext", "main", "plugin_catalogue", "plugin_texts", "read", "texts", "written"]

HERE = Path(__file__).parent
UI = HERE.parent
ROOT = UI.parent
LABELS = ROOT / "bridge" / "wire" / "labels.py"
PLUGINS = ROOT / "plugins"
CONTEXT = "viewer"

# Tags and sections of a .qm file.
MAGIC = bytes.fromhex("3cb86418caef9c95cd211cbf60a1bddd")
HASHES, MESSAGES, END, TRANSLATION, SOURCE, CONTEXT_TAG = 0x42, 0x69, 1, 3, 6, 7


def texts() -> dict[str, str]:
    """Every text of the viewer and the plugins, and the file below the root where it stands first."""
    return {**_passed_to_tr(UI.rglob("*.py")), **plugin_texts()}


def plugin_texts() -> dict[str, str]:
    """Every text that the plugins show, their labels included."""
    shared = {text: LABELS.relative_to(ROOT).as_posix() for table in labels.TABLES for text in table.values()}
    return {**shared, **_passed_to_tr([LABELS]), **_passed_to_tr(PLUGINS.rglob("*.py"))}


def _passed_to_tr(files: Iterable[Path]) -> dict[str, str]:
    """Every literal that passes `tr`, in the order of files and lines."""
    found: dict[str, str] = {}
    for path in sorted(files):
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
            named = isinstance(call.func, ast.Name) and call.func.id == "tr" and call.args
            if named and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
                found.setdefault(call.args[0].value, path.relative_to(ROOT).as_posix())
    return found


def read(path: Path) -> dict[str, str]:
    """Source and translation of a .ts file; what is not translated is left out."""
    if not path.exists():
        return {}
    pairs = {}
    for message in Xml.parse(path).getroot().iter("message"):
        source, translation = message.findtext("source") or "", message.find("translation")
        if translation is not None and translation.text and translation.get("type") != "unfinished":
            pairs[source] = translation.text
    return pairs


def written(language: str, translated: dict[str, str], sources: dict[str, str]) -> bytes:
    """A .ts file."""
    root = Xml.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = Xml.SubElement(root, "context")
    Xml.SubElement(context, "name").text = CONTEXT
    for source, file in sources.items():
        message = Xml.SubElement(context, "message")
        Xml.SubElement(message, "location", filename=f"../../{file}")
        Xml.SubElement(message, "source").text = source
        translation = Xml.SubElement(message, "translation")
        if source in translated:
            translation.text = translated[source]
        else:
            translation.set("type", "unfinished")
    Xml.indent(root, "    ")
    return b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n' + Xml.tostring(root, "utf-8") + b"\n"


def compiled(translated: dict[str, str]) -> bytes:
    """A .qm file."""
    messages, table = b"", []
    for source, translation in translated.items():
        table.append((_hash(source.encode()), len(messages)))
        wide = translation.encode("utf-16-be")
        messages += struct.pack(">BI", TRANSLATION, len(wide)) + wide
        for tag, text in ((SOURCE, source), (CONTEXT_TAG, CONTEXT)):
            messages += struct.pack(">BI", tag, len(text.encode())) + text.encode()
        messages += bytes([END])
    hashes = b"".join(struct.pack(">II", *entry) for entry in sorted(table))
    sections = struct.pack(">BI", HASHES, len(hashes)) + hashes + struct.pack(">BI", MESSAGES, len(messages)) + messages
    return MAGIC + sections


def compiled_for_gettext(translated: dict[str, str]) -> bytes:
    """A .mo file: head, tables of sources and translations, texts (GNU gettext manual, section 10.3)."""
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **translated}.items())
    texts_at = 28 + 16 * len(pairs)
    tables, data = b"", b""
    for column in (0, 1):
        for pair in pairs:
            text = pair[column].encode()
            tables += struct.pack("<II", len(text), texts_at + len(data))
            data += text + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0) + tables + data


def plugin_catalogue(language: str) -> Path:
    """Where the plugins' .mo file of a language lies."""
    return PLUGINS / "shared" / "locale" / language / "LC_MESSAGES" / "diffdecompose.mo"


def _hash(data: bytes) -> int:
    """The hash of the System V ABI's ELF symbol tables, which QTranslator uses; 0 becomes 1."""
    value = 0
    for byte in data:
        value = (value << 4) + byte
        high = value & 0xF0000000
        if high:
            value ^= high >> 24
        value &= ~high & 0xFFFFFFFF
    return value or 1


def main(words: list[str] | None = None) -> int:
    words = sys.argv[1:] if words is None else words
    files = [HERE / f"viewer_{word}.ts" for word in words] or sorted(HERE.glob("viewer_*.ts"))
    sources = texts()
    for path in files:
        language = path.stem.removeprefix("viewer_")
        known = read(path)
        translated = {source: known[source] for source in sources if source in known}
        path.write_bytes(written(language, translated, sources))
        path.with_suffix(".qm").write_bytes(compiled(translated))
        catalogue = plugin_catalogue(language)
        catalogue.parent.mkdir(parents=True, exist_ok=True)
        in_plugins = plugin_texts()
        catalogue.write_bytes(compiled_for_gettext({s: t for s, t in translated.items() if s in in_plugins}))
        print(f"{path.name}: {len(translated)} of {len(sources)} texts translated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
