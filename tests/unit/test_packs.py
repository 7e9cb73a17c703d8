"""A whole table in JavaScript, where Python has the same one: its tokenizer, its rows, what is nearest.

Expected values come from the tables themselves, the models' own tokenizers, and ``geometry`` on the same rounded rows.
"""

from __future__ import annotations

import functools
import gzip
import json
import random
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from embedbook import geometry, tables
from embedbook.tables import EmbeddingTable
from embedbook.tables.vocabulary import Pieces
from embedbook.widgets import datasets, packs
from tests.awkward import AWKWARD_TEXTS, AWKWARD_WORDS
from tests.unit.node import run

NAMES = datasets.SITE_TABLES
BLOCKS = (
    *[(0x20, 0x7E)] * 8, (0x00, 0x1F), (0x80, 0x17F), (0x300, 0x36F), (0x370, 0x4FF), (0x5D0, 0x6FF), (0x900, 0x97F),
    (0xE00, 0xE7F), (0x1100, 0x11FF), (0x2000, 0x206F), (0x2E80, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
    (0xE000, 0xE0FF), (0xFB00, 0xFB06), (0xFE00, 0xFE0F), (0xFF00, 0xFFFD), (0x1D400, 0x1D7FF), (0x1F300, 0x1FAFF),
    (0x20000, 0x2A6DF), (0xE0020, 0xE007F),
)  # fmt: skip
GLUE = (
    "",
    "",
    " ",
    "  ",
    "\n",
    "\t",
    "\u00a0",
    "\u0085",
    "\u200d",
    "\ufeff",
    "'s",
    "n't",
    " 3:30 ",
    " 2026, ",
    "[MASK]",
)


def varied(count: int) -> list[str]:
    """Texts that mix scripts, marks, spaces and signs.

    Left out are code points that Unicode had not assigned when Python's tables were made, and an Arabic mark that was
    assigned just before: whether they are letters depends on the age of each library.
    """
    generator = random.Random(0)

    def some() -> str:
        low, high = generator.choice(BLOCKS)
        signs = (chr(generator.randint(low, high)) for _ in range(generator.randint(1, 6)))
        kept = "".join(sign for sign in signs if unicodedata.category(sign) != "Cn" and sign != "\u061d")
        return kept + generator.choice(GLUE)

    return ["".join(some() for _ in range(generator.randint(1, 30))) for _ in range(count)]


LONG = ("\U0001f469\u200d\U0001f680 \u05e9\u05dc\u05d5\u05dd jose\u0301 __proto__ " * 500)[:10_000]
TEXTS = (*AWKWARD_TEXTS, *AWKWARD_WORDS, LONG, *varied(2_000))


@pytest.fixture(scope="module", params=NAMES)
def table(request: pytest.FixtureRequest) -> EmbeddingTable:
    return tables.load(request.param)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of the built site."""
    folder = tmp_path_factory.mktemp("data")
    datasets.write_site_data(folder)
    return folder


OPEN = """
    const { readFileSync } = await import("node:fs"), asked = [];
    const load = async (kind) => {
        asked.push(kind);
        if (globalThis.broken?.(kind)) throw new Error(`The file ${kind} did not load.`);
        const name = `${kind}-${data.table}`;
        (0, eval)(readFileSync(`${data.site}/${name}.js`, "utf8"));
        const made = js.unpackSite(globalThis.embedbookPacked[name]);
        delete globalThis.embedbookPacked[name];
        return made;
    };
    globalThis.broken = undefined;
    const store = js.openStore(await load("pack"), load);
"""


def in_store(site: Path, table: EmbeddingTable, body: str, **data: Any) -> Any:
    """What ``body`` returns; it sees the ``store`` of a table and the kinds ``asked`` for."""
    return run(OPEN + body, site=str(site), table=table.card.name, **data)


def carried_id(table: EmbeddingTable, found: int | None) -> int:
    return -1 if found is None or found >= packs.carried(table) else found


class TestPacks:
    def test_every_carried_row_travels_once(self, table: EmbeddingTable) -> None:
        """SmolLM2's as they are, others within half of one of 32,767 steps; the ids of pack and chunks are all."""
        found = []
        parts = [(packs.pack_ids(table), packs.pack(table))]
        parts += [(packs.chunk_ids(table, i), packs.chunk(table, i)) for i in range(packs.chunks(table))]
        for ids, data in parts:
            rows, made = np.asarray(table.vectors[ids]), packs.dequantize(data.arrays["codes"], data.arrays["scales"])
            if table.card.name == "smollm2":
                assert data.arrays["codes"].dtype == np.int8 and np.array_equal(made, rows)
            else:
                assert (np.abs(made - rows) <= np.abs(rows).max(axis=1, keepdims=True) / 65_534 * 1.01).all()
            found.append(ids)
        assert np.array_equal(np.sort(np.concatenate(found)), np.arange(packs.carried(table)))

    def test_the_first_pack_is_small_and_a_chunk_about_300_kb(self, table: EmbeddingTable, site: Path) -> None:
        """As a slow phone gets them, packed: the first answer was 15.7 s late with 2 MB of rows, 6.3 s with few."""
        sizes = {
            path.stem: len(gzip.compress(path.read_bytes(), 6)) for path in site.glob(f"[!m]*-{table.card.name}.js")
        }
        assert sizes.pop(f"pack-{table.card.name}") < 950_000
        assert sizes.pop(f"tokens-{table.card.name}") < 300_000
        assert len(sizes) == packs.chunks(table) and max(sizes.values()) < 340_000

    def test_the_words_of_the_pages_come_first(self, table: EmbeddingTable) -> None:
        words = packs.pack(table).words
        assert len(set(words)) == len(words)
        asked = [table.find(word) for word in (*packs.STARTS, *packs.PAGE_WORDS)]
        assert {table.word(i) for i in asked if i is not None} <= set(words)

    def test_what_fewer_bits_do_to_a_cosine(self, table: EmbeddingTable) -> None:
        """The same measured by other means, on other pairs: nothing that two decimals, or four, would show."""
        said = packs.largest_error(table)
        assert said == 0 if table.card.name == "smollm2" else 0 < said < 2e-5
        assert packs.pack(table).meta["error"] == round(said, 6)
        ids = np.random.default_rng(7).integers(packs.carried(table), size=(2, 1_000), dtype=np.int32)
        own, fewer = (
            (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).prod(axis=0).sum(axis=-1)
            for rows in (
                table.vectors[ids].astype(float),
                np.stack([packs.rounded(table, i) for i in ids]).astype(float),
            )
        )
        assert np.abs(own - fewer).max() <= 2 * said

    def test_the_same_rows_give_the_same_files(self, site: Path, tmp_path: Path) -> None:
        for path in datasets.write_site_data(tmp_path, ["glove"]):
            assert path.read_bytes() == (site / path.name).read_bytes()

    def test_a_small_table_is_one_pack(self) -> None:
        """Also where its words are no words, or it has more rows than tokens."""
        names = ["3:30", "New York", "<b>", "__proto__", ""]
        small = tables.from_vectors(names, np.eye(5)[:, :4])
        assert packs.pack(small).words == names and packs.chunks(small) == 0
        padded = EmbeddingTable(small.card, small.vocabulary, np.eye(7, dtype=np.float32))
        assert packs.pack(padded).words == [*names, "<row 5>", "<row 6>"]

    @pytest.mark.parametrize("kind", ["rows-", "rows-x", "rows-99999", "rows--1", "rows-1.5", "packs", "", "../pack"])
    def test_another_kind_is_an_error(self, kind: str) -> None:
        with pytest.raises(ValueError, match=r"no data set|has 76 chunks of rows"):
            datasets.of_table(kind, tables.load("minilm"))

    def test_a_licence_that_keeps_rows_at_home_is_kept(self) -> None:
        glove = tables.load("glove")
        held = EmbeddingTable(replace(glove.card, rows_may_travel=False), glove.vocabulary, glove.vectors)
        with pytest.raises(ValueError, match="does not let its rows travel"):
            next(datasets.site_data(held))


class TestVocabulary:
    """Ids and words are Python's: of the shared awkward lists, of varied texts, and of every token."""

    @pytest.mark.parametrize("name", ["smollm2", "minilm"])
    def test_the_parts_that_npm_gets_cut_alike_in_python(self, name: str) -> None:
        vocabulary = tables.load(name).vocabulary
        spec = packs.browser_tokenizer(vocabulary)
        own = json.loads(vocabulary.tokenizer.to_str())["model"]["vocab"]
        parts = spec["pre_tokenizer"].get("pretokenizers", [])
        spec["pre_tokenizer"]["pretokenizers"] = [part for part in parts if part["type"] != "Replace"]
        again = Tokenizer.from_str(json.dumps({**spec, "model": {**spec["model"], "vocab": own}}))
        assert [again.encode(text, add_special_tokens=False).ids for text in TEXTS] == [
            vocabulary.encode(text) for text in TEXTS
        ]

    def test_texts(self, site: Path, table: EmbeddingTable) -> None:
        made = in_store(
            site,
            table,
            "const found = []; for (const text of data.texts) found.push((await store.cut(text)).map(({ token, id }) => [token, id]));"
            "return found;",
            texts=TEXTS,
        )
        for text, found in zip(TEXTS, made, strict=True):
            assert [token_id for _, token_id in found] == [
                carried_id(table, token_id) for token_id in table.vocabulary.encode(text)
            ], text
            assert [token for token, _ in found] == table.pieces(text), text

    def test_words(self, site: Path, table: EmbeddingTable) -> None:
        """Also those that are found in the first pack without the tokens."""
        asked = [*AWKWARD_WORDS, "…king", "<0x0A>", "\ud83d", *varied(500), *packs.pack(table).words]
        found = in_store(
            site, table, "const ids = []; for (const word of data.words) ids.push(await store.find(word)); return ids;",
            words=asked,
        )  # fmt: skip
        assert found == [carried_id(table, table.find(word)) for word in asked]
        assert sum(token_id >= 0 for token_id in found[:40]) > 2

    def test_every_token_is_written_as_python_writes_it(self, site: Path, table: EmbeddingTable) -> None:
        """And found again by that."""
        words, found = in_store(
            site,
            table,
            "await store.cut('');"
            "const words = Array.from({ length: Math.min(data.count, store.carried) }, (_, id) => store.word(id));"
            "const ids = []; for (const word of words) ids.push(await store.find(word)); return [words, ids];",
            count=len(table.tokens),
        )
        assert words == [table.word(i) for i in range(packs.carried(table))]
        assert found == [carried_id(table, table.find(word)) for word in words]

    @pytest.mark.parametrize(
        ("model", "parts", "texts"),
        [
            (models.BPE({"king": 0, "k": 1, "▁king": 2, "▁": 3}, []), {}, ["king"]),
            (models.WordPiece({"king": 0, "##s": 1, "[UNK]": 2}, unk_token="[UNK]"), {}, ["king", "kings", "queen"]),
            (models.WordPiece({"king": 0, "##s": 1}, unk_token="[UNK]"), {}, ["kings", "queen"]),
            (
                models.BPE(
                    {"k": 0, "i": 1, "Ġk": 2, "Ġki": 3, "Ġ": 4, "Ã": 5, "©": 6},
                    [("Ġ", "k"), ("Ġk", "i")],
                ),
                {"pre_tokenizer": pre_tokenizers.ByteLevel(add_prefix_space=False)},
                [" ki k", "ié k", "x k"],
            ),
            (
                models.BPE(
                    {"k": 0, "i": 1, "i</w>": 2, "ki</w>": 3, "k</w>": 4}, [("k", "i</w>")], end_of_word_suffix="</w>"
                ),
                {"pre_tokenizer": pre_tokenizers.Whitespace(), "normalizer": normalizers.Lowercase()},
                ["ki", "iK KI"],
            ),
            (
                models.Unigram([("<unk>", 0.0), ("▁king", -1.0), ("s", -2.0), ("▁", -3.0)], 0, False),
                {"pre_tokenizer": pre_tokenizers.Metaspace()},
                ["kings king", "s"],
            ),
        ],
        ids=["unmarked", "wordpiece", "without unknown", "byte-level", "end-of-word", "sentencepiece"],
    )
    def test_other_tokenizers(self, model: Any, parts: dict[str, Any], texts: list[str]) -> None:
        """A notebook's own table may have any; merges that are not its last tokens travel as they are."""
        tokenizer = Tokenizer(model)
        for name, part in parts.items():
            setattr(tokenizer, name, part)
        vocabulary = Pieces(tokenizer)
        rows = np.ones((len(vocabulary.tokens), 2), dtype=np.float32)
        own = EmbeddingTable(tables.Card("own"), vocabulary, rows)
        about, data = packs.pack(own).meta, packs.tokens(own)
        words, found, cut = run(
            "const made = await js.openVocabulary(data.about, { meta: data.meta, arrays: data.cuts ? { cuts: data.cuts } : {} });"
            "const words = made.tokens.map((_, id) => made.word(id));"
            "return [words, words.map(made.find), data.texts.map((text) => made.cut(text).map(({ token }) => token))];",
            about=about, meta=data.meta, texts=texts, cuts=data.arrays["cuts"].tolist() if data.arrays else None,
        )  # fmt: skip
        assert words == list(own) and found == [own.find(word) for word in words]
        assert cut == [own.pieces(text) for text in texts]

    def test_a_word_that_is_no_token(self, site: Path, table: EmbeddingTable) -> None:
        """Its pieces, and words that begin like it."""
        (seen,) = in_store(site, table, "return store.look(['parisxq']);")
        assert seen["id"] == -1 and [piece["token"] for piece in seen["pieces"]] == table.pieces("parisxq")
        assert seen["close"] and all(word.strip("…").lower().startswith("par") for word in seen["close"])

    def test_a_word_beyond_what_is_carried_is_nobody_elses(self, site: Path) -> None:
        """GloVe's 60,000th word is not carried, and no other spelling stands in for it."""
        glove = tables.load("glove")
        rare = glove.tokens[60_000]
        seen = in_store(site, glove, "return [await store.find(data.word), await store.cut(data.word)];", word=rare)
        assert seen == [-1, [{"token": rare, "id": -1}]]


@functools.cache
def travelled(table: EmbeddingTable) -> EmbeddingTable:
    """The carried rows as they travel."""
    every = packs.rounded(table, np.arange(packs.carried(table), dtype=np.int32))
    return tables.from_vectors([str(i) for i in range(len(every))], every)


def python_nearest(
    table: EmbeddingTable, terms: dict[int, float], k: int, exclude: list[int], ids: np.ndarray | None
) -> list[geometry.Neighbor]:
    """What ``geometry`` finds on the same rows."""
    rounded = travelled(table)
    rows = geometry.unit(rounded.vectors[list(terms)].astype(float))
    total = (rows * np.array(list(terms.values()))[:, None]).sum(axis=0)
    pool = range(len(rounded)) if ids is None else ids
    return geometry.nearest_neighbors(rounded, total, k, ids=sorted({*map(int, pool)} - set(exclude)))


class TestStore:
    QUESTIONS: tuple[tuple[dict[str, float], bool], ...] = (
        ({"king": 1, "man": -1, "woman": 1}, True),
        ({"king": 1, "man": -1, "woman": 1}, False),
        ({"Paris": 1}, True),
        ({"happy": 1}, False),
        ({"refrigerator": 1}, True),
        ({"king": 1, "queen": -1}, True),
    )

    @pytest.mark.parametrize("whole", [False, True])
    def test_nearest(self, site: Path, table: EmbeddingTable, whole: bool) -> None:
        """The same rows in the same order, and the same cosines to six decimals."""
        asked = []
        for terms, leave_out in self.QUESTIONS:
            by_id = {i: weight for word, weight in terms.items() if (i := table.find(word)) is not None}
            asked.append((by_id, list(by_id) if leave_out else []))
        rare = [i for number in (0, packs.chunks(table) - 1) for i in packs.chunk_ids(table, number)[[0, -1]].tolist()]
        asked += [({i: 1}, [i]) for i in rare]
        is_whole, made = in_store(
            site,
            table,
            "if (data.whole) await store.loadAll();"
            "const found = [];"
            "for (const [terms, exclude] of data.asked) {"
            "  await store.rows(terms.map(([id]) => id));"
            "  found.push(store.nearest(terms, { k: 20, exclude }));"
            "}"
            "return [store.whole, found];",
            whole=whole,
            asked=[(list(terms.items()), exclude) for terms, exclude in asked],
        )
        assert is_whole == whole
        ids = None if whole else packs.pack_ids(table)
        for (terms, exclude), answer in zip(asked, made, strict=True):
            expected = python_nearest(table, terms, 20, exclude, ids)
            cosines = [one["value"] for one in answer]
            assert cosines == pytest.approx([one.cosine for one in expected], abs=2e-6)
            assert [one["i"] for one in answer] == [one.id for one in expected]
            assert all(one["label"] == table.word(one["i"]) for one in answer)

    def test_one_rare_word_brings_one_chunk(self, site: Path) -> None:
        """The last token of all, and twice at once: one request; its row is the table's, as they travel."""
        smollm2 = tables.load("smollm2")
        asked, rows, count = in_store(
            site,
            smollm2,
            "await Promise.all([store.rows([49151, 49150]), store.rows([49151])]);"
            "return [asked, [...store.vector(49151)], store.count];",
        )
        last = packs.chunks(smollm2) - 1
        assert asked == ["pack", f"rows-{last}"]
        assert rows == pytest.approx(packs.rounded(smollm2, np.array([49_151], dtype=np.int32))[0], rel=1e-6)
        assert count == len(packs.pack_ids(smollm2)) + len(packs.chunk_ids(smollm2, last))

    def test_a_frequent_word_needs_the_first_pack_alone(self, site: Path) -> None:
        seen = in_store(
            site,
            tables.load("smollm2"),
            "const id = await store.find('king'); await store.rows([id]);"
            "return [asked, store.nearest([[id, 1]], { k: 3, exclude: [id] }).map(({ label }) => label)];",
        )
        assert seen[0] == ["pack"] and "queen" in seen[1]

    def test_a_search_of_all_rows_reports_stops_and_goes_on(self, site: Path) -> None:
        """After a stop and after a chunk that failed, what has come stays, and the rest is asked for once."""
        minilm = tables.load("minilm")
        stopped, failed, seen, asked, whole = in_store(
            site,
            minilm,
            """
            const told = [], outcome = (promise) => promise.then(() => "done", (error) => error.message || error.name);
            const ended = new AbortController();
            const first = await outcome(store.loadAll({ signal: ended.signal, progress: (count) => told.push(count) === 7 && ended.abort(new Error("stopped")) }));
            await new Promise((resolve) => setTimeout(resolve, 50));
            const after = told.length;
            globalThis.broken = (kind) => kind === "rows-20";
            const second = await outcome(store.loadAll({ progress: (count) => told.push(count) }));
            globalThis.broken = undefined;
            const partly = [store.whole, store.count < store.carried];
            await store.loadAll({ progress: (count, of) => told.push(count / of) });
            return [[first, after], [second, ...partly], told.at(-1), asked, [store.whole, store.count]];
            """,
        )
        assert stopped[0] == "stopped" and 7 <= stopped[1] <= 7 + 4
        assert failed == ["The file rows-20 did not load.", False, True]
        assert seen == 1 and whole == [True, packs.carried(minilm)]
        assert sorted(asked) == sorted(
            ["pack", "tokens", "rows-20", *(f"rows-{i}" for i in range(packs.chunks(minilm)))]
        )

    def test_a_row_of_zeros_and_a_sum_of_zeros_have_no_neighbour(self) -> None:
        raw = datasets.of_table("pack", tables.from_vectors(["a", "b", "none"], [[1, 0], [0, 1], [0, 0]]))
        found = run(
            "const typed = { codes: new Int8Array(data.codes), scales: new Float32Array(data.scales), ids: new Int32Array(data.ids) };"
            "const store = js.openStore({ meta: data.meta, arrays: typed });"
            "return [[[2, 1]], [[0, 1], [0, -1]], [[0, 1]]].map((terms) => store.nearest(terms, { k: 5 }).map(({ label }) => label));",
            meta=raw.meta,
            **{key: array.ravel().tolist() for key, array in raw.arrays.items()},
        )
        assert found == [[], [], ["a", "b", "none"]]

    def test_equal_scores_go_to_the_lower_index_as_in_python(self) -> None:
        generator: Callable[..., np.ndarray] = np.random.default_rng(3).normal
        scores = [*generator(size=300).round(2), *(0.5 + np.array([0, 2e-8, -3e-8, 4e-6]))]
        for k in (1, 2, 7, 40, 304, 400):
            made = run("return js.topK(data.scores, data.k, new Set([5]));", scores=scores, k=k)
            kept = np.where(np.arange(304) == 5, -np.inf, scores)
            assert made == geometry.top_k(kept, k).tolist()
        assert run("return js.topK([0.2, 0.1], 0);") == []
