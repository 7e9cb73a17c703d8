"""Build the book's website from clean, and refuse to hand over one with a part missing.

    python tools/build_site.py build [--source .] [--out _build/html]

The steps, in order:

1. `_build/static` gets what the pages need and the repository does not hold: MathJax and typefaces from `node_modules`,
   the site's own scripts, bundled, and the rows that the widgets compute with.
2. Jupyter Book builds into `_build/site`, with every warning an error.
3. The root gets a page that leads to the book's first one, and a 404 page that finds its way home from any depth.
4. The result is checked: nothing asks another host for anything, and every local link, script, style and font exists.
5. Only then does it take the place of an earlier `--out`, which stays as it was after a failure or an interruption.

`--source` is a folder that `make run` made of the book on another table; its site goes into `html` there.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup
from bundle import bundle_site, drawn_models

ROOT = Path(__file__).resolve().parents[1]

# What the site serves of each npm package: (file or pattern in node_modules, folder in _static/vendor).
# MathJax looks for its font files and for the less common TeX commands next to itself, hence the same tree.
VENDOR = (
    ("mathjax/es5/tex-mml-chtml.js", "mathjax/es5"),
    ("mathjax/es5/input/tex/extensions/*.js", "mathjax/es5/input/tex/extensions"),
    ("mathjax/es5/output/chtml/fonts/woff-v2/*.woff", "mathjax/es5/output/chtml/fonts/woff-v2"),
    ("@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-*.woff2", "fonts"),
    ("@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2", "fonts"),
)
# No page names these files, so that a broken link would not betray their absence.
ALWAYS_THERE = (".nojekyll", "404.html", "index.html", "searchindex.js")
LOADED = ("script", "img", "iframe", "source", "video", "audio", "embed")
NOT_LOADED = {"canonical", "prev", "next", "index", "search"}
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class SiteError(Exception):
    """The site cannot be built; the message says why and what mends it."""


def assemble_vendor(target: Path, node_modules: Path) -> list[Path]:
    """Copy every file of `VENDOR` below `target`; return the copies.

    Raises SiteError if a pattern finds nothing.
    """
    copies = []
    for pattern, folder in VENDOR:
        found = sorted(node_modules.glob(pattern))
        if not found:
            raise SiteError(f"node_modules has no {pattern}; install what package-lock.json names: npm ci")
        copies += [(file, target / folder / file.name) for file in found]
    for source, copy in copies:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    return [copy for _, copy in copies]


def write_widget_data(folder: Path) -> list[Path]:
    """The rows that the widgets compute with, as scripts made from the installed tables; return their paths."""
    from embedbook.widgets.datasets import write_site_data

    return write_site_data(folder)


def run_jupyter_book(source: Path, stage: Path) -> Path:
    """Build the book in `source` into `stage`, every warning an error; return the folder of pages."""
    program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))  # it has no module to run
    if program is None:
        raise SiteError(f"there is no jupyter-book beside {sys.executable}; install it: make setup")
    command = [
        program, "build", str(source), "--path-output", str(stage),
        "-W", "--keep-going", "-n", "-q",
    ]  # fmt: skip
    run = subprocess.run(command, cwd=source, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode:  # else it would only praise a folder that is about to move
        print(run.stdout, file=sys.stderr)
        raise SiteError("Jupyter Book reported errors or warnings (above)")
    return stage / "_build" / "html"


def pages_in_order(toc: Path) -> list[tuple[str, list[str]]]:
    """The table of contents as (caption, page names without suffix), the root page first under ""."""
    contents = yaml.safe_load(toc.read_text(encoding="utf-8"))
    parts = contents.get("parts") or [{"caption": "", "chapters": contents.get("chapters", [])}]
    listed = [(part.get("caption", ""), [entry["file"] for entry in part["chapters"]]) for part in parts]
    return [("", [contents["root"]]), *listed]


@dataclass
class Page:
    """What the checks need to know of one page: the text of its first heading is without the permalink."""

    links: list[str]
    resources: list[str]
    ids: set[str]
    heading: str


def read_page(file: Path) -> Page:
    """Parse one built page: its links, whatever a browser would load for it, its ids."""
    soup = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
    links = [tag["href"] for tag in soup.select("a[href]")]
    styles = [tag["href"] for tag in soup.select("link[href]") if not NOT_LOADED & set(tag.get("rel", ()))]
    sources = [tag["src"] for tag in soup.select(", ".join(f"{name}[src]" for name in LOADED))]
    ids = {tag[name] for name in ("id", "name") for tag in soup.select(f"[{name}]")}
    for permalink in soup.select("h1 a"):
        permalink.extract()
    return Page(links, styles + sources, ids, soup.h1.get_text() if soup.h1 else "")


def _is_remote(address: str) -> bool:
    return urlsplit(address).scheme in ("http", "https") or address.startswith("//")


def _missing_targets(file: Path, page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    for address in page.resources + page.links:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            yield f"no such file: {address}"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
            yield f"no such place: {address}"


def find_problems(site: Path, expected: Iterable[str]) -> list[str]:
    """All that is missing from a built site or would make a page ask another host; [] if it is whole.

    `expected` names files, relative to the site, that must be there although no page may name them.
    """
    site = site.resolve()
    problems = [f"{name} is missing" for name in (*ALWAYS_THERE, *expected) if not (site / name).is_file()]
    # 404.html works out its links when it is opened; what the theme leaves in _static are templates, not pages.
    elsewhere = ("404.html", "_static")
    files = [file for file in sorted(site.rglob("*.html")) if file.relative_to(site).parts[0] not in elsewhere]
    pages = {file: read_page(file) for file in files}
    for file, page in pages.items():
        name = file.relative_to(site)
        problems += [f"{name} loads {address}" for address in page.resources if _is_remote(address)]
        problems += [f"{name}: {problem}" for problem in _missing_targets(file, page, pages)]
    for style in sorted((site / "_static").rglob("*.css")):
        for address in re.findall(r"url\(\s*['\"]?([^'\")]+)", style.read_text(encoding="utf-8")):
            if _is_remote(address):
                problems.append(f"{style.relative_to(site)} loads {address}")
            elif not address.startswith(("data:", "#")) and not (style.parent / urlsplit(address).path).is_file():
                problems.append(f"{style.relative_to(site)}: no such file: {address}")
    return problems


@dataclass(frozen=True)
class StoredWidgets:
    """What a notebook stores of its widgets."""

    shown: list[str]
    """The models that its outputs show."""
    missing: list[str]
    """Those that its page would lack since they are not in its state."""
    kinds: set[str]
    """The names of all models in its state."""


def stored_widgets(notebook: Path) -> StoredWidgets:
    """The widgets of a notebook, none where there is no such file.

    JupyterLab saves new ids beside an older state, and without any where the notebook was not run.
    """
    if not notebook.is_file():
        return StoredWidgets([], [], set())
    stored = json.loads(notebook.read_text(encoding="utf-8"))
    state = stored["metadata"].get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    outputs = [output for cell in stored["cells"] for output in cell.get("outputs", [])]
    shown = [output["data"][WIDGET_VIEW]["model_id"] for output in outputs if WIDGET_VIEW in output.get("data", {})]
    named = shown + re.findall(r"IPY_MODEL_(\w+)", json.dumps(state))
    kinds = {model["model_name"] for model in state.values()}
    return StoredWidgets(shown, sorted({model for model in named if model not in state}), kinds)


def check_widgets(widgets: dict[str, StoredWidgets], known: set[str]) -> None:
    """Raises SiteError if a page would lose a widget, or has one of a kind that the site cannot draw."""
    if lost := [name for name, stored in widgets.items() if stored.missing]:
        raise SiteError(f"these pages would lose their widgets, whose state is not stored: {', '.join(lost)}; make run")
    if foreign := [f"{kind} on {name}" for name, stored in widgets.items() for kind in sorted(stored.kinds - known)]:
        raise SiteError(f"the site cannot draw {', '.join(foreign)}; add it to book/js/host/controls.mjs")


def write_entrance(site: Path, first_page: str) -> None:
    """Make the site's root lead to the book's first page, with or without a script."""
    address = html.escape(f"{first_page}.html")
    (site / "index.html").write_text(
        f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Rows of Meaning</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={address}">
<link rel="icon" href="_static/favicon.svg">
</head>
<body><main><h1>Rows of Meaning</h1><p><a href="{address}">Open the book</a></p></main></body>
</html>
""",
        encoding="utf-8",
    )


