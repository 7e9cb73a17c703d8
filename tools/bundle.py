"""Bundle each widget's view and what it imports into one ESM file, since anywidget loads a view from a blob.

The tokenizers' library is a file of its own, which travels with a table's tokens and is loaded where text is cut.

    python tools/bundle.py [--out embedbook/widgets/bundled]

The files are not in git: `make setup` makes them, and a wheel carries them, so that who runs notebooks needs no Node.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from node import node

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "embedbook" / "widgets" / "js"
BUNDLED = ROOT / "embedbook" / "widgets" / "bundled"
LIBRARY = ROOT / "node_modules" / "@huggingface" / "tokenizers" / "dist" / "tokenizers.mjs"
NOTICE = "/* @huggingface/tokenizers, Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0 */"


def bundle(out: Path = BUNDLED) -> list[Path]:
    """Write one file a view into `out`, the same bytes for the same sources. Raises SystemExit where esbuild fails."""
    program = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"
    if not program.is_file():
        raise SystemExit("node_modules has no esbuild; install what package-lock.json names: make setup")
    views = sorted(path.relative_to(SOURCES).as_posix() for path in (SOURCES / "views").glob("*.mjs"))
    options = ["--bundle", "--format=esm", "--charset=utf8", "--target=es2022", "--log-level=warning"]
    library = ["--minify", "--legal-comments=none", f"--banner:js={NOTICE}", f"--outfile={out / 'tokenizer.js'}"]
    for files in ([*views, f"--outdir={out}"], [LIBRARY, *library]):
        if subprocess.run([node(), program, *files, *options], cwd=SOURCES, check=False).returncode:
            raise SystemExit("the widgets were not bundled (above)")
    return [*(out / f"{Path(view).stem}.js" for view in views), out / "tokenizer.js"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=BUNDLED, help="where to put the files")
    print(f"{len(bundle(parser.parse_args(sys.argv[1:]).out.resolve()))} files bundled")
