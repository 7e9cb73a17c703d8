"""Put at each widget's place what a reader without JavaScript gets: its sentence, and why there is no picture.

The sentence is the widget's plain text, which the notebook stores beside the picture.
"""

from __future__ import annotations

import html

from docutils import nodes
from sphinx.application import Sphinx

WIDGET = "application/vnd.jupyter.widget-view+json"


def add_sentences(app: Sphinx, doctree: nodes.document) -> None:
    """Add a `<noscript>` to every output that is a widget."""
    bundles = [node for node in doctree.findall(nodes.container) if node.get("nb_element") == "mime_bundle"]
    for bundle in bundles:
        outputs = {output["mime_type"]: output for output in bundle.children}
        if WIDGET in outputs:
            text = outputs["text/plain"].astext() if "text/plain" in outputs else ""
            note = f"<noscript><p>{html.escape(text)} <em>The picture needs JavaScript.</em></p></noscript>"
            outputs[WIDGET] += nodes.raw(text=note, format="html")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-read", add_sentences)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