def write_not_found_page(site: Path, template: Path, contents: list[tuple[str, list[str]]]) -> None:
    """Fill the list of pages into the template of 404.html."""
    sections = []
    for caption, names in contents:
        items = "".join(
            f'<li><a data-page href="{html.escape(name)}.html">'
            f"{html.escape(' '.join(read_page(site / f'{name}.html').heading.split()))}</a></li>"
            for name in names
        )
        sections.append((f"<h2>{html.escape(caption)}</h2>" if caption else "") + f"<ul>{items}</ul>")
    text = template.read_text(encoding="utf-8")
    if "<!-- pages -->" not in text:
        raise SiteError(f"{template} has no place for the pages: <!-- pages -->")
    (site / "404.html").write_text(text.replace("<!-- pages -->", "\n".join(sections)), encoding="utf-8")


def check_target(out: Path, own: Iterable[Path]) -> None:
    """Raises SiteError if `out` is anything but free or an earlier site, or overlaps with the build's `own` folders."""
    for folder in own:
        if out.is_relative_to(folder) or folder.is_relative_to(out):
            raise SiteError(f"{out} and {folder}, where the build works, overlap; choose another --out")
    if out.exists() and not out.is_dir():
        raise SiteError(f"{out} is a file; choose another --out")
    if out.is_dir() and any(out.iterdir()) and not (out / "searchindex.js").is_file():
        raise SiteError(f"{out} is not a built site; choose another --out")


