"""One word in six sentences on its way through the layers: what it is near in the table, and which uses are alike.

The numbers come from the model when the notebook runs, rounded to hundredths, and travel in the view's state.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import traitlets

from embedbook import contextual, geometry, tables
from embedbook.widgets.sentences import fixed, quoted
from embedbook.widgets.view import Panel, View, choice, slider

NAME, WORD, EACH, NEAREST = "smollm2", "bank", 3, 5
"""Whose layers, which word, how many sentences of either meaning, how many rows."""
TOLD_BY = ("river", "boat", "reeds", "savings", "loan", "check")
"""The word before *bank* that tells what it means, for each sentence."""


@cache
def data_of_banks() -> dict[str, Any]:
    """For every sentence and layer the nearest rows of the whole table, and the cosines with the other sentences.

    A state meets the rows as the model's own scores do: through the norm after the last layer. States meet each other
    with every number on the scale of its dimension. Lists come as strings, since a notebook file gives every item of a
    list a line of its own; cosines are in hundredths. Raises what ``contextual.load`` raises.
    """
    model, table, usual = contextual.load(NAME), tables.load(NAME), contextual.usual(NAME)
    texts = [(sense, text) for sense, of in contextual.SENSES.items() for text in of[:EACH]]
    states = contextual.last_states(NAME, [text for _, text in texts])  # [L + 1, 6, D]
    units = geometry.unit(table.vectors)  # [V, D]
    cosines = geometry.unit(contextual.normed(model, states)) @ units.T  # [L + 1, 6, V]
    found = [[geometry.top_k(of, NEAREST) for of in layer] for layer in cosines]
    pairs = contextual.alike(usual.standardize(states))  # [L + 1, 6, 6]
    return {
        "word": WORD,
        "rows": len(table),
        "layers": len(states) - 1,
        "sentences": [text for _, text in texts],
        "senses": [sense for sense, _ in texts],
        "told_by": list(TOLD_BY),
        "nearest": [["\t".join(map(table.word, ids)) for ids in layer] for layer in found],
        "cosines": [
            [_hundredths(of[ids]) for of, ids in zip(*both, strict=True)] for both in zip(cosines, found, strict=True)
        ],
        "random": [_hundredths(layer.mean(axis=-1)) for layer in cosines],
        "pairs": [[_hundredths(line) for line in layer] for layer in pairs],
        "different": _hundredths(usual.standardized),
    }


def _hundredths(cosines: Any) -> str:
    return " ".join(str(round(100 * float(one)) + 0) for one in np.asarray(cosines))


class LayersView(View):
    """The nearest rows after a layer, the other sentences' uses as bars, and how alike they are over all layers."""

    HOW = (
        "SmolLM2 reads each sentence up to the word, and its vector is taken before the first layer and after each "
        "one. The bars are the rows of the whole table nearest to it, through the norm that the model applies before "
        "its scores. The bars compare the six vectors, each dimension on its own scale. The numbers were computed "
        "beforehand, to two decimals."
    )

    how = traitlets.Unicode(
        "The numbers are SmolLM2\u2019s own, worked out when the notebook ran and rounded to hundredths. A vector "
        "meets the rows as the model\u2019s scores do, through the norm after its last layer. Vectors meet each other "
        "with every dimension on its own scale, so that two different words in news text are at 0 on average."
    ).tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    sentence = traitlets.Int().tag(sync=True)

    def text(self) -> str:
        data, layer, at = self.data, self.layer, self.sentence
        where = f"after layer {layer} of {data['layers']}" if layer else "before the first layer"
        near = zip(data["nearest"][layer][at].split("\t"), data["cosines"][layer][at].split(), strict=True)
        listed = ", ".join(f"{quoted(row)} {fixed(int(cosine) / 100)}" for row, cosine in near)
        random = fixed(int(data["random"][layer].split()[at]) / 100)
        others = {i: int(one) for i, one in enumerate(data["pairs"][layer][at].split()) if i != at}
        best = max(others, key=lambda i: others[i])
        least = min(others, key=lambda i: others[i])
        if others[best] == others[least]:
            alike = f"Its cosine with {data['word']} in every other sentence is {fixed(others[best] / 100)}."
        else:
            alike = (
                f"Most like it is {data['word']} in the sentence with {data['told_by'][best]} "
                f"({fixed(others[best] / 100)}), least with {data['told_by'][least]} ({fixed(others[least] / 100)})."
            )
        return (
            f"{data['word']} in {quoted(data['sentences'][at])}, {where}: the nearest of all {data['rows']:,} rows are "
            f"{listed}; the average row is at {random}. {alike}"
        )


def layers(sentence: int = 0, layer: int = 0, *, key: str = "layers") -> Panel:
    """*bank* in six sentences, from its row in the table through the layers of SmolLM2.

    Raises ValueError for a sentence or a layer that is not there, and what ``contextual.load`` raises.

    >>> repr(layers()).startswith("bank in “She sat on the grassy river bank”, before the first layer: the nearest")
    True
    """
    view = LayersView(key=key, sentence=sentence, layer=layer, data=data_of_banks())
    last = len(view.data["sentences"]) - 1
    if not 0 <= sentence <= last:
        raise ValueError(f"sentence must be from 0 to {last}, got {sentence}")
    return Panel(
        view,
        layer=slider("Layer", 0, view.data["layers"]),
        sentence=choice("Sentence with", TOLD_BY),
    )
