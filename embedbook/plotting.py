"""The book's figures: one style, colours that survive colour blindness, and alternative text on every picture.

A figure is a PNG on an opaque card of paper colour, for notebooks. Its metadata carries it as SVG too, for the site:
drawn in the colours of the page by name, and once more for a phone, with its panels below one another and letters of
the same size. The numbers that it draws stand beside it as text.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedbook.evaluation import AnalogyReport
from embedbook.geometry import Baseline
from embedbook.probes import as_rows
from embedbook.sizing import ModelSize, human_count
from embedbook.tables import MissingExtraError

try:
    from IPython.display import Image
    from matplotlib import rc_context
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
    from matplotlib.gridspec import GridSpec
except ImportError as error:
    raise MissingExtraError("embedbook.plotting", "pip install matplotlib ipython") from error

PAPER, INK, MUTED, LINE = "#fbfaf6", "#1f2430", "#5d6472", "#d9d5c9"
TEAL, VERMILLION, BLUE, GOLD, VIOLET = COLORS = ("#0b6b6b", "#b8471b", "#2f5d9b", "#8f6a00", "#74468c")
MARKERS = "os^DP"  # a shape for each class, so that no group hangs on its colour alone
NAMED = dict(zip((PAPER, INK, MUTED, LINE), ("paper", "ink", "muted", "line"), strict=True)) | dict(
    zip(COLORS, ("teal", "vermillion", "blue", "gold", "violet"), strict=True)
)
"""What the site's style sheet calls each colour, after ``--book-``."""
DIVERGING = LinearSegmentedColormap.from_list(
    "rows", [(0, BLUE), (0.5, (BLUE, 0.0)), (0.5, (VERMILLION, 0.0)), (1, VERMILLION)]
)  # zero is transparent: the paper, whatever its colour
PIXELS, DENSITY = 100, 150  # per inch: of a page, and dots of a stored picture
WIDE, NARROW = 7.2, 3.4  # inches
LETTERS = 44  # of a label in a line of a narrow figure
FEW = 100  # a score of fewer questions than this is drawn hollow
BESIDE = "the numbers are printed beside this figure"


def figure(
    height: float, panels: int = 1, title: str = "", width: float = WIDE, stacked: bool = False
) -> tuple[Figure, list[Axes]]:
    """A figure of ``panels`` axes side by side, or ``stacked`` one below the other, in inches, in the book's style.

    >>> fig, axes = figure(2.0, panels=2, title="Two panels")
    >>> len(axes), fig.get_suptitle()
    (2, 'Two panels')
    """
    made = Figure(figsize=(width, height), facecolor=PAPER, layout="constrained")
    axes = list(np.atleast_1d(made.subplots(panels, 1) if stacked else made.subplots(1, panels)))
    for ax in axes:
        ax.set_facecolor(PAPER)
        ax.tick_params(colors=MUTED, labelcolor=INK, labelsize=9, length=3)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        for side in ("left", "bottom"):
            ax.spines[side].set_color(LINE)
    if title:
        made.suptitle(title, fontsize=11, color=INK, x=0.01, ha="left")
    return made, axes


def titled(ax: Axes, title: str, x: str = "", y: str = "") -> None:
    """Give axes a title that says the finding, and labels."""
    ax.set_title(title, loc="left", fontsize=10.5, color=INK, wrap=True)
    ax.set_xlabel(x, fontsize=9.5, color=MUTED)
    ax.set_ylabel(y, fontsize=9.5, color=MUTED)


def show(made: Figure, alt: str, narrow: float | None = None) -> Image:
    """The figure as a picture with alternative text, at the width of the page.

    ``narrow`` is the height in inches of a phone's figure, by default the figure's for each panel. The figure itself
    is a phone's afterwards.
    """
    title = made.get_suptitle()
    buffer = io.BytesIO()
    made.savefig(buffer, format="png", dpi=DENSITY, metadata={"Software": None})
    width, height = made.get_size_inches()
    made.suptitle("")  # the page sets it, in lines as long as they may be
    wide = _svg(made, f"{title}, wide")
    _stack(made, narrow or height * len(made.axes))
    drawn = {"title": title, "wide": wide, "narrow": _svg(made, f"{title}, narrow")}
    return Image(buffer.getvalue(), format="png", width=int(width * PIXELS), alt=alt, metadata={"site": drawn})


