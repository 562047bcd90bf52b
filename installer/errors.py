"""Every error of the installer. Messages are one line: what happened, then what to do."""

__all__ = ["EnvironmentFailed", "InstallFailed", "InstallerError"]


class InstallerError(Exception):
    """Root of all errors raised here."""


class EnvironmentFailed(InstallerError):
    """The environment of a checkout could not be made."""


class InstallFailed(InstallerError):
    """The application could not be installed, or taken away."""
