"""The bridge: daemon, wire protocol, file formats and command line around `model`."""
