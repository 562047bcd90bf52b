"""Third-party notices: name, version, licence and licence texts of what is installed, from its own metadata.

Source: "Core metadata specifications", fields License-Expression, License, Classifier and License-File.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path

__all__ = ["notices"]

_OURS = "diffdecompose-bridge"
_LICENCE_NAMES = ("LICEN", "COPYING", "NOTICE", "AUTHORS")
_LONGEST_NAME = 80
"""Some distributions put the whole text where the name of the licence belongs."""


def notices(places: Sequence[Path]) -> str:
    """The text for people, one section a distribution, in the order of their names.

    places: folders of installed distributions (site-packages) or wheels.
    """
    found = {_name(one).lower(): one for one in distributions(path=[str(place) for place in places])}
    sections = [_section(found[name]) for name in sorted(found) if name != _OURS]
    heading = (
        "Third-party notices\n\nMade from the metadata of the distributions that are installed with diffdecompose."
    )
    return "\n\n".join([heading, *sections]) + "\n"


def _section(one: Distribution) -> str:
    title = f"{_name(one)} {one.version}"
    lines = [title, "=" * len(title), f"Licence: {_licence(one)}"]
    page = next(iter([*(one.metadata.get_all("Home-page") or []), *(one.metadata.get_all("Project-URL") or [])]), "")
    if page:
        lines.append(f"Project: {page.rpartition(', ')[2]}")
    return "\n".join(lines) + "".join(f"\n\n{text.strip()}" for text in _texts(one))


def _name(one: Distribution) -> str:
    return one.metadata["Name"]


def _licence(one: Distribution) -> str:
    for expression in one.metadata.get_all("License-Expression") or []:
        return expression
    said = next(iter(one.metadata.get_all("License") or []), "").strip()
    if said and len(said) <= _LONGEST_NAME and "\n" not in said:
        return said
    classes = [line for line in one.metadata.get_all("Classifier") or [] if line.startswith("License ::")]
    return ", ".join(line.rpartition(" :: ")[2] for line in classes) or "not stated in the metadata, see the text"


def _texts(one: Distribution) -> Iterator[str]:
    """The licence files that the distribution brings, each once."""
    seen = set()
    for file in one.files or []:
        inside = [part for part in file.parts if part.endswith(".dist-info")]
        if inside and file.name.upper().startswith(_LICENCE_NAMES):
            text = one.read_text("/".join(file.parts[file.parts.index(inside[0]) + 1 :]))
            if text and text not in seen:
                seen.add(text)
                yield text
