"""One file a subcommand; `bridge.cli` puts them together."""
