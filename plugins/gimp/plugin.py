"""The procedures of the plug-in: what GIMP's menus, scripts and batch mode can call.

plug-in-decompose-layers        Layer > Decompose Layers: Foreground and Background...
plug-in-decompose-layers-open   the layered file of the last decomposition as an image: a button of that dialog, scripts

The second has no place in a menu: GIMP cannot make an entry insensitive for as long as there is no result.
"""

import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

from gi.repository import Gimp, GimpUi, Gio, GLib, GObject

from bridge.wire import blames_engine
from plugins.shared import choice as choices
from plugins.shared import run as jobs
from plugins.shared import words
from plugins.shared.choice import Choice
from plugins.shared.language import tr
from plugins.shared.pixels import has_transparency
from plugins.shared.progress import OverallProgress

from . import canvas, overlay
from .windows import Answer, overlay_choice, run_with_progress, show_options

__all__ = ["DecomposeLayers", "Gimp"]

_RUN = "plug-in-decompose-layers"
_OPEN = "plug-in-decompose-layers-open"
_LAST = "diffdecompose-last-job"
_FAILED = "diffdecompose-failed-engine"
_RW = GObject.ParamFlags.READWRITE


class DecomposeLayers(Gimp.PlugIn):
    """GIMP starts it anew for each call."""

    def do_set_i18n(self, name: str) -> bool:
        return False  # texts come translated from `shared.language`

    def do_query_procedures(self) -> Any:
        return [_RUN, _OPEN]

    def do_create_procedure(self, name: str) -> Any:
        kind = Gimp.PDBProcType.PLUGIN
        procedure = Gimp.ImageProcedure.new(self, name, kind, _decompose if name == _RUN else _open_last, None)
        procedure.set_image_types("RGB*, GRAY*" if name == _RUN else "*")
        procedure.set_attribution("The diffdecompose-bridge authors", "Apache-2.0", "2026")
        if name == _RUN:
            procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
            procedure.set_menu_label(tr("Decompose La_yers: Foreground and Background..."))
            procedure.set_documentation(
                tr("Take a flat picture apart into editable layers"),
                tr(
                    "Finds what lies over the picture (watermark, fog, flare, shadow, ...) and inserts it and "
                    "the clean background as a group of layers that looks exactly like the picture. It has nothing to "
                    "do with Colors > Components > Decompose, which splits a picture into its channels."
                ),
                name,
            )
            _add_arguments(procedure)
            procedure.add_menu_path("<Image>/Layer")  # only a procedure that has its label may have a place
        else:
            procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.ALWAYS)
            procedure.set_documentation(
                tr("Open the result of the last decomposition as an image of its own"),
                tr("All candidates, a group each, as they come in the layered file."),
                name,
            )
        return procedure


def _add_arguments(procedure: Gimp.Procedure) -> None:
    labels = words.field_labels()
    tooltips = words.field_tooltips()
    named: Dict[str, Tuple[Tuple[str, ...], Dict[str, str]]] = {
        "source": (choices.SOURCES, words.source_labels()),
        "kind": (choices.KINDS, words.kind_labels()),
        "blend": (choices.BLENDS, words.blend_labels()),
        "area": (choices.AREAS, words.area_labels()),
        "engine": (choices.ENGINES, {name: name for name in choices.ENGINES}),
        "quality": (choices.QUALITIES, words.quality_labels()),
    }
    default = Choice()
    for name, (values, texts) in named.items():
        choice = Gimp.Choice.new()
        for number, value in enumerate(values):
            choice.add(value, number, texts[value], "")
        procedure.add_choice_argument(name, labels[name], tooltips[name], choice, getattr(default, name), _RW)
    procedure.add_string_argument("prompt", labels["prompt"], tooltips["prompt"], "", _RW)
    _add_overlay(procedure, labels["overlay"], tooltips["overlay"])
    procedure.add_int_argument("candidates", labels["candidates"], tooltips["candidates"], 1, 8, 1, _RW)


def _add_overlay(procedure: Gimp.Procedure, label: str, tooltip: str) -> None:
    """Whether the overlay is known, and then which layer or file it is: GIMP's choosers offer no "none"."""
    choice = Gimp.Choice.new()
    sources = {"none": tr("Not known"), "layer": tr("From a layer"), "file": tr("From a file")}
    for number, (value, text) in enumerate(sources.items()):
        choice.add(value, number, text, "")
    procedure.add_choice_argument("overlay", label, tooltip, choice, "none", _RW)
    procedure.add_layer_argument("overlay-layer", tr("Overlay from a _layer"), tooltip, True, _RW)
    action = Gimp.FileChooserAction.OPEN
    procedure.add_file_argument("overlay-file", tr("Overlay from a _file"), tooltip, action, True, None, _RW)


def _choice(config: Gimp.ProcedureConfig) -> Choice:
    names = ("engine", "blend", "kind", "prompt", "source", "area", "candidates", "quality")
    given = {name: config.get_property(name) for name in names}
    return Choice(**{**given, "prompt": given["prompt"] or "", "overlay": overlay_choice(config)})


