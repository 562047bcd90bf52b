"""The one line in `kritarc` that enables a plugin. Text in, text out; every other line stays as it is, byte for byte.

Source: KConfig's INI form: groups in brackets, `key=value` lines, case-sensitive.
"""

from __future__ import annotations

__all__ = ["read", "without_group", "write"]

_GROUP = "[python]"


def read(text: str, key: str) -> str | None:
    """The value of `key` in the group `[python]`; None where it is not there."""
    lines = text.splitlines()
    for index in _group(lines):
        name, equals, value = lines[index].partition("=")
        if equals and name.strip() == key:
            return value.strip()
    return None


def write(text: str, key: str, value: str | None) -> str:
    """The text with `key` set to `value` in `[python]`; None takes the line out, and an empty group with it."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    inside = _group(lines)
    place = next((index for index in inside if lines[index].partition("=")[0].strip() == key), None)
    if value is None:
        if place is not None:
            del lines[place]
            lines = _without_empty_group(lines)
    elif place is not None:
        lines[place] = f"{key}={value}"
    elif _GROUP in [line.strip() for line in lines]:
        lines.insert([line.strip() for line in lines].index(_GROUP) + 1, f"{key}={value}")
    else:
        lines += [*([""] if lines else []), _GROUP, f"{key}={value}"]
    return "".join(line + ending for line in lines)


def without_group(text: str, name: str) -> str:
    """The text without the group `[name]`: the settings that Krita keeps for a plugin of that name."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    inside = _group(lines, f"[{name}]")
    if not inside.start:
        return text
    start = inside.start - 1
    while start and inside.stop == len(lines) and not lines[start - 1].strip():
        start -= 1
    return "".join(line + ending for line in lines[:start] + lines[inside.stop :])


def _group(lines: list[str], heading: str = _GROUP) -> range:
    """The lines of a group, `[python]` by default, without its heading."""
    names = [line.strip() for line in lines]
    if heading not in names:
        return range(0)
    start = names.index(heading) + 1
    end = next((index for index in range(start, len(lines)) if names[index].startswith("[")), len(lines))
    return range(start, end)


def _without_empty_group(lines: list[str]) -> list[str]:
    inside = _group(lines)
    if any(lines[index].strip() for index in inside):
        return lines
    heading = inside.start - 1
    # Together with the empty line above, which `write` put there.
    start = heading - 1 if heading and not lines[heading - 1].strip() else heading
    return lines[:start] + lines[inside.stop :] if inside.stop < len(lines) else lines[:start]
