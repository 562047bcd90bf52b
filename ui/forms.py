"""Forms: words to the left, level with the middle of the field to their right, which takes the room there is."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFormLayout, QLabel, QLayout, QSizePolicy, QWidget

__all__ = ["add_row", "form"]


def form(*rows: tuple[str, QWidget | QLayout]) -> QFormLayout:
    """Words and field of each row; without words the field has the whole row."""
    made = QFormLayout()
    made.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    made.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    made.setVerticalSpacing(7)
    made.setHorizontalSpacing(10)
    for words, field in rows:
        add_row(made, words, field)
    return made


def add_row(to: QFormLayout, words: str, field: QWidget | QLayout) -> None:
    if not words:
        to.addRow(field)
        return
    label = QLabel(words)
    # As high as its field: else Qt sets it level with the field's upper edge.
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
    if isinstance(field, QWidget):
        label.setBuddy(field)
    to.addRow(label, field)
