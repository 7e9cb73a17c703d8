"""Measure one table on every claim and comparison, and write what was found into results/TABLE.json.

python tools/measure.py gpt2     what `make column TABLE=gpt2` runs; the book's pages then show it
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from embedbook import cache, claims, tables
from embedbook.tables.known import KNOWN

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", help="the name of a table, such as gpt2, or the path of your own")
    asked = parser.parse_args().table
    folder = Path(os.environ.get("EMBEDBOOK_RESULTS") or ROOT / "results")
    try:
        table = tables.open(asked) if Path(asked).exists() and asked not in tables.names() else tables.load(asked)
        column = claims.columns.record(table, datetime.now(UTC).date(), said=lambda line: print(line, file=sys.stderr))
        path = folder / f"{column.table}.json"
        with cache.written(path) as draft:
            draft.write_text(column.text(), encoding="utf-8")
    except (tables.EmbedbookError, OSError) as error:
        known = KNOWN.get(error.table) if isinstance(error, tables.MissingTableError) else None
        notice = known.entry.get("notice", "") if known else ""
        print(f"no column was written: {error}{'. ' if notice else ''}{notice}", file=sys.stderr)
        return 1
    use = "a page measures it itself" if column.table in claims.TABLES else "`make run` brings it into the pages"
    print(f"{column.table}: written to {os.path.relpath(path) if path.drive == Path.cwd().drive else path}; {use}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
