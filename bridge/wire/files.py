"""Moving and removing files that another program may be reading.

On Windows neither can be done while a reader has the file open, and a virus scanner is such a reader for a moment after
every write. Source: "Moving and Replacing Files", https://learn.microsoft.com/windows/win32/fileio.
Standard library, Python 3.9 syntax.
"""

import os
import time
from pathlib import Path
from typing import Callable, Union

__all__ = ["patiently", "replace_file"]

_WINDOWS = os.name == "nt"
_PATIENCE = 5.0
_PAUSE = 0.05


def patiently(action: Callable[[], object]) -> None:
    """Do it, on Windows again for up to five seconds while another program has the file open. Raises OSError."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            action()
            return
        except PermissionError:
            if not _WINDOWS or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)


def replace_file(draft: Union[str, Path], target: Union[str, Path]) -> None:
    """`os.replace`, patiently. Raises OSError."""
    patiently(lambda: os.replace(draft, target))
