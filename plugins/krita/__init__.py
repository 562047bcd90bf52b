"""The Krita plugin "Decompose Layers": Krita imports this package when it starts, and it registers itself.

extension       the menu entries and what they start
runs            a job's thread, and the way of its result into the document
canvas          reading a document, building the group
hidden_sources  source layers that are hidden under their group
undo_text       the menu's name for the step that brought a group
candidates      switching between the candidates of one decomposition
dialog          the options
panel           progress and messages
qt              PyQt5 or PyQt6, whichever Krita runs on
"""

from krita import Krita

from .extension import DecomposeLayers

Krita.instance().addExtension(DecomposeLayers(Krita.instance()))
