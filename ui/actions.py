"""Every action of the window in one table: words, shortcut, icon, and what it needs. Knows nothing of what they do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from .language import tr

__all__ = ["TOOLBAR", "Needs", "Spec", "menus", "specs"]


class Needs(IntEnum):
    """What has to be there for an action to make sense."""

    NOTHING = 0
    PICTURE = 1
    LAYERS = 2


@dataclass(frozen=True)
class Spec:
    """One action. shortcuts: key sequences, the first is shown. check: it is on or off. group: one of these is on."""

    name: str
    text: str
    shortcuts: tuple[str, ...]
    icon: str = ""
    tip: str = ""
    needs: Needs = Needs.NOTHING
    check: bool = False
    group: str = ""


def specs() -> tuple[Spec, ...]:
    """The table, in the interface language."""
    picture, layers = Needs.PICTURE, Needs.LAYERS
    return (
        Spec("open", tr("Open…"), ("Ctrl+O",), "open", tr("Open pictures: PNG, JPEG, WebP, TIFF, AVIF, PSD, ORA, KRA")),
        Spec("paste", tr("Paste as New Picture"), ("Ctrl+V",), "paste", tr("Open what is on the clipboard")),
        Spec("save", tr("Save"), ("Ctrl+S",), "save", tr("Save the layers as PSD or ORA"), layers),
        Spec("save_as", tr("Save As…"), ("Ctrl+Shift+S",), "", tr("Save as PSD, ORA or a folder of PNGs"), layers),
        Spec("copy", tr("Copy Layer"), ("Ctrl+C",), "copy", tr("Put the chosen layer on the clipboard"), layers),
        Spec("copy_merged", tr("Copy What Is Shown"), ("Ctrl+Shift+C",), "", tr("Copy the picture as shown"), picture),
        Spec("krita", tr("Open in Krita"), ("Ctrl+Shift+K",), "send", tr("Send the layers to Krita"), layers),
        Spec("gimp", tr("Open in GIMP"), ("Ctrl+Shift+G",), "send", tr("Send the layers to GIMP"), layers),
        Spec("close", tr("Close Picture"), ("Ctrl+W",), "", "", picture),
        Spec("quit", tr("Quit"), ("Ctrl+Q",)),
        Spec("undo", tr("Undo"), ("Ctrl+Z",), "undo", ""),
        Spec("redo", tr("Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", ""),
        Spec("forget_area", tr("Clear Marked Area"), ("Ctrl+Shift+A",), "", tr("Mark nothing"), picture),
        Spec("decompose", tr("Decompose"), ("Ctrl+Return",), "decompose", tr("Take the picture apart"), picture),
        Spec("decompose_all", tr("Decompose All Open Pictures"), ("Ctrl+Shift+Return",), "", "", picture),
        Spec("cancel", tr("Cancel"), ("Esc",), "stop", tr("Stop taking this picture apart"), picture),
        Spec("zoom_in", tr("Zoom In"), ("+", "Ctrl++", "="), "zoom-in", "", picture),
        Spec("zoom_out", tr("Zoom Out"), ("-", "Ctrl+-"), "zoom-out", "", picture),
        Spec("fit", tr("Fit to Window"), ("0", "Ctrl+0"), "fit", tr("Show the whole picture"), picture),
        Spec("actual", tr("100 %"), ("1", "Ctrl+1"), "actual", tr("One screen pixel a picture pixel"), picture),
        _mode("split", tr("Split"), "F5", tr("Before and after on two sides of a line")),
        _mode("background", tr("Background"), "F6", tr("What was behind: the lowest layer alone")),
        _mode("layers", tr("Layers"), "F7", tr("The layers, stacked")),
        _mode("original", tr("Original"), "F8", tr("The picture that came in")),
        _mode("difference", tr("Difference"), "F9", tr("|recomposed - original| with a gain: black is exact")),
        Spec("swap", tr("Flip Before and After"), ("X",), "", tr("Original and background in place"), layers),
        Spec("solo", tr("Show Only This Layer"), ("S",), "solo", tr("Show the chosen layer alone"), layers, True),
        Spec("alpha", tr("Show Its Alpha"), ("A",), "alpha", tr("Show the chosen layer's alpha as gray"), layers, True),
        Spec("next_layer", tr("Layer Above"), ("PgUp",), "", "", layers),
        Spec("previous_layer", tr("Layer Below"), ("PgDown",), "", "", layers),
        Spec("toggle_layer", tr("Show or Hide Layer"), ("V",), "eye", "", layers),
        Spec("raise_layer", tr("Move Layer Up"), ("Ctrl+PgUp",), "up", "", layers),
        Spec("lower_layer", tr("Move Layer Down"), ("Ctrl+PgDown",), "down", "", layers),
        Spec("rename_layer", tr("Rename Layer"), ("F2",), "", "", layers),
        Spec("delete_layer", tr("Delete Layer"), ("Del",), "trash", "", layers),
        Spec("next_candidate", tr("Next Candidate"), ("Ctrl+Right",), "", "", layers),
        Spec("previous_candidate", tr("Previous Candidate"), ("Ctrl+Left",), "", "", layers),
        Spec("favourite", tr("Favourite Candidate"), ("F",), "star", tr("Keep this candidate in mind"), layers, True),
        Spec("next_picture", tr("Next Picture"), ("Ctrl+Tab",), "", "", picture),
        Spec("previous_picture", tr("Previous Picture"), ("Ctrl+Shift+Tab",), "", "", picture),
        Spec("history", tr("History"), ("Ctrl+H",), "history", tr("Earlier decompositions"), check=True),
        Spec("palette", tr("Find a Command…"), ("Ctrl+Shift+P", "F1"), "palette", tr("Search all commands")),
        Spec("preferences", tr("Preferences…"), ("Ctrl+,",), "settings", ""),
        Spec("welcome", tr("First Page"), ("Ctrl+Shift+H",), "", tr("Examples and recent pictures")),
        Spec("about", tr("About"), ("Ctrl+Shift+I",), "info", ""),
    )


def _mode(name: str, text: str, key: str, tip: str) -> Spec:
    return Spec(name, text, (key,), name, tip, Needs.LAYERS, True, "mode")


def menus() -> tuple[tuple[str, str], ...]:
    """Title and names; "|" is a separator, "recent" the recent pictures, "tools" the tools, "docks" the panels."""
    return (
        (tr("&File"), "open recent paste | save save_as | krita gimp | close quit"),
        (tr("&Edit"), "undo redo | copy copy_merged | forget_area | preferences"),
        (tr("&Picture"), "decompose decompose_all cancel | previous_picture next_picture"),
        (
            tr("&Layer"),
            "next_layer previous_layer | toggle_layer solo alpha | raise_layer lower_layer rename_layer delete_layer | "
            "next_candidate previous_candidate favourite",
        ),
        (tr("&Tools"), "tools"),
        (tr("&View"), "zoom_in zoom_out fit actual | split background layers original difference swap | docks"),
        (tr("&Help"), "palette welcome about"),
    )


TOOLBAR = (
    "open save | undo redo | tools zoom_out zoom_in fit actual > "
    "split background layers original difference > history palette"
)
"""Names from left to right; "|" is a separator, "tools" the tools, ">" pushes the rest to the right."""
