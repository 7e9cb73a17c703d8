"""Measure one table on every claim and comparison, and write what was found into results/TABLE.json.

python tools/measure.py gpt2     what `make column TABLE=gpt2` runs; the book's pages then show it
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from embedbook import claims
from embedbook.claims import recording
from embedbook.tables import EmbedbookError
from embedbook.tables.files import replace_text

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", help="the name of a table, such as gpt2")
    name = parser.parse_args().table
    folder = Path(os.environ.get("EMBEDBOOK_RESULTS") or ROOT / "results")
    try:
        text = recording.text(
            recording.record(name, datetime.now(UTC).date(), said=lambda line: print(line, file=sys.stderr))
        )
        folder.mkdir(parents=True, exist_ok=True)
        replace_text(folder / f"{name}.json", text)
    except (EmbedbookError, OSError) as error:
        print(f"no column was written: {error}", file=sys.stderr)
        return 1
    print(f"{name}: written to {_shown(folder / f'{name}.json')}; {_use(name)}")
    return 0


def _shown(path: Path) -> str:
    """The path from here, or the whole path where there is none, as from another drive."""
    try:
        return os.path.relpath(path)
    except ValueError:
        return str(path)


def _use(name: str) -> str:
    """Who will see the column."""
    if name in claims.TABLES:
        return f"a page measures {name} itself where it is, and shows the file where it is not"
    return "`make run` brings it into the pages"


if __name__ == "__main__":
    raise SystemExit(main())
