"""The Krita plugin "Decompose Layers": Krita imports this package when it starts, and it registers itself.

extension  the menu entries and what they start     runs      a job's thread, and its way back into the document
canvas     reading a document, building the group   covered   source layers hidden under their group
dialog     the options                              panel     progress and messages
qt         PyQt5 or PyQt6, whichever Krita runs on
"""

from krita import Krita

from .extension import DecomposeLayers

Krita.instance().addExtension(DecomposeLayers(Krita.instance()))
