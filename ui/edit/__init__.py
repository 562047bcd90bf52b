"""The "Correct" tool: brushes and sliders on the canvas; the layers stay an exact solution after every touch.

tool     EditTool: the pointer becomes strokes; the brush's circle, sizes, keys
panel    EditPanel: what the brush does, its size, the colour, strength and blend type
editor   DocumentEditor: joins a document to its edit session: live layers, undo steps
worker   EditWorker: the thread that edits, one thing after another, what is seen first
"""

from .tool import EditTool

__all__ = ["EditTool"]