def _stack(made: Figure, height: float) -> None:
    """Make a figure a phone's: its panels below one another, its labels in short lines."""
    made.set_size_inches(NARROW, height)
    grid = GridSpec(len(made.axes), 1, figure=made)
    for place, ax in enumerate(made.axes):
        ax.set_subplotspec(grid[place])
        ax.tick_params(labelleft=True)
        ax.autoscale_view()  # a wide map had room beside it
        for label in (ax.xaxis.label, ax.yaxis.label):
            label.set_text(textwrap.fill(label.get_text(), LETTERS))
    if key := made.get_supxlabel():
        _key(made, textwrap.fill(key, LETTERS))
    for legend in made.legends[:]:
        legend.remove()
        _legend(made, columns=2)


def _svg(made: Figure, salt: str) -> str:
    """A figure as SVG for inside a page: its colours by name, its letters the page's, the same on every run."""
    buffer = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        made.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    drawn = buffer.getvalue()
    drawn = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    drawn = re.sub(r"<[^>]+>", lambda tag: _tidy(tag[0]), drawn)
    drawn = re.sub(r"<defs>\s*</defs>|\s*\n\s*", "", drawn)
    drawn = re.sub(r'<g clip-path="[^"]*">(<use [^>]*/>)</g>', r"\1", drawn)  # a point of many
    width, height = (round(PIXELS * side) for side in made.get_size_inches())
    return re.sub(r"^<svg.*?(viewBox=\"[^\"]*\").*?>", rf'<svg \1 width="{width}" height="{height}">', drawn)


def _tidy(tag: str) -> str:
    """A tag of matplotlib's SVG without what a page knows better or need not know."""
    for unneeded in (r'<g id="[^"]*"', r" font-family: [^;]*;", r' transform="rotate\(-0 [^"]*"', r"(?<=base64,)\s+"):
        tag = re.sub(unneeded, "<g" if unneeded.startswith("<g") else "", tag)
    tag = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), tag)
    tag = re.sub(r"(?<=: )#[0-9a-f]{6}\b", lambda color: f"var(--book-{NAMED[color[0]]})", tag)
    return re.sub(r"\s+", " ", tag).replace("xlink:href", "href")


def matrix(values: ArrayLike, labels: Sequence[str], title: str, columns: Sequence[str] = ()) -> Image:
    """Rows of numbers [n, D] as colours, one line a row: blue below zero, vermillion above.

    ``columns`` are D names to stand under the picture in place of the dimensions' numbers.

    >>> matrix(np.eye(2), ["a", "b"], "Two rows").alt
    'Two rows. 2 lines of 2 coloured cells, from top to bottom: a, b.'
    """
    rows = as_rows(values)
    limit = float(np.quantile(np.abs(rows), 0.98)) or 1.0
    made, (ax,) = figure(0.9 + 0.3 * len(rows), title=title)
    ax.imshow(rows, aspect="auto", cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="none")
    ax.set_yticks(range(len(rows)), labels)
    if columns:
        ax.set_xticks(range(len(columns)), columns, rotation=60, ha="right", rotation_mode="anchor")
    titled(ax, "", "" if columns else "dimension")
    lines = f"{len(rows)} lines of {rows.shape[1]} coloured cells"
    return show(made, f"{title}. {lines}, from top to bottom: {', '.join(labels)}.")


