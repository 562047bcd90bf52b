"""What can go wrong with weights beyond the errors every engine shares.

ModelError
├── InvalidRequest
│   └── LicenceNotAccepted   the licence must be read and accepted first
├── DownloadFailed           the source could not be reached, or broke off; what came is kept and resumed
└── Damaged                  a file is not what it should be; names the file, and it is not used
"""

from __future__ import annotations

from ..errors import InvalidRequest, ModelError

__all__ = ["Damaged", "DownloadFailed", "LicenceNotAccepted"]


class LicenceNotAccepted(InvalidRequest):
    """The licence of the weights has to be accepted before they are fetched."""


class DownloadFailed(ModelError):
    """A download did not come to its end."""


class Damaged(ModelError):
    """A file differs from what its source or its manifest says."""
