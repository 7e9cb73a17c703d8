"""How long the book's core takes beside what people would use instead, in one run: read the ratios.

make bench
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from gensim.models import KeyedVectors

from embedbook import evaluation, geometry, tables

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
WORDS = ("paris", "python", "happy", "king", "river", "seven", "walked", "green")
RELATIONS = ("capital-common-countries", "family", "gram3-comparative")
ROWS = 30_000


def timed(run: Callable[[], object], times: int = 5) -> float:
    """The median of several runs, in seconds."""

    def once() -> float:
        started = time.perf_counter()
        run()
        return time.perf_counter() - started

    return median(once() for _ in range(times))


def line(what: str, ours: float, theirs: float, whose: str) -> None:
    print(f"{what:44s} {1000 * ours:9.1f} ms   {whose} {1000 * theirs:9.1f} ms   ratio {theirs / ours:5.1f}")


def first_answer() -> None:
    """A new process: import, load, the neighbours of one word."""

    def start(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

    seconds = {name: timed(lambda code=code: start(code), 3) for name, code in FIRST_ANSWER.items()}
    line("first answer from a new process, minilm", seconds["embedbook"], seconds["transformers"], "transformers")


def neighbors_and_analogies() -> None:
    """GloVe's first 30,000 rows in both, so that both search the same."""
    glove = tables.load("glove")
    words, vectors = list(glove.tokens[:ROWS]), np.ascontiguousarray(glove.vectors[:ROWS])
    ours = tables.from_vectors(words, vectors, name="glove-first")
    theirs = KeyedVectors(vectors.shape[1])
    theirs.add_vectors(words, vectors)
    theirs.fill_norms()
    line(
        "ten neighbours of a word",
        timed(lambda: [geometry.nearest_neighbors(ours, word) for word in WORDS]) / len(WORDS),
        timed(lambda: [theirs.most_similar(word) for word in WORDS]) / len(WORDS),
        "gensim",
    )
    questions = [q for q in evaluation.google_questions() if q.relation in RELATIONS]
    known = [q for q in questions if all(w.lower() in theirs for w in (q.a, q.b, q.c, q.d))][:400]

    def one_by_one() -> None:
        for q in known:
            theirs.most_similar(positive=[q.b.lower(), q.c.lower()], negative=[q.a.lower()], topn=1)

    per_question = timed(one_by_one, 1) / len(known)
    started = time.perf_counter()
    report = evaluation.google_analogies(ours, relations=RELATIONS)
    seconds = (time.perf_counter() - started) / report.answered
    line(f"an analogy question, {report.answered:,} at once", seconds, per_question, "gensim")


def whole_benchmark() -> None:
    """All 19,544 questions on the default table, once."""
    started = time.perf_counter()
    report = evaluation.google_analogies(tables.load("minilm"))
    print(f"all of Google's questions on minilm: {report.answered:,} answered in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    first_answer()
    neighbors_and_analogies()
    whole_benchmark()