def intervals(panels: Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]], title: str, x: str) -> Image:
    """Dots with their spread: for each panel and line a dot a series, at (low, middle, high).

    ``panels`` maps a panel's name to its lines, a line to its series, a series to three numbers.

    >>> intervals({"own": {"mammals": {"direction": (0.9, 0.95, 1.0)}}}, "A direction tells", "AUC").alt
    'A direction tells. Middle and spread: own, mammals: direction 0.95 (0.90 to 1.00).'
    """
    lines = list(next(iter(panels.values())))
    made, axes = figure(1.3 + 0.75 * len(lines), len(panels), title)
    for place, (ax, (name, by_line)) in enumerate(zip(axes, panels.items(), strict=True)):
        for height, line in enumerate(reversed(lines)):
            for (series, (low, middle, high)), color, marker, shift in zip(
                by_line[line].items(), (TEAL, VERMILLION, MUTED), "oDs", (0.2, 0.0, -0.2), strict=False
            ):
                ax.plot([low, high], [height + shift] * 2, color=color, linewidth=2, alpha=0.5)
                ax.plot(middle, height + shift, color=color, marker=marker, markersize=6, linestyle="none")
                if place == 0 and height == len(lines) - 1:
                    spot, offset, across = (low, -8, "right") if low > 0.65 else (high, 8, "left")
                    _label(ax, series, (spot, height + shift), (offset, 0), color, ha=across)
        ax.set(xlim=(0.33, 1.03), ylim=(-0.5, len(lines) - 0.3))
        ax.set_yticks(range(len(lines)), reversed(lines))
        ax.tick_params(labelleft=place == 0)
        titled(ax, name, x)
    said = [
        f"{name}, {line}: " + ", ".join(f"{series} {at[1]:.2f} ({_span(at)})" for series, at in found.items())
        for name, by_line in panels.items()
        for line, found in by_line.items()
    ]
    return show(made, f"{title}. Middle and spread: {'; '.join(said)}.")


def curves(panels: Mapping[str, Mapping[str, Mapping[float, float]]], title: str, x: str, y: str) -> Image:
    """Lines with markers, a panel a table, each series named at the top left in its colour; x doubles at each tick.

    >>> curves({"own": {"random": {2: 5.0, 4: 10.0}}}, "Half keeps half", "kept", "the same").alt
    'Half keeps half. The numbers are printed beside this figure.'
    """
    made, axes = figure(3.2, len(panels), title)
    for panel, (ax, (name, by_series)) in enumerate(zip(axes, panels.items(), strict=True)):
        for place, ((series, points), color, marker) in enumerate(
            zip(by_series.items(), COLORS[:4], "oDs^", strict=False)
        ):
            ax.plot(list(points), list(points.values()), color=color, marker=marker, markersize=4, linewidth=1.5)
            ax.text(0.04, 0.94 - 0.09 * place, series, transform=ax.transAxes, fontsize=9, color=color, va="top")
        ax.set_xscale("log", base=2)
        ticks = sorted({at for points in by_series.values() for at in points})
        ax.set_xticks(ticks, [f"{at:g}" for at in ticks])
        ax.minorticks_off()
        titled(ax, name, x, y if panel == 0 else "")
    return show(made, f"{title}. {BESIDE.capitalize()}.")


def pairs_on_baseline(
    baselines: Mapping[str, Baseline], pairs: Mapping[str, Mapping[str, float | None]], title: str
) -> Image:
    """Word pairs as labelled lines over the histogram of each table's random pairs.

    ``baselines`` maps a table's name to its random pairs, ``pairs`` a label to its cosine by table (None: unknown).
    """
    made, axes = figure(2.6 * len(baselines), len(baselines), title, stacked=True)
    card, told = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8}, []
    for ax, (name, baseline) in zip(axes, baselines.items(), strict=True):
        counts, edges = np.histogram(baseline.cosines, bins=np.arange(-0.8, 1.01, 0.02))
        ax.fill_between(edges[:-1], counts / counts.max() * 0.45, step="post", color=TEAL, alpha=0.45, linewidth=0)
        known = [(label, float(cosine)) for label, by_table in pairs.items() if (cosine := by_table[name]) is not None]
        for place, (label, at) in enumerate(sorted(known, key=lambda item: item[1])):
            height = 0.5 + 0.5 * (place + 0.5) / len(known)
            ax.plot([at, at], [0, height], color=VERMILLION, linewidth=1, marker="o", markersize=4, markevery=[1])
            said = f"{label} {at:.2f}".replace(" -", " −")
            _label(ax, said, (at, height), (-6, 0), ha="right", bbox=card)  # on its left no line is as high
        ax.set(xlim=(-0.8, 1.02), xticks=[-0.5, 0, 0.5, 1], ylim=(0, 1.02), yticks=[])
        ax.spines["left"].set_visible(False)
        titled(ax, f"{name}: random pairs average {baseline.mean:.2f}", "cosine" if ax is axes[-1] else "")
        numbers = ", ".join(f"{label} {at:.2f}" for label, at in known) or "no pair"
        told.append(f"{name}, where random pairs average {baseline.mean:.2f}: {numbers}")
    return show(made, f"{title}. Cosines in {'; in '.join(told)}.", narrow=made.get_figheight())


