"""The book's figures: one style, colours that survive colour blindness, and alternative text on every picture.

A figure is a PNG at double density on an opaque card of paper colour, so that it is right on a dark page too. The
numbers that it draws stand beside it as text.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from embedbook.evaluation import AnalogyReport
from embedbook.geometry import Baseline
from embedbook.tables import MissingExtraError

try:
    from IPython.display import Image
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
except ImportError as error:
    raise MissingExtraError("embedbook.plotting", "pip install matplotlib ipython") from error

PAPER, INK, MUTED, LINE = "#fbfaf6", "#1f2430", "#5d6472", "#d9d5c9"
TEAL, VERMILLION, BLUE, GOLD, VIOLET = "#0b6b6b", "#b8471b", "#2f5d9b", "#8f6a00", "#74468c"
DIVERGING = LinearSegmentedColormap.from_list("rows", [BLUE, PAPER, VERMILLION])
DENSITY = 200  # dots an inch: two for each of a plain screen's
FEW = 100  # a score of fewer questions than this is drawn hollow


def figure(height: float, panels: int = 1, width: float = 7.2) -> tuple[Figure, list[Axes]]:
    """A figure of ``panels`` axes side by side, in inches, in the book's style.

    >>> fig, axes = figure(2.0, panels=2)
    >>> len(axes)
    2
    """
    made = Figure(figsize=(width, height), facecolor=PAPER, layout="constrained")
    axes = list(np.atleast_1d(made.subplots(1, panels)))
    for ax in axes:
        ax.set_facecolor(PAPER)
        ax.tick_params(colors=MUTED, labelcolor=INK, labelsize=9, length=3)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        for side in ("left", "bottom"):
            ax.spines[side].set_color(LINE)
    return made, axes


def titled(ax: Axes, title: str, x: str = "", y: str = "") -> None:
    """Give axes a title that says the finding, and labels."""
    ax.set_title(title, loc="left", fontsize=10.5, color=INK, wrap=True)
    ax.set_xlabel(x, fontsize=9.5, color=MUTED)
    ax.set_ylabel(y, fontsize=9.5, color=MUTED)


def show(made: Figure, alt: str) -> Image:
    """The figure as a picture with alternative text, at the width of the page."""
    buffer = io.BytesIO()
    made.savefig(buffer, format="png", dpi=DENSITY, metadata={"Software": None})
    return Image(buffer.getvalue(), format="png", width=int(made.get_figwidth() * DENSITY / 2), alt=alt)


def matrix(values: ArrayLike, labels: Sequence[str], title: str) -> Image:
    """Rows of numbers [n, D] as colours, one line a row: blue below zero, vermillion above.

    >>> matrix(np.eye(2), ["a", "b"], "Two rows").alt
    'Two rows. 2 lines of 2 coloured cells, from top to bottom: a, b.'
    """
    rows = np.asarray(values, dtype=float)
    limit = float(np.quantile(np.abs(rows), 0.98)) or 1.0
    made, (ax,) = figure(0.9 + 0.3 * len(rows))
    ax.imshow(rows, aspect="auto", cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest")
    ax.set_yticks(range(len(rows)), labels)
    titled(ax, title, "dimension")
    lines = f"{len(rows)} lines of {rows.shape[1]} coloured cells"
    return show(made, f"{title}. {lines}, from top to bottom: {', '.join(labels)}.")


def pairs_on_baseline(
    baselines: Mapping[str, Baseline], pairs: Mapping[str, Mapping[str, float | None]], title: str
) -> Image:
    """Word pairs as labelled lines over the histogram of each table's random pairs.

    ``baselines`` maps a table's name to its random pairs, ``pairs`` a label to its cosine by table (None: unknown).
    """
    made, axes = figure(3.9, panels=len(baselines))
    for ax, (name, baseline) in zip(axes, baselines.items(), strict=True):
        counts, edges = np.histogram(baseline.cosines, bins=np.arange(-0.8, 1.01, 0.02))
        ax.fill_between(edges[:-1], counts / counts.max() * 0.45, step="post", color=TEAL, alpha=0.45, linewidth=0)
        known = [(label, float(cosine)) for label, by_table in pairs.items() if (cosine := by_table[name]) is not None]
        ranked = sorted(known, key=lambda item: item[1])
        for place, (label, cosine) in enumerate(ranked):
            height = 0.5 + 0.5 * (place + 0.5) / len(ranked)
            ax.plot(
                [cosine, cosine], [0, height], color=VERMILLION, linewidth=1, marker="o", markersize=4, markevery=[1]
            )
            ax.annotate(
                f"{label} {cosine:.2f}".replace(" -", " −"),
                (cosine, height),
                xytext=(-6, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=8.5,
                color=INK,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8},
            )
        ax.set_xlim(-0.8, 1.02)  # a label stands left of its line, where no higher line crosses it
        ax.set_xticks([-0.5, 0, 0.5, 1])
        ax.set_ylim(0, 1.02)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        titled(ax, f"{name}: random pairs average {baseline.mean:.2f}", "cosine")
    made.suptitle(title, fontsize=11, color=INK, x=0.01, ha="left")
    return show(made, f"{title}. The pairs and their cosines are printed beside this figure.")


def relation_scores(reports: Mapping[str, tuple[AnalogyReport, AnalogyReport]], title: str) -> Image:
    """Analogy accuracy by relation: for each table a dot with the inputs left out and one with them allowed.

    ``reports`` maps a table's name to (inputs left out, inputs allowed).
    """
    made, axes = figure(4.6, panels=len(reports))
    relations = dict.fromkeys(relation for excluded, _ in reports.values() for relation in excluded.by_relation)
    names = [name for name in relations if any(_answered(excluded, name) for excluded, _ in reports.values())]
    heights = np.arange(len(names))[::-1]
    few = []
    for place, (ax, (table, (excluded, allowed))) in enumerate(zip(axes, reports.items(), strict=True)):
        left_out, let_in = _percents(excluded, names), _percents(allowed, names)
        ax.hlines(heights, let_in, left_out, color=LINE, linewidth=2, zorder=1)
        for values, color, marker in ((left_out, TEAL, "o"), (let_in, VERMILLION, "D")):
            fills = [PAPER if _answered(excluded, name) < FEW else color for name in names]
            ax.scatter(values, heights, color=fills, edgecolors=color, linewidths=1.3, s=30, marker=marker, zorder=2)
        counts = {name: _answered(excluded, name) for name in names}
        few += [f"{name} in {table} ({count})" for name, count in counts.items() if 0 < count < FEW]
        ax.set_yticks(heights, names if place == 0 else [""] * len(names))
        ax.set_xlim(-4, 104)
        titled(ax, f"{table}: {100 * excluded.accuracy:.1f} % against {100 * allowed.accuracy:.1f} %")
        if place == 0 and names:
            above = {"y": heights[0] + 0.25, "fontsize": 8.5, "va": "bottom"}
            ax.text(left_out[0], s="inputs left out", color=TEAL, ha="right", **above)
            ax.text(let_in[0], s="allowed", color=VERMILLION, ha="left", **above)
    hollow = f"hollow: fewer than {FEW} questions answered"
    made.supxlabel(f"right answers, percent ({hollow})" if few else "right answers, percent", fontsize=9.5, color=MUTED)
    made.suptitle(title, fontsize=11, color=INK, x=0.01, ha="left")
    alt = f"{title}. Two dots a relation and table; the printed list beside this figure has every number."
    return show(made, f"{alt} {hollow.capitalize()}, {', '.join(few)}." if few else alt)


def _answered(report: AnalogyReport, relation: str) -> int:
    return report.by_relation[relation].answered if relation in report.by_relation else 0


def _percents(report: AnalogyReport, relations: Sequence[str]) -> list[float]:
    return [100 * report.by_relation[r].accuracy if _answered(report, r) else float("nan") for r in relations]


def over_steps(steps: Sequence[int], lines: Mapping[str, ArrayLike], title: str, y: str) -> Image:
    """Values over training steps, one labelled line a name; ``lines`` maps a name to as many values as there are steps.

    >>> over_steps([0, 10], {"a": [0, 1], "b": [0, 0]}, "Two lines", "cosine").alt
    'Two lines. Lines over steps 0 to 10, with their last value: a 1.00, b 0.00.'
    """
    made, (ax,) = figure(2.9)
    ends = {name: float(np.asarray(values, dtype=float)[-1]) for name, values in lines.items()}
    low, high = (float(f([f(np.asarray(v, dtype=float)) for v in lines.values()])) for f in (np.min, np.max))
    gap, heights = (high - low) / 14, dict[str, float]()
    for name in sorted(ends, key=lambda name: ends[name]):
        heights[name] = max(ends[name], max(heights.values()) + gap) if heights else ends[name]
    for (name, values), color in zip(lines.items(), (TEAL, VERMILLION, BLUE, GOLD, VIOLET), strict=False):
        ax.plot(steps, np.asarray(values, dtype=float), color=color, linewidth=1.8)
        ax.annotate(
            name,
            (steps[-1], heights[name]),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=color,
            annotation_clip=False,
        )
    ax.axhline(0, color=LINE, linewidth=1, zorder=0)
    ax.set_xlim(steps[0], steps[-1])
    titled(ax, title, "training step", y)
    last = ", ".join(f"{name} {value:.2f}" for name, value in ends.items())
    return show(made, f"{title}. Lines over steps {steps[0]} to {steps[-1]}, with their last value: {last}.")


def moving_maps(maps: Mapping[str, ArrayLike], groups: Sequence[str], title: str) -> Image:
    """The same points at several moments: panels side by side on one scale, a colour and a mark a group.

    ``maps`` takes a moment's name to coordinates [N, 2], ``groups`` names the group of each of the N points; groups
    are named in the last panel.
    """
    made, axes = figure(2.4, panels=len(maps))
    names = list(dict.fromkeys(groups))
    reach = max(float(np.abs(np.asarray(points)).max()) for points in maps.values()) * 1.15
    for ax, (moment, points) in zip(axes, maps.items(), strict=True):
        placed = np.asarray(points, dtype=float)
        for name, color, marker in zip(names, (TEAL, VERMILLION, BLUE, GOLD, VIOLET), "osD^P", strict=False):
            own = placed[[group == name for group in groups]]
            ax.scatter(own[:, 0], own[:, 1], s=16, color=color, marker=marker, linewidths=0, alpha=0.85)
            if ax is axes[-1]:
                above = (own[:, 0].mean(), own[:, 1].max() + reach * 0.04)
                ax.annotate(name, above, fontsize=8.5, color=color, ha="center", va="bottom")
        ax.set_xlim(-reach, reach)
        ax.set_ylim(-reach, reach)
        ax.set_aspect("equal")
        ax.set_xticks([])
        ax.set_yticks([])
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(True)
        titled(ax, moment)
    made.suptitle(title, fontsize=11, color=INK, x=0.01, ha="left")
    listed = ", ".join(f"{name} ({list(groups).count(name)})" for name in names)
    return show(made, f"{title}. {len(maps)} maps of {len(groups)} words: {', '.join(maps)}; groups: {listed}.")


def spreads(
    scores: Mapping[str, Sequence[float]],
    control: Mapping[str, Sequence[float]],
    chance: float,
    title: str,
    x: str,
) -> Image:
    """A dot a run, in a line for each name: teal for ``scores``, hollow for the ``control``; chance as a line.

    >>> spreads({"a": [0.9, 1.0]}, {"a": [0.1]}, 0.05, "One name", "share").alt
    'One name. Dots from the least to the most: a 0.90 to 1.00, control 0.10 to 0.10. Chance 0.05.'
    """
    made, (ax,) = figure(0.9 + 0.38 * len(scores))
    heights = np.arange(len(scores))[::-1]
    for height, name in zip(heights, scores, strict=True):
        ax.plot([min(scores[name]), max(scores[name])], [height, height], color=TEAL, linewidth=1.5, zorder=1)
        ax.scatter(scores[name], [height] * len(scores[name]), s=34, color=TEAL, alpha=0.75, linewidths=0)
        hollow = control[name]
        ax.scatter(hollow, [height] * len(hollow), s=34, facecolors=PAPER, edgecolors=VERMILLION, linewidths=1.3)
    ax.axvline(chance, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    above = {"y": heights[0] + 0.42, "fontsize": 8.5, "va": "bottom"}
    ax.text(max(control[next(iter(control))]) + 0.02, s="shuffled text", color=VERMILLION, **above)
    ax.text(max(scores[next(iter(scores))]), s="the corpus", color=TEAL, ha="right", **above)
    ax.set_yticks(heights, list(scores))
    ax.set_ylim(-0.6, heights[0] + 0.95)
    ax.set_xlim(0, 1.03)
    titled(ax, title, x)
    ends = "; ".join(
        f"{name} {min(scores[name]):.2f} to {max(scores[name]):.2f}, "
        f"control {min(control[name]):.2f} to {max(control[name]):.2f}"
        for name in scores
    )
    return show(made, f"{title}. Dots from the least to the most: {ends}. Chance {chance:.2f}.")
