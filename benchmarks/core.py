"""Time and memory of the book's core beside what people would use instead, in one run: read the ratios.

make bench
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from gensim.models import KeyedVectors

from embedbook import evaluation, geometry, lists, tables

FIRST_ANSWER = {
    "embedbook": "from embedbook import geometry, tables; geometry.nearest_neighbors(tables.load('minilm'), 'paris')",
    "transformers": (
        "from embedbook import tables; folder = tables.model_folder('minilm');"
        "from transformers import AutoModel, AutoTokenizer; import torch;"
        "W = AutoModel.from_pretrained(folder).get_input_embeddings().weight.detach();"
        "i = AutoTokenizer.from_pretrained(folder).encode('paris', add_special_tokens=False)[0];"
        "torch.nn.functional.cosine_similarity(W[i][None], W).topk(11)"
    ),
}
PEAK = "; import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
WORDS = ("paris", "python", "happy", "king", "river", "seven", "walked", "green")
RELATIONS = ("capital-common-countries", "family", "gram3-comparative")


def timed(run: Callable[[], object], times: int = 5) -> float:
    """The median of several runs, in milliseconds."""

    def once() -> float:
        started = time.perf_counter()
        run()
        return 1000 * (time.perf_counter() - started)

    return median(once() for _ in range(times))


def line(what: str, ours: float, theirs: float, whose: str, unit: str = "ms") -> None:
    print(f"{what:44s} {ours:9.1f} {unit}   {whose:12s} {theirs:9.1f} {unit}   ratio {theirs / ours:5.1f}", flush=True)


def first_answer() -> None:
    """A new process: import, load, the neighbours of one word."""
    seconds, peaks = {}, {}
    for name, code in FIRST_ANSWER.items():
        said: list[str] = []

        def start(code: str = code, said: list[str] = said) -> None:
            said.append(
                subprocess.run([sys.executable, "-c", code + PEAK], check=True, capture_output=True, text=True).stdout
            )

        seconds[name], peaks[name] = timed(start, 3), median(int(text) / 1024 for text in said)
    line("first answer from a new process, minilm", seconds["embedbook"], seconds["transformers"], "transformers")
    if sys.platform == "linux":  # elsewhere the peak is counted in other units
        line("its memory at the peak", peaks["embedbook"], peaks["transformers"], "transformers", "MB")


def in_gensim(table: tables.EmbeddingTable, rows: int) -> tuple[tables.EmbeddingTable, KeyedVectors]:
    """The first rows of a table in both, so that both search the same."""
    words, vectors = list(table.tokens[:rows]), np.ascontiguousarray(table.vectors[:rows])
    theirs = KeyedVectors(vectors.shape[1])
    theirs.add_vectors(words, vectors)
    theirs.fill_norms()
    return tables.from_vectors(words, vectors, name=f"{table.card.name}-first"), theirs


def neighbors(name: str, rows: int) -> None:
    """Ten neighbours of a word, each with what a reader might write instead."""
    ours, theirs = in_gensim(tables.load(name), rows)
    weight = torch.from_numpy(np.array(ours.vectors))
    units = geometry.unit(ours.vectors)
    cosine = torch.nn.functional.cosine_similarity
    ways: dict[str, Callable[[str], object]] = {
        "gensim": theirs.most_similar,
        "numpy": lambda word: (units @ units[ours.id_of(word)]).argpartition(-11)[-11:],
        "torch": lambda word: cosine(weight[ours.id_of(word)][None], weight).topk(11),
    }
    own = timed(lambda: [geometry.nearest_neighbors(ours, word) for word in WORDS]) / len(WORDS)
    for whose, run in ways.items():
        line(
            f"ten neighbours of a word, {len(ours):,} x {ours.dimensions}",
            own,
            timed(lambda run=run: [run(w) for w in WORDS]) / len(WORDS),
            whose,
        )


def analogies() -> None:
    """Questions of three relations: all at once, and one by one as gensim answers them."""
    ours, theirs = in_gensim(tables.load("glove"), 30_000)
    questions = [q for q in lists.google_questions() if q.relation in RELATIONS]
    known = [q for q in questions if all(w.lower() in theirs for w in (q.a, q.b, q.c, q.d))][:400]

    def one_by_one() -> None:
        for q in known:
            theirs.most_similar(positive=[q.b.lower(), q.c.lower()], negative=[q.a.lower()], topn=1)

    per_question = timed(one_by_one, 1) / len(known)
    started = time.perf_counter()  # once: a second time it is only remembered
    report = evaluation.google_analogies(ours, relations=RELATIONS)
    per_answer = 1000 * (time.perf_counter() - started) / report.answered
    line(f"an analogy question, {report.answered:,} at once", per_answer, per_question, "gensim")


if __name__ == "__main__":
    first_answer()
    neighbors("minilm", 30_522)
    neighbors("glove", 400_000)
    analogies()