def relation_scores(reports: Mapping[str, tuple[AnalogyReport, AnalogyReport]], title: str) -> Image:
    """Analogy accuracy by relation: for each table a dot with the inputs left out and one with them allowed.

    ``reports`` maps a table's name to (inputs left out, inputs allowed).
    """
    made, axes = figure(4.6, len(reports), title)
    left_out = [excluded.by_relation for excluded, _ in reports.values()]
    names = [name for name in left_out[0] if any(scores[name].answered for scores in left_out)]
    heights = np.arange(len(names))[::-1]
    few = []
    for place, (ax, (table, (excluded, allowed))) in enumerate(zip(axes, reports.items(), strict=True)):
        counts = {name: excluded.by_relation[name].answered for name in names}
        without, let_in = (
            [100 * report.by_relation[name].accuracy if counts[name] else np.nan for name in names]
            for report in (excluded, allowed)
        )
        ax.hlines(heights, let_in, without, color=LINE, linewidth=2, zorder=1)
        for values, color, marker in ((without, TEAL, "o"), (let_in, VERMILLION, "D")):
            fills = [PAPER if count < FEW else color for count in counts.values()]
            ax.scatter(values, heights, color=fills, edgecolors=color, linewidths=1.3, s=30, marker=marker, zorder=2)
        few += [f"{name} in {table} ({count})" for name, count in counts.items() if 0 < count < FEW]
        ax.set_yticks(heights, names)
        ax.tick_params(labelleft=place == 0)
        ax.set_xlim(-4, 104)
        titled(ax, f"{table}\n{100 * excluded.accuracy:.1f} → {100 * allowed.accuracy:.1f} %")
    hollow = f"hollow: fewer than {FEW} questions answered"
    key = "percent right; ● inputs left out → ◆ allowed"
    _key(made, f"{key}; {hollow}" if few else key)
    alt = f"{title}. Two dots a relation and table; the printed list beside this figure has every number."
    return show(made, f"{alt} {hollow.capitalize()}, {', '.join(few)}." if few else alt, narrow=3.6 * len(reports))


def _key(made: Figure, text: str) -> None:
    """What the marks of a figure are, below all of its panels."""
    made.supxlabel(text, fontsize=9.5, color=MUTED)


def model_shares(sizes: Sequence[ModelSize], title: str) -> Image:
    """Each model as a bar of 100 %: the table, a head of its own, the rest.

    >>> size = ModelSize("Tiny", 10, 2, 2, 1, 1, (10, 2), tied=True, parameters=40)
    >>> model_shares([size], "Half of it").alt
    'Half of it. Bars for table and head together: Tiny 50.0 %.'
    """
    made, (ax,) = figure(0.9 + 0.42 * len(sizes), title=title)
    heights = np.arange(len(sizes))[::-1]
    both = [100 * size.share_with_head for size in sizes]
    for widths, color in ((100, LINE), (both, VERMILLION), ([100 * size.share for size in sizes], TEAL)):
        ax.barh(heights, widths, color=color, height=0.62)
    for height, size, share in zip(heights, sizes, both, strict=True):
        said = f"table {share:.1f} %" if size.tied else f"table and head {share:.1f} %"
        ax.text(share + 1, height, said, va="center", fontsize=9, color=INK)
    ax.set_yticks(heights, [f"{size.name}  {human_count(size.parameters)}" for size in sizes])
    ax.set_xlim(0, 100)
    ax.spines["left"].set_visible(False)
    titled(ax, "", "percent of all parameters; the second colour is a head of its own")
    names = "; ".join(f"{size.name} {share:.1f} %" for size, share in zip(sizes, both, strict=True))
    return show(made, f"{title}. Bars for table and head together: {names}.")