def remove(folder: Path) -> None:
    """Remove a folder if it is there. Raises SiteError if something of it stays."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise SiteError(f"{folder} cannot be removed: {error}") from error


def build(source: Path, out: Path) -> None:
    """Build the book in `source` from clean into `out`."""
    static, stage = source / "_build" / "static", source / "_build" / "site"
    check_target(out, [static, stage])
    contents = pages_in_order(source / "_toc.yml")
    names = [name for _, part in contents for name in part]
    widgets = {name: stored_widgets(source / f"{name}.ipynb") for name in names}
    check_widgets(widgets, drawn_models())
    remove(static)
    remove(stage)
    assemble_vendor(static / "vendor", ROOT / "node_modules")
    bundle_site(static)
    write_widget_data(static / "data")
    site = run_jupyter_book(source, stage)
    write_entrance(site, names[0])
    write_not_found_page(site, source / "book" / "404.html", contents)
    assembled = [f"_static/{file.relative_to(static).as_posix()}" for file in static.rglob("*") if file.is_file()]
    problems = find_problems(site, [f"{name}.html" for name in names] + assembled)
    for name, stored in widgets.items():
        text = (site / f"{name}.html").read_text(encoding="utf-8")
        problems += [f"{name}.html does not show the widget {model}" for model in stored.shown if model not in text]
    if problems:
        raise SiteError("the built site is not whole:\n  " + "\n  ".join(problems))
    remove(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(site, out)
    remove(stage)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("command", choices=["build"])
    parser.add_argument("--source", type=Path, default=ROOT, help="the book, or its copy on another table")
    parser.add_argument("--out", type=Path, help="where to put the site (default: _build/html, or html in a copy)")
    options = parser.parse_args(arguments)
    source = options.source.resolve()
    out = (options.out or source / ("_build/html" if source == ROOT else "html")).resolve()
    try:
        print("Building the site: a minute or less.", flush=True)
        build(source, out)
    except SiteError as error:
        print(f"The site was not built: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nInterrupted; {out} is as it was.", file=sys.stderr)
        return 130
    print(f"The site is in {out}\nOpen {out / 'index.html'}, or serve it: python tools/serve.py {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
