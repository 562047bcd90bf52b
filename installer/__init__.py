"""Puts the program on a machine. Standard library only, syntax of Python 3.10; never part of the wheel.

errors          what can go wrong
environment     the environment of a checkout, for `run` and `test`
checks          every check of a checkout, for `test`
folders         where things go on Linux, macOS and Windows
source          what is installed: a checkout or an offline bundle
lock            one installation at a time
manifest        what was put where, written before it is done
requirements    Python, disk and memory
application     the application in an isolated environment of its own
selfcheck       a small picture taken apart through the daemon
launcher        `diffdecompose` on the PATH
desktop         menu entry, icon, file association on Linux; the others in desktop_mac and desktop_windows
plugins         Krita and GIMP, by asking the program itself
install         the steps in order
uninstall       the manifest backwards
notices         licences of the libraries, from their metadata
bundle          wheel, plugin zips and the offline bundle
"""
