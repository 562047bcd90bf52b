"""`diffdecompose serve`: be the daemon, in the foreground; clients start one in the background by themselves."""

from __future__ import annotations

import argparse
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AlreadyRunning, BridgeError

if TYPE_CHECKING:
    from ..daemon.service import Remote
    from ..wire.discovery import Runtime

__all__ = ["add_arguments", "run"]

_WARNING = (
    "WARNING: this service can now be reached from other machines. Who has the token can use this machine's GPU "
    "and read every picture handed in. A tunnel is safer: ssh -L {port}:127.0.0.1:{port} THIS-MACHINE"
)
_HOW_TO_TUNNEL = (
    "--listen needs --token-file, --certificate and --key. Without a certificate use a tunnel: run "
    "'diffdecompose serve --port 7447' there and 'ssh -N -L 7447:127.0.0.1:7447 THERE' here"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="the port (default: a free one)")
    parser.add_argument("--idle-exit", type=float, metavar="MINUTES", help="end after so long without clients and jobs")
    parser.add_argument("--listen", metavar="ADDRESS", help="also for other machines: needs the three options below")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="a file with the token that clients must show")
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="the TLS certificate (PEM)")
    parser.add_argument("--key", type=Path, metavar="FILE", help="its private key (PEM)")
    parser.add_argument("--name", action="append", default=[], metavar="HOST", help="a name that clients use for it")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 also where a daemon runs already, 2 for options that do not fit together."""
    from ..daemon import service
    from ..daemon.settings import Settings
    from ..logs import open_log
    from ..wire.discovery import home_folder, private_folder
    from ..wire.errors import WireError

    def say(runtime: Runtime, remote_port: int) -> None:
        at = f"{runtime.host}:{runtime.port}"
        print(f"diffdecompose {runtime.version}: ready at {at}, pid {runtime.pid}; Ctrl-C ends it")
        if remote is not None:
            print(_WARNING.format(port=remote_port), file=sys.stderr)
            print(f"also at {remote.address}:{remote_port} (TLS)")
        sys.stdout.flush()

    try:
        remote = _remote(args)
        folder = private_folder(home_folder())
        open_log(folder)
        idle = None if args.idle_exit is None else args.idle_exit * 60
        service.run(folder, Settings(idle_exit=idle), 0 if remote else args.port, remote, say)
    except AlreadyRunning as running:
        print(f"diffdecompose: {running}")
    except (BridgeError, WireError) as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"diffdecompose: {problem.strerror or problem}: choose another --port or --listen", file=sys.stderr)
        return 2
    return 0


def _remote(args: argparse.Namespace) -> Remote | None:
    """Where other machines may connect. Raises BridgeError where that would be unprotected."""
    from ..daemon.service import Remote

    if args.listen is None:
        return None
    if not (args.token_file and args.certificate and args.key):
        raise BridgeError(_HOW_TO_TUNNEL)
    try:
        token = args.token_file.read_text("utf-8").strip()
        certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.load_cert_chain(args.certificate, args.key)
    except (OSError, ssl.SSLError) as problem:
        raise BridgeError(f"token or certificate cannot be read ({problem}): check the three files") from None
    if len(token) < 32 or not token.isascii() or not token.isprintable():
        make = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        raise BridgeError(f"the token must have at least 32 plain characters: make one with {make}")
    return Remote(args.listen, args.port, (*args.name, args.listen), token, certificate)
