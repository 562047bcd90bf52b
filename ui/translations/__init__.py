"""Translations: `viewer_LANGUAGE.ts` (Qt Linguist's format, what translators edit) and the `.qm` that Qt reads.

build      collects the texts of the interface, keeps what is translated, writes both
"""
