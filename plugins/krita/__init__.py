"""The Krita plugin "Decompose Layers": Krita imports this package when it starts, and it registers itself.

extension       the menu entries and what they start
runs            a job's thread, and the way of its result into the document
canvas          reading a document, building the group
hidden_sources  source layers that are hidden under their group
undo_text       the name of the step that brought a group, in menus and history
candidates      switching between the candidates of one decomposition
dialog          the options
overlay         the pixels of a known overlay
overlay_box     the choice of a known overlay
panel           progress and messages
qt              PyQt5 or PyQt6, whichever Krita runs on
"""

from krita import Krita

from .extension import DecomposeLayers

Krita.instance().addExtension(DecomposeLayers(Krita.instance()))
