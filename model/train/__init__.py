"""Training: torch lives here, imported only when a training command runs."""