def maps(panels: Mapping[str, ArrayLike], classes: Sequence[object], title: str, labels: Sequence[str] = ()) -> Image:
    """Maps [n, 2] side by side, each square and without units; a class has a colour, a shape and, if drawn, its labels.

    ``panels`` maps a panel's title to its coordinates. Without ``classes`` every point is a grey dot.
    Raises ValueError for more than five classes.

    >>> maps({"one": [[0, 0], [1, 0]], "two": [[0, 1], [1, 1]]}, ["a", "b"], "Two maps").alt
    'Two maps. Panels: one (2 points in 2 groups), two (2 points in 2 groups).'
    """
    alone = 5.4 if labels else 3.8
    made, axes = figure(alone if len(panels) == 1 else max(2.9, WIDE / len(panels)), len(panels), title)
    groups = list(dict.fromkeys(classes))
    if len(groups) > len(COLORS):
        raise ValueError(f"at most {len(COLORS)} classes have a colour and a shape, got {len(groups)}")
    for ax, (name, places) in zip(axes, panels.items(), strict=True):
        points = as_rows(places)  # [n, 2]
        size = 34 if len(points) <= 60 else 11
        if groups:
            _scatter(ax, points, classes, size)
        else:
            ax.scatter(points[:, 0], points[:, 1], color=MUTED, s=size, linewidths=0)
        for place, side, word in zip(points, _freest_sides(points), labels, strict=False):
            across, along = LABEL_SIDES[side]
            _label(ax, word, place, (5 * side[0], 5 * side[1]), ha=across, va=along)
        ax.set_aspect("equal", adjustable="datalim")
        _only_a_frame(ax, ax.spines, color=LINE)
        ax.margins(0.12)
        titled(ax, name)
    if len(groups) > 1:
        _legend(made, columns=len(groups))
    counted = f"points in {len(groups)} groups" if len(groups) > 1 else "points"
    described = ", ".join(f"{name} ({len(np.asarray(places))} {counted})" for name, places in panels.items())
    return show(made, f"{title}. Panels: {described}.", narrow=4.2 if labels else 2.6 * len(panels))


def _legend(made: Figure, columns: int) -> None:
    """The groups of a map, by colour and shape, below it."""
    handles, names = made.axes[0].get_legend_handles_labels()
    made.legend(handles, names, loc="outside lower center", ncols=columns, frameon=False, fontsize=9, labelcolor=INK)


def _scatter(ax: Axes, points: NDArray[np.float64], classes: Sequence[object], size: int, **style: Any) -> None:
    """Points [n, 2] in the colour and the shape of their class."""
    for name, color, marker in zip(dict.fromkeys(classes), COLORS, MARKERS, strict=False):
        x, y = points[[each == name for each in classes]].T  # [n] each
        ax.scatter(x, y, color=color, marker=marker, s=size, linewidths=0, label=name, **style)


LABEL_SIDES = {
    (1, 0): ("left", "center"),
    (-1, 0): ("right", "center"),
    (0, 1): ("center", "bottom"),
    (0, -1): ("center", "top"),
}
"""What of a label is at its point, across and along, for each side on which it may stand."""


def _freest_sides(points: NDArray[np.float64]) -> list[tuple[int, int]]:
    """For each point the side on which a label is furthest from the other points and from the labels before it."""
    reach = 0.045 * float(np.ptp(points, axis=0).max())
    taken: list[NDArray[np.float64]] = []
    sides = []
    for i, point in enumerate(points):
        others = np.array([*np.delete(points, i, axis=0), *taken])
        places = {side: point + reach * np.array(side) * (1, 0.5) for side in LABEL_SIDES}
        best = max(places, key=lambda side: float(np.linalg.norm((others - places[side]) * (0.5, 1), axis=1).min()))
        taken.append(places[best])
        sides.append(best)
    return sides


