"""Correct it: brushes and sliders on the canvas; the layers stay an exact solution after every touch.

corrector   Corrector: joins a document to its correction: live layers, undo steps
bench       Bench: the thread that corrects, one thing after the other, what is seen first
brush       CorrectTool: the pointer becomes strokes; the brush's circle, sizes, keys
panel       CorrectPanel: what the brush does, its size, the colour, strength and blend type
"""

from .brush import CorrectTool

__all__ = ["CorrectTool"]
