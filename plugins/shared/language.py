"""The language of the interface: translations are looked up in `locale/` beside this file.

A translation is `locale/LANGUAGE/LC_MESSAGES/diffdecompose.mo` (gettext). `ui.translations.build` makes it
from the texts that viewer and plugins share. Without one the English text stands.
Knows nothing of the programs; each tells its language with `use`.
"""

import gettext
from pathlib import Path
from typing import Optional, Sequence

__all__ = ["tr", "use"]

_current: Optional[gettext.NullTranslations] = None


def use(languages: Optional[Sequence[str]], folder: Optional[Path] = None) -> None:
    """Choose the interface language: names like "de" or "pt_BR", best first; None asks the environment."""
    global _current
    where = folder or Path(__file__).parent / "locale"
    _current = gettext.translation("diffdecompose", str(where), languages, fallback=True)


def tr(text: str) -> str:
    """The text in the interface language. The argument is a literal, so that tools can collect it."""
    if _current is None:
        use(None)
    return text if _current is None else _current.gettext(text)
