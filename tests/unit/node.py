"""The widgets' JavaScript from Python: one Node.js process for all calls, and a page without a browser in it."""

from __future__ import annotations

import atexit
import base64
import functools
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from node import node  # tools/ is on the path

from embedbook.widgets.view import Panel, View

Tree = ElementTree.Element


@functools.cache
def _process() -> subprocess.Popen[str]:
    command = [str(node()), str(Path(__file__).with_name("page.mjs"))]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    atexit.register(process.kill)
    return process


def _call(kind: str, kernel: View | None = None, **content: Any) -> Any:
    process = _process()
    assert process.stdin and process.stdout and process.stderr
    message: dict[str, Any] = {"kind": kind, "content": content}
    while True:
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, process.stderr.read()[-3000:]
        said = json.loads(line)
        if "ask" not in said:
            assert "error" not in said, said["error"]
            return said["value"]
        assert kernel is not None
        answer, buffers = answered(kernel, said["ask"])
        message = {"answer": answer, "buffers": [base64.b64encode(part).decode() for part in buffers]}


def answered(view: View, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """What the kernel answers to a message of a view, with its buffers."""
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    view.send = lambda answer, buffers=(): sent.append((answer, list(buffers)))
    view._answer(view, content, [])
    return sent[0]


def run(body: str, **data: Any) -> Any:
    """What ``body`` returns; it sees ``js`` (all that the modules export), the ``views`` and ``data``."""
    return _call("run", body=body, data=data)


@dataclass(frozen=True, eq=False)
class Drawn:
    """What stands on the page after a step: ``kind`` is drawn, problem or failed."""

    kind: str
    text: str
    problem: str
    picture: Tree
    state: dict[str, Any]

    def all(self, kind: str) -> list[Tree]:
        """The elements of a class or a tag, in their order."""
        return [one for one in self.picture.iter() if kind in (one.tag, *one.get("class", "").split())]

    def numbers(self, kind: str, *names: str) -> list[list[float]]:
        """Attributes of the elements of a class or tag as numbers."""
        return [[float(one.get(name, "nan").rstrip("%")) for name in names] for one in self.all(kind)]


def words(tree: Tree) -> str:
    """The text in an element."""
    return "".join(tree.itertext())


def play(panel: Panel, *steps: Mapping[str, Any], **page: Any) -> list[Drawn]:
    """Mount a panel's view in Node, change its traits step by step; what stands there at first and after each step."""
    view = panel.view
    state = {name: value for name, value in view.get_state().items() if not name.startswith("_") and name != "layout"}
    found = _call("play", view, view=view.name, state=state, steps=list(steps), **page)
    return [Drawn(**{**one, "picture": _tree(one["picture"])}) for one in found]


def _tree(parts: Any) -> Tree:
    tag, attributes, children = parts
    made = ElementTree.Element(tag, attributes)
    for child in children:
        if not isinstance(child, str):
            made.append(_tree(child))
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + child
        else:
            made.text = (made.text or "") + child
    return made