def _decompose(
    procedure: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: List[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    data: object,
) -> Gimp.ValueArray:
    interactive = mode != Gimp.RunMode.NONINTERACTIVE
    if interactive:
        GimpUi.init(_RUN)
        if config.get_property("engine") == _failed_engine():
            config.set_property("engine", Choice().engine)
    if mode == Gimp.RunMode.INTERACTIVE:
        answer = show_options(procedure, config, not Gimp.Selection.is_empty(image), bool(_last_job()))
        if answer is Answer.OPEN_LAST:
            return _open_last(procedure, mode, image, drawables, config, data)
        if answer is Answer.CANCEL:
            return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
    try:
        notes = _run(image, drawables, config, run_with_progress if interactive else _run_without_window)
        if interactive or notes[1:]:
            Gimp.message("\n".join(notes if interactive else notes[1:]))
    except jobs.NothingFound:
        return _failed(procedure, words.nothing_found(_choice(config)).text)
    except canvas.UnsupportedSource as unsuitable:
        return _failed(procedure, str(unsuitable))
    except Exception as error:
        if getattr(error, "code", "") == "cancelled":
            return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
        if blames_engine(error):
            _note_failed_engine(config.get_property("engine"))
        failure = words.explain(error)
        return _failed(procedure, "\n".join((failure.text, *failure.log_lines)))
    _note_failed_engine("")
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)


def _run(
    image: Gimp.Image, drawables: List[Gimp.Drawable], config: Gimp.ProcedureConfig, run_job: Callable[..., Any]
) -> Tuple[str, ...]:
    """Take the picture apart and insert the layers. Returns what was found, and what else the artist should know."""
    choice = _choice(config)
    if choice.source == "layer" and len(drawables) != 1:
        raise canvas.UnsupportedSource(tr("Select one layer, or take the merged picture apart."))
    source = canvas.read(image, drawables[0] if drawables else None, choice)
    title, mask = source.title, canvas.mask_of(source, choice)
    known = overlay.read(source, config)
    job_input = jobs.JobInput(canvas.picture_of(source), choice, mask, "gimp", title, overlay=known)

    def work(report: jobs.Report, cancelled: Callable[[], bool]) -> Any:
        transparent = has_transparency(source.data, source.channels, source.depth)
        first = jobs.run(job_input, report, cancelled)
        others = [jobs.fetch(first, index, cancelled) for index in range(1, first.count)]
        return first, tuple(result.candidate for result in (first, *others)), transparent

    result, candidates, transparent = run_job(title, work)
    _remember(result.job)
    if canvas.is_unchanged(source):
        canvas.insert(source, candidates, transparent)
        notes = (words.found(candidates[0]), *result.notes)
    else:
        canvas.insert_new(source, candidates)
        moved = tr("The picture was changed or closed meanwhile: the layers are in a new image.")
        notes = (words.found(candidates[0]), moved, *result.notes)
    Gimp.displays_flush()
    return notes


def _run_without_window(title: str, work: Callable[[jobs.Report, Callable[[], bool]], Any]) -> Any:
    """For scripts: the progress goes to whoever called, GIMP's own Cancel ends the plug-in."""
    Gimp.progress_init(title)
    progress = OverallProgress()

    def report(stage: str, share: Any, left: Any) -> None:
        Gimp.progress_set_text(" ".join(filter(None, (words.stage_label(stage), words.time_left(left)))))
        done = progress.update(stage, share)
        if done is None:
            Gimp.progress_pulse()
        else:
            Gimp.progress_update(done)

    try:
        return work(report, lambda: False)
    finally:
        Gimp.progress_end()


def _note_failed_engine(name: str) -> None:
    """Keep in mind which engine failed last ("" = none), so that the next dialog does not start with it."""
    Gimp.attach_parasite(Gimp.Parasite.new(_FAILED, 1, name.encode() or b" "))


def _failed_engine() -> str:
    parasite = Gimp.get_parasite(_FAILED)
    return "" if parasite is None else bytes(parasite.get_data()).decode().strip()


def _last_job() -> str:
    """The id of the last job that gave layers; empty where there is none."""
    parasite = Gimp.get_parasite(_LAST)
    return "" if parasite is None else bytes(parasite.get_data()).decode()


def _remember(job: str) -> None:
    Gimp.attach_parasite(Gimp.Parasite.new(_LAST, 1, job.encode()))  # 1: kept when GIMP ends


def _open_last(
    procedure: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: List[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    data: object,
) -> Gimp.ValueArray:
    job = _last_job()
    if not job:
        return _failed(procedure, tr("Nothing was decomposed yet. Use Layer > Decompose Layers first."))
    interactive = mode != Gimp.RunMode.NONINTERACTIVE
    if interactive:
        GimpUi.init(_OPEN)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "decomposition.psd"

            def work(report: jobs.Report, cancelled: Callable[[], bool]) -> None:
                report("export", None, None)
                jobs.export("gimp", job, path, cancelled)

            (run_with_progress if interactive else _run_without_window)(tr("Decomposition"), work)
            opened = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(str(path)))
    except Exception as error:
        return _failed(procedure, words.explain(error).text)
    if interactive:
        Gimp.Display.new(opened)
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)


def _failed(procedure: Gimp.Procedure, text: str) -> Gimp.ValueArray:
    error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), text, 0)
    return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, error)
