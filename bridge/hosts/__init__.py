"""Krita and GIMP on this machine: where each packaging looks for plugins, and putting ours there and away again.

    places      the values: a machine, a place for a plugin
    krita       Krita's resource folders by packaging
    gimp        GIMP's plug-in folders by packaging and version
    kritarc     the line that enables a plugin in Krita
    record      which plugins were put where, kept in the daemon's folder
    placing     install, uninstall, list
    asking      whether the host itself sees the plugin: started without a window

Standard library only and syntax of Python 3.10: `python3 -m bridge.hosts` runs on a bare interpreter, which is how the
installer asks before anything is installed and after everything is gone.
"""
