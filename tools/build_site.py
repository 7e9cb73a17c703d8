"""Build the book's website from clean, and refuse to hand over one with a part missing.

    python tools/build_site.py build [--out _build/html]

The steps, in order:

1. `_build/static` gets what the pages need and the repository does not hold: scripts and typefaces from `node_modules`,
   anywidget's front end from its wheel, the rows that the widgets compute with.
2. Jupyter Book builds into `_build/site`, with every warning an error.
3. The root gets a page that leads to the book's first one, and a 404 page that finds its way home from any depth.
4. The result is checked: nothing asks another host for anything, and every local link, script, style and font exists.
5. Only then does it become `--out`. After a failure there is no `--out` at all.
"""

from __future__ import annotations

import argparse
import html
import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[1]
STATIC = ROOT / "_build" / "static"
STAGE = ROOT / "_build" / "site"

# What the site serves of each npm package: (file or pattern in node_modules, folder in _static/vendor).
# MathJax looks for its font files and for the less common TeX commands next to itself, hence the same tree.
VENDOR = (
    ("requirejs/require.js", "requirejs"),
    ("@jupyter-widgets/html-manager/dist/embed-amd.js", "@jupyter-widgets/html-manager/dist"),
    ("@jupyter-widgets/html-manager/dist/*.woff2", "@jupyter-widgets/html-manager/dist"),
    ("@jupyter-widgets/html-manager/dist/*.woff2", "@jupyter-widgets"),  # where a play button's icons are asked for
    ("mathjax/es5/tex-mml-chtml.js", "mathjax/es5"),
    ("mathjax/es5/input/tex/extensions/*.js", "mathjax/es5/input/tex/extensions"),
    ("mathjax/es5/output/chtml/fonts/woff-v2/*.woff", "mathjax/es5/output/chtml/fonts/woff-v2"),
    ("@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-*.woff2", "fonts"),
    ("@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2", "fonts"),
)
# No page names these files, so that a broken link would not betray their absence.
ALWAYS_THERE = (".nojekyll", "404.html", "index.html", "searchindex.js")
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


class SiteError(Exception):
    """The site cannot be built; the message says why and what mends it."""


def anywidget_front_end() -> Path:
    """The AMD file that anywidget's wheel installs for classic notebooks."""
    for file in importlib.metadata.files("anywidget") or ():
        if file.as_posix().endswith("nbextensions/anywidget/index.js"):
            return Path(str(file.locate())).resolve()
    raise SiteError("the installed anywidget has no nbextensions/anywidget/index.js; reinstall it: make setup")


def assemble_vendor(target: Path, node_modules: Path, anywidget: Path) -> list[Path]:
    """Copy every file of `VENDOR` and anywidget's front end below `target`; return the copies.

    Raises SiteError if a pattern finds nothing.
    """
    copies = []
    for pattern, folder in VENDOR:
        found = sorted(node_modules.glob(pattern))
        if not found:
            raise SiteError(f"node_modules has no {pattern}; install what package-lock.json names: npm ci")
        copies += [(file, target / folder / file.name) for file in found]
    copies.append((anywidget, target / "anywidget" / "index.js"))
    for source, copy in copies:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    return [copy for _, copy in copies]


def write_widget_data(folder: Path) -> list[Path]:
    """The rows that the widgets compute with, as scripts made from the installed tables; return their paths."""
    from embedbook.widgets.datasets import write_site_data

    return write_site_data(folder)


def run_jupyter_book(stage: Path) -> Path:
    """Build the book into `stage`, every warning an error; return the folder of pages."""
    program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))  # it has no module to run
    if program is None:
        raise SiteError(f"there is no jupyter-book beside {sys.executable}; install it: make setup")
    command = [
        program, "build", str(ROOT), "--path-output", str(stage),
        "-W", "--keep-going", "-n", "-q",
    ]  # fmt: skip
    run = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
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
class Page(HTMLParser):
    """What the checks need to know of one page."""

    links: list[str] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    heading: str = ""
    has_widgets: bool = False
    _in_heading: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element's id, its links and whatever the browser would load for it."""
        values = {name: value or "" for name, value in attrs}
        self.ids.update(filter(None, (values.get("id"), values.get("name"))))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "link" and values.get("rel") not in ("canonical", "prev", "next", "index", "search"):
            self.resources.append(values.get("href", ""))
        elif tag in ("script", "img", "iframe", "source", "video", "audio", "embed") and "src" in values:
            self.resources.append(values["src"])
        self.has_widgets |= tag == "script" and values.get("type") == WIDGET_STATE
        self._in_heading = (tag == "h1" and not self.heading) or (self._in_heading and tag != "a")

    def handle_endtag(self, tag: str) -> None:
        """Leave the heading."""
        self._in_heading = self._in_heading and tag != "h1"

    def handle_data(self, data: str) -> None:
        """Collect the text of the first heading, without its permalink."""
        if self._in_heading:
            self.heading += data


def read_page(file: Path) -> Page:
    """Parse one built page."""
    page = Page()
    page.feed(file.read_text(encoding="utf-8"))
    return page


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


def widgets_lost(site: Path, names: Iterable[str], source: Path) -> list[str]:
    """Notebooks that store widgets whose page shows none."""
    return [
        f"{name}.html shows none of the widgets that its notebook stores"
        for name in names
        if (notebook := source / f"{name}.ipynb").is_file()
        and WIDGET_STATE in notebook.read_text(encoding="utf-8")
        and not read_page(site / f"{name}.html").has_widgets
    ]


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


def clear(folder: Path) -> None:
    """Remove an earlier build. Raises SiteError for anything else, and if it cannot be removed."""
    for own in (STATIC, STAGE):
        if folder.is_relative_to(own) or own.is_relative_to(folder):
            raise SiteError(f"{folder} and {own}, where the build works, overlap; choose another --out")
    if folder.exists() and not folder.is_dir():
        raise SiteError(f"{folder} is a file; choose another --out")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "searchindex.js").is_file():
        raise SiteError(f"{folder} is not a built site; choose another --out")
    remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder if it is there. Raises SiteError if something of it stays."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise SiteError(f"{folder} cannot be removed: {error}") from error


def build(out: Path) -> None:
    """Build the site from clean into `out`."""
    clear(out)
    remove(STATIC)
    remove(STAGE)
    assemble_vendor(STATIC / "vendor", ROOT / "node_modules", anywidget_front_end())
    write_widget_data(STATIC / "data")
    site = run_jupyter_book(STAGE)
    contents = pages_in_order(ROOT / "_toc.yml")
    names = [name for _, part in contents for name in part]
    write_entrance(site, names[0])
    write_not_found_page(site, ROOT / "book" / "404.html", contents)
    assembled = [f"_static/{file.relative_to(STATIC).as_posix()}" for file in STATIC.rglob("*") if file.is_file()]
    pages = [f"{name}.html" for name in names]
    problems = find_problems(site, pages + assembled) + widgets_lost(site, names, ROOT)
    if problems:
        raise SiteError("the built site is not whole:\n  " + "\n  ".join(problems))
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(site, out)
    remove(STAGE)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("build", help="build the website from clean")
    command.add_argument("--out", type=Path, default=ROOT / "_build" / "html", help="where to put it")
    options = parser.parse_args(arguments)
    out = options.out.resolve()
    try:
        build(out)
    except SiteError as error:
        print(f"The site was not built: {error}", file=sys.stderr)
        return 1
    print(f"The site is in {out}\nOpen {out / 'index.html'}, or serve it: python tools/serve.py {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