def over_steps(
    steps: ArrayLike,
    lines: Mapping[str, ArrayLike],
    title: str,
    y: str,
    x: str = "training step",
    band: tuple[str, ArrayLike, ArrayLike] | None = None,
) -> Image:
    """Values over steps, of a training or of a walk: one labelled line a name, with as many values as there are steps.

    ``band`` is a name with the lowest and the highest value at each step, shaded behind the lines.

    >>> over_steps([0, 10], {"a": [0, 1], "b": [0, 0]}, "Two lines", "cosine").alt
    'Two lines. Lines by training step, 0 to 10, with their last value: a 1.00, b 0.00.'
    >>> over_steps([0, 0.5, 1], {"a": [0.5, 0.8, 0.7]}, "One", "cosine", "steps", ("chance", [0, 0, 0], [1, 1, 1])).alt
    'One. Lines by steps, 0 to 1, with their last value: a 0.70 (highest 0.80 at 0.5). Shaded, chance: 0.00 to 1.00.'
    """
    made, (ax,) = figure(2.9, title=title)
    at = np.asarray(steps, dtype=float)  # [steps]
    values = {name: np.asarray(line, dtype=float) for name, line in lines.items()}  # [steps] each
    name_of_band, lowest, highest = band or ("", [], [])
    low, high = np.asarray(lowest, dtype=float), np.asarray(highest, dtype=float)  # [steps] each, or empty
    ends = {name: float(line[-1]) for name, line in values.items()}
    middle = {name_of_band: float(low[-1] + high[-1]) / 2} if band else {}
    drawn = np.concatenate([*values.values(), low, high])
    gap, heights = float(np.ptp(drawn)) / 14, dict[str, float]()
    for name, end in sorted((ends | middle).items(), key=lambda item: item[1]):
        heights[name] = max(end, max(heights.values()) + gap) if heights else end
    colors = dict(zip(values, COLORS, strict=False))
    for name, color in colors.items():
        ax.plot(at, values[name], color=color, linewidth=1.8)
    if band:
        ax.fill_between(at, low, high, color=MUTED, alpha=0.2, linewidth=0)
    for name in [*colors, *middle]:
        _label(ax, name, (at[-1], heights[name]), (6, 0), colors.get(name, MUTED), fontsize=9, annotation_clip=False)
    if drawn.min() <= 0:
        ax.axhline(0, color=LINE, linewidth=1, zorder=0)
    ax.set_xlim(at[0], at[-1])
    titled(ax, "", x, y)
    said = [f"{name} {end:.2f}" for name, end in ends.items()]
    if band:
        tops = [f" (highest {line.max():.2f} at {at[line.argmax()]:g})" for line in values.values()]
        said = [end + top for end, top in zip(said, tops, strict=True)]
    shaded = f" Shaded, {name_of_band}: {low[-1]:.2f} to {high[-1]:.2f}." if band else ""
    last = ", ".join(said)
    return show(made, f"{title}. Lines by {x}, {at[0]:g} to {at[-1]:g}, with their last value: {last}.{shaded}")


