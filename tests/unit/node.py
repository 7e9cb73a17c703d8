"""Run a few lines of JavaScript on the widgets' own modules and get the result back as Python values."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from typing import Any

from tests.conftest import ROOT

WIDGETS = (ROOT / "embedbook" / "widgets").as_uri()


def node_program() -> str:
    """The Node.js that the book's own tools use."""
    spec = importlib.util.spec_from_file_location("book_node", ROOT / "tools" / "node.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.node())


def run(body: str, **data: Any) -> Any:
    """The value that ``body`` returns; it sees ``core``, the views, ``load`` (a data set) and ``data``."""
    script = f"""
        import {{ readFileSync }} from "node:fs";
        const core = await import("{WIDGETS}/core.mjs");
        const views = {{}};
        for (const name of ["analogy", "lookup", "maps", "neighbors", "pair"])
          views[name] = await import(`{WIDGETS}/${{name}}/view.mjs`);
        const data = JSON.parse(readFileSync(0, "utf8"));
        const load = (path) => {{
          (0, eval)(readFileSync(path, "utf8"));
          return core.unpackSite(Object.values(globalThis.embedbookPacked).at(-1));
        }};
        const result = await (async () => {{ {body} }})();
        process.stdout.write(JSON.stringify(result ?? null));
    """
    done = subprocess.run(
        [node_program(), "--input-type=module", "-e", script],
        input=json.dumps(data),
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
