"""What each format keeps of that which comes with a picture beside its pixels. Knows nothing of how it is written."""

from __future__ import annotations

from model.types import Metadata

__all__ = ["KEPT", "left_out"]

KEPT = {
    "PSD": {"Exif", "XMP", "IPTC", "profile", "resolution"},
    "PSB": {"Exif", "XMP", "IPTC", "profile", "resolution"},
    "ORA": {"Exif", "XMP", "IPTC", "profile", "resolution", "text"},
    "FOLDER": {"Exif", "XMP", "IPTC", "profile", "resolution", "text"},
    "PNG": {"Exif", "XMP", "IPTC", "profile", "resolution", "text"},
    "TIFF": {"Exif", "XMP", "IPTC", "profile", "resolution"},
    "JPEG": {"Exif", "XMP", "IPTC", "profile", "resolution", "comment"},
    "WEBP": {"Exif", "XMP", "profile"},
}
"""Form of `writing.form_of`: names of what the writer keeps."""

SHOWN = 3
"""Keywords of text that a note names."""


def left_out(
    form: str, metadata: Metadata, icc: bytes | None, dpi: tuple[float, float] | None, depth: int
) -> list[str]:
    """One line for each thing that a file of this form cannot keep, or that is added to it.

    form: a key of KEPT. depth: bits a channel of the layers, 8 or 16.
    """
    kept = KEPT[form]
    notes = []
    if metadata.iptc and "IPTC" not in kept:
        notes.append(f"{form} has no place for IPTC data, they were left out: choose .psd, .png or .tif to keep them")
    if dpi and "resolution" not in kept:
        notes.append(f"{form} has no place for the resolution ({dpi[0]:g} dpi): choose another format to keep it")
    if lost := _lost_keywords(kept, metadata):
        names = ", ".join(lost[:SHOWN]) + (", ..." if len(lost) > SHOWN else "")
        notes.append(f"{form} has no place for text ({names}), it was left out: choose .png to keep it")
    if icc is None and depth == 16 and form in ("PSD", "PSB", "ORA"):
        notes.append("the picture names no colour profile: sRGB was written, since 16 bits without one open as linear")
    return notes


def _lost_keywords(kept: set[str], metadata: Metadata) -> list[str]:
    if "text" in kept:
        return []
    keywords = dict.fromkeys(keyword for keyword, _ in metadata.text)
    return [keyword for keyword in keywords if not (keyword == "Comment" and "comment" in kept)]