def arrows(
    points: Mapping[str, ArrayLike],
    steps: Sequence[tuple[str, str]],
    title: str,
    dashed: Sequence[tuple[str, str]] = (),
) -> Image:
    """Named points [x, y] in a plane with equal scales, arrows from one to another, and ``dashed`` lines between some.

    Raises ValueError for an arrow or a line from or to a point that is not there.

    >>> arrows({"man": [0, 0], "king": [0.1, 1]}, [("man", "king")], "One step").alt
    'One step. Points: man (0.00, 0.00), king (0.10, 1.00). Arrows: man to king.'
    """
    if lost := [name for pair in (*steps, *dashed) for name in pair if name not in points]:
        raise ValueError(f"no point is called {lost[0]!r}; there are {', '.join(points)}")
    places = as_rows(np.array(list(points.values()), dtype=float))  # [n, 2]
    at = dict(zip(points, places, strict=True))
    made, (ax,) = figure(3.6, title=title)
    ax.scatter(places[:, 0], places[:, 1], color=INK, s=26, zorder=3)
    for start, end in dashed:
        ax.plot(*np.stack([at[start], at[end]]).T, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    for start, end in steps:
        arrow = {"arrowstyle": "-|>", "color": TEAL, "linewidth": 1.8, "shrinkA": 3, "shrinkB": 3, "mutation_scale": 14}
        ax.annotate("", at[end], at[start], arrowprops=arrow)
    for name, side in zip(points, _freest_sides(places), strict=True):
        across, along = LABEL_SIDES[side]
        _label(ax, name, at[name], (7 * side[0], 7 * side[1]), ha=across, va=along, fontsize=10)
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.16)
    _only_a_frame(ax, ax.spines, color=LINE)
    listed = ", ".join(f"{name} ({x:.2f}, {y:.2f})" for name, (x, y) in at.items())
    drawn = ", ".join(f"{start} to {end}" for start, end in steps)
    lines = f" Dashed: {', '.join(f'{start} to {end}' for start, end in dashed)}." if dashed else ""
    return show(made, f"{title}. Points: {listed}. Arrows: {drawn}.{lines}")


def spreads(
    scores: Mapping[str, Sequence[float]], control: Mapping[str, Sequence[float]], chance: float, title: str, x: str
) -> Image:
    """A dot a run, in a line for each name: teal for ``scores``, hollow for the ``control``; chance as a line.

    >>> spreads({"a": [0.9, 1.0]}, {"a": [0.1]}, 0.05, "One name", "share").alt
    'One name. Dots from the least to the most: a 0.90 to 1.00, control 0.10 to 0.10. Chance 0.05.'
    """
    made, (ax,) = figure(0.9 + 0.38 * len(scores), title=title)
    heights = np.arange(len(scores))[::-1]
    for height, (name, found) in zip(heights, scores.items(), strict=True):
        ax.plot([min(found), max(found)], [height, height], color=TEAL, linewidth=1.5, zorder=1)
        ax.scatter(found, [height] * len(found), s=34, color=TEAL, alpha=0.75, linewidths=0)
        hollow = control[name]
        ax.scatter(hollow, [height] * len(hollow), s=34, facecolors=PAPER, edgecolors=VERMILLION, linewidths=1.3)
    ax.axvline(chance, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    above = {"y": heights[0] + 0.42, "fontsize": 8.5, "va": "bottom"}
    first = next(iter(scores))
    ax.text(max(control[first]) + 0.02, s="shuffled text", color=VERMILLION, **above)
    ax.text(max(scores[first]), s="the corpus", color=TEAL, ha="right", **above)
    ax.set_yticks(heights, list(scores))
    ax.set(xlim=(0, 1.03), ylim=(-0.6, heights[0] + 0.95))
    titled(ax, "", x)
    ends = "; ".join(f"{name} {_span(scores[name])}, control {_span(control[name])}" for name in scores)
    return show(made, f"{title}. Dots from the least to the most: {ends}. Chance {chance:.2f}.")


def _label(ax: Axes, text: str, at: Any, offset: tuple[float, float], color: str = INK, **style: Any) -> None:
    """Words at an offset in points from a spot; ``ha`` and ``va`` say which part of them is there."""
    style = {"ha": "left", "va": "center", "fontsize": 8.5, "color": color, **style}
    ax.annotate(text, at, xytext=offset, textcoords="offset points", **style)


def _only_a_frame(ax: Axes, sides: Any, **style: str) -> None:
    """No ticks, and a line at some sides: places on a map have no units."""
    ax.set(xticks=[], yticks=[])
    for side in sides:
        ax.spines[side].set(visible=True, **style)


def _span(scores: Sequence[float]) -> str:
    return f"{min(scores):.2f} to {max(scores):.2f}"
