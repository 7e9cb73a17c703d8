"""Bundle the JavaScript, each entry point with what it imports.

    python tools/bundle.py [--out embedbook/widgets/bundled]

A widget's view becomes one ESM file, since anywidget loads a view from a blob. These files are not in git: `make setup`
makes them, and a wheel carries them, so that who runs notebooks needs no Node. The site's own scripts (``bundle_site``)
become classic scripts, which a browser loads from a file too. The tokenizers' library is a file of its own: it travels
with a table's tokens, and is loaded where text is cut.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from node import node

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "embedbook" / "widgets" / "js"
BUNDLED = ROOT / "embedbook" / "widgets" / "bundled"
LIBRARY = ROOT / "node_modules" / "@huggingface" / "tokenizers" / "dist" / "tokenizers.mjs"
NOTICE = "/* @huggingface/tokenizers, Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0 */"
SITE_SOURCES = ROOT / "book" / "js"
SITE_SCRIPTS = {"page.js": "page/index.mjs", "widget-host.js": "host/index.mjs"}


def esbuild(sources: Path, *arguments: str) -> None:
    """Run esbuild in a folder; the same sources give the same bytes. Raises SystemExit where it fails."""
    program = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"
    if not program.is_file():
        raise SystemExit("node_modules has no esbuild; install what package-lock.json names: make setup")
    options = ["--bundle", "--charset=utf8", "--target=es2022", "--log-level=warning"]
    if subprocess.run([node(), program, *arguments, *options], cwd=sources, check=False).returncode:
        raise SystemExit("the JavaScript was not bundled (above)")


def bundle(out: Path = BUNDLED) -> list[Path]:
    """Write one file a view into `out`, and one of the tokenizers. Raises SystemExit where esbuild fails."""
    views = sorted(path.relative_to(SOURCES).as_posix() for path in (SOURCES / "views").glob("*.mjs"))
    esbuild(SOURCES, *views, "--format=esm", f"--outdir={out}")
    library = ["--format=esm", "--minify", "--legal-comments=none", f"--banner:js={NOTICE}"]
    esbuild(ROOT, str(LIBRARY), *library, f"--outfile={out / 'tokenizer.js'}")
    return [*(out / f"{Path(view).stem}.js" for view in views), out / "tokenizer.js"]


def bundle_site(out: Path) -> list[Path]:
    """Write the scripts of the site's pages into `out`, minified. Raises SystemExit where esbuild fails."""
    for name, entry in SITE_SCRIPTS.items():
        esbuild(SITE_SOURCES, entry, "--format=iife", "--minify", f"--outfile={out / name}")
    return [out / name for name in SITE_SCRIPTS]


def drawn_models() -> set[str]:
    """The stored ipywidgets models that the site's host knows, asked of the host itself."""
    module = (SITE_SOURCES / "host" / "known.mjs").as_uri()
    command = f"import({json.dumps(module)}).then(({{ KNOWN }}) => console.log(JSON.stringify([...KNOWN])))"
    asked = subprocess.run([node(), "--eval", command], capture_output=True, text=True, check=True)
    return set(json.loads(asked.stdout))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=BUNDLED, help="where to put the files")
    print(f"{len(bundle(parser.parse_args(sys.argv[1:]).out.resolve()))} files bundled")
