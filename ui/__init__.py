"""The desktop viewer (PyQt6): open a picture, see it come apart, judge, correct, save.

Imports Qt, numpy, `bridge.wire`, `bridge.formats`, `model.types`, `model.blending` and `model.edit`; what needs an
engine goes through the daemon. Importing does nothing; `app.main` starts the program.

    app            start: arguments, theme, language, window
    window         the main window: actions, tabs, docks; wires the rooms together
    controller     panels, jobs, candidates, history, settings: what the actions do
    file_actions   files, clipboard, hosts, and what becomes of unsaved work
    view_actions   zoom, modes, layers
    actions, toolbar               every action in one table: words, shortcut, icon; the bar that fits its window
    session, undo  Session and Document: what is open and its layers, apart from widgets; signals of change; undo
    entries        the layers and candidates of a document as values
    opening        files, clipboard and dropped things become documents
    saving         PSD, ORA, PNG, clipboard, Krita and GIMP, in the background
    jobs           threads around the wire client: decompose, candidates, history, the service's state
    background     work off the window's thread
    hosts, memory  Krita and GIMP on this computer; its free memory
    pictures       previews, thumbnails, the clipboard's pictures
    recovery, lockfile             unsaved work is kept across a crash; which viewer still runs
    job_notes      what is remembered of a job: favourites, resolution, Exif
    words          every sentence that is not a label of one widget: kinds, blends, stages, errors
    language       translations; `tr`
    settings       one frozen table, kept as JSON
    theme, icons   colours for dark and light; crisp icons from SVG
    welcome, palette, notices      first page; searchable commands; messages that do not interrupt
    colour, forms  a button that holds a colour; words and fields in rows
    status, preferences            the line at the foot; the few things that may be set
    canvas/        the picture: compose, tiles, view, overlays, tools
    panels/        the docks: options, layers, candidates, history
    edit/          "Correct": brushes and sliders that keep the layers an exact solution
    translations/  .ts, .qm and the script that makes them       resources/  icons, examples, desktop entry
"""
