"""JavaScript against Python on the same inputs, and what a widget carries and answers.

Expected values come from numpy on the same 8-bit rows, from the models' own tokenizer, or from arithmetic by hand.
"""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from embedbook import maps, tables, widgets
from embedbook.maps import atlas
from embedbook.widgets import arithmetic, datasets
from embedbook.widgets.view import HERE, View, joined
from tests.unit.node import run

VIEWS = tuple(widgets.__all__)
TEXTS = [
    "The capital of France is Paris",
    "Déjà vu, naïve façade — and the Zürich-based café…",
    "defenestration unhappily antidisestablishmentarianism",
    "don't you're it's U.S. state-of-the-art 3.14 $5 #tag @you",
    "東京タワー and 中文 mixed한국어",
    "emoji 😀👍🏽 and \u200bzero\u200d width\ufeff",
    "tabs\tnew\nlines\r\nand\u00a0no-break\u3000wide",
    "İstanbul STRASSE straße ǅ ﬁ",
    "a" * 120,
    "",
    "   ",
    "!!!???...",
    "[CLS] [UNK] ##ing",
    "a[MASK]b [mask] [SEP][PAD]. [CLS",
    "ΟΔΟΣ Οδός ΣΑΣ",
    "file\x1cgroup\x1drecord\x1eunit\x1fnext\x85line",
    "null\x00byte control\x07bell \ufffd replacement",
]


@pytest.fixture(scope="module")
def site_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    datasets.write_site_data(folder)
    return folder


class TestDataSets:
    @given(arrays(np.float32, (4, 7), elements=st.floats(-100, 100, width=32)))
    def test_rounding_is_at_most_half_a_step(self, rows: np.ndarray) -> None:
        """A property of rounding to the nearest step, of each row by itself."""
        codes, scales = datasets.quantize(rows)
        errors = np.abs(codes * scales[:, None].astype(float) - rows)
        assert (errors <= scales[:, None].astype(float) * 0.5001 + 1e-30).all()

    def test_a_script_unpacks_to_the_same_arrays(self, site_data: Path) -> None:
        """Browser and Python hold the same bytes: sums over them are equal."""
        for name in datasets.SITE_DATASETS:
            data = datasets.dataset(name)
            sums = run(
                "const { arrays } = load(data.path);"
                "const sum = (a) => a.reduce((s, x) => s + x, 0);"
                "return Object.fromEntries(Object.entries(arrays).map(([k, a]) => [k, [a.length, sum(a)]]));",
                path=str(site_data / f"{name}.js"),
            )
            for key, array in data.arrays.items():
                assert sums[key][0] == array.size
                assert sums[key][1] == pytest.approx(float(array.astype(float).sum()), rel=1e-9)

    @pytest.mark.parametrize("name", ["minilm", "glove"])
    def test_rows_are_the_tables_rows(self, name: str) -> None:
        data, table = datasets.dataset(f"rows-{name}"), tables.load(name)
        ids = data.arrays["ids"]
        assert [table.word(int(i)) for i in ids] == data.words
        assert len(set(data.words)) == len(data.words)
        exact = np.asarray(table.vectors[ids])
        assert (np.abs(data.rows() - exact) <= np.abs(exact).max(axis=1, keepdims=True) / 254 * 1.001).all()

    @pytest.mark.parametrize("name", ["rows-", "rows-none", "minilm", "../../etc/passwd", "vocabulary-none"])
    def test_another_name_is_an_error(self, name: str) -> None:
        with pytest.raises(ValueError, match="no data set"):
            datasets.dataset(name)

    def test_cuts_that_a_browser_cannot_make_are_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No wrong tokens are shown for a byte-level table."""
        monkeypatch.setattr(tables.EmbeddingTable, "tokenization", property(lambda _: "byte-level"))
        with pytest.raises(ValueError, match="Choose another table"):
            datasets._vocabulary("vocabulary-minilm", tables.load("minilm"))

    def test_the_kind_of_cut_is_the_tables(self) -> None:
        kinds = [datasets.dataset(f"vocabulary-{name}").meta["kind"] for name in ("minilm", "glove")]
        assert kinds == ["wordpiece", "words"]


class TestTokens:
    def test_wordpiece_is_the_models_own(self) -> None:
        """The `tokenizers` library, with the model's file, is the truth."""
        table = tables.load("minilm")
        made = run(
            "const v = new Map(data.tokens.map((t, i) => [t, i])); return data.texts.map((t) => core.wordpiece(v, t));",
            tokens=list(table.tokens),
            texts=TEXTS,
        )
        for text, tokens in zip(TEXTS, made, strict=True):
            assert tokens == table.pieces(text), text

    def test_whole_words_are_the_tables(self) -> None:
        table = tables.load("glove")
        words = list(table.tokens[:200_000])
        texts = [text for text in TEXTS if "İ" not in text]  # no two systems agree on lower-case İ
        made = run(
            "const v = new Map(data.words.map((t, i) => [t, i])); return data.texts.map((t) => core.wholeWords(v, t));",
            words=words,
            texts=texts,
        )
        assert made == [table.pieces(text) for text in texts]


class TestArithmetic:
    @pytest.mark.parametrize("name", ["minilm", "glove"])
    @pytest.mark.parametrize(("word", "k"), [("paris", 5), ("cat", 20), ("python", 1), ("refrigerator", 7)])
    def test_neighbors(self, site_data: Path, name: str, word: str, k: int) -> None:
        view = widgets.neighbors(word, k=k, tables=[name], first=name).view
        found = run(
            "return views.neighbors.neighbors(core.unpackRows(load(data.path)), data.word, data.k);",
            path=str(site_data / f"rows-{name}.js"),
            word=word.upper(),
            k=k,
        )
        expected = view.found(name)
        assert [w for w, _ in found] == [w for w, _ in expected]
        assert [c for _, c in found] == pytest.approx([c for _, c in expected], abs=1e-9)

    @pytest.mark.parametrize("name", ["minilm", "glove"])
    @pytest.mark.parametrize(
        ("a", "b", "c", "step"),
        [("king", "man", "woman", 1), ("paris", "france", "japan", 0.35), ("cat", "dog", "cat", 2)],
    )
    @pytest.mark.parametrize("exclude", [True, False])
    def test_analogy(self, site_data: Path, name: str, a: str, b: str, c: str, step: float, exclude: bool) -> None:
        view = widgets.analogy(a, b, c, exclude=exclude, tables=[name], first=name).view
        view.step = step
        result = run(
            "return views.analogy.analogy(core.unpackRows(load(data.path)), data);",
            path=str(site_data / f"rows-{name}.js"),
            a=a, b=b, c=c, step=step, k=5, exclude=exclude,
        )  # fmt: skip
        expected = view.found(exclude)
        assert [item["label"] for item in result["found"]] == [w for w, _ in expected]
        assert [item["value"] for item in result["found"]] == pytest.approx([v for _, v in expected], abs=1e-9)

    @pytest.mark.parametrize("length", [0.2, 1, 5])
    def test_pair(self, site_data: Path, length: float) -> None:
        """Dot product and cosine of the stretched row, by numpy."""
        rows = datasets.dataset("rows-glove")
        i, j = (arithmetic.position(rows, word) for word in ("king", "queen"))
        a, b = rows.rows()[i], rows.rows()[j] * length
        found = run(
            "return views.pair.compare(core.unpackRows(load(data.path)), 'king', 'queen', data.length);",
            path=str(site_data / "rows-glove.js"),
            length=length,
        )
        assert found["dot"] == pytest.approx(a @ b)
        assert found["cosine"] == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.floats(-1, 1), min_size=2, max_size=30), st.data())
    def test_top_k_with_ties(self, scores: list[float], more: st.DataObject) -> None:
        """A stable sort by falling score is the truth, ties included."""
        scores += [scores[0]] * 3
        k = more.draw(st.integers(1, len(scores)))
        excluded = more.draw(st.sets(st.integers(0, len(scores) - 1), max_size=3))
        expected = [int(i) for i in np.argsort(-np.array(scores), kind="stable") if i not in excluded][:k]
        assert (
            run("return core.topK(data.scores, data.k, new Set(data.x));", scores=scores, k=k, x=list(excluded))
            == expected
        )

    def test_percentile_is_numpys_interpolation(self) -> None:
        points = widgets.pair("cat", "dog").view.baselines[0][0]["percentiles"]
        middles = [(a + b) / 2 for a, b in itertools.pairwise(points) if a < b]
        values = [-1.0, *middles, *(v + 1e-4 for v in middles), points[-1] + 1e-4, 1.0]
        values = [value for value in values if value not in points]  # at a repeated point any answer between is right
        made = run(
            "return data.values.map((v) => views.pair.percentileOf(data.points, v));", points=points, values=values
        )
        assert made == pytest.approx(np.interp(values, points, np.arange(101)), abs=1e-6)

    def test_numbers_are_printed_alike(self) -> None:
        """Exact halves among them: toFixed takes them away from zero, Python's format to the even digit."""
        values = [0, -0.0, -0.004, 0.005, 0.995, -0.25, 12.3456, 1e-9, -7, 0.125, -0.125, 0.375, 98.5, 2.5, -2.5, 0.5]
        for digits in (0, 1, 2, 3):
            made = run("return data.values.map((v) => core.fixed(v, data.digits));", values=values, digits=digits)
            assert made == [arithmetic.fixed(v, digits) for v in values]

    def test_rows_of_zeros_have_cosine_zero(self) -> None:
        """In both languages, and neither divides by nought."""
        data = datasets.Dataset(
            "rows-own",
            {"table": "own", "dimensions": 2, "uncased": True, "words": "a b caf\u00e9"},
            {
                "codes": np.array([[3, 4], [0, 0], [0, 5]], np.int8),
                "scales": np.ones(3, np.float32),
                "ids": np.arange(3, dtype=np.int32),
            },
        )
        units = arithmetic.unit_rows(data)
        expected = [arithmetic.cosines(units, data.rows()[i]).tolist() for i in range(3)]
        assert expected[1] == [0, 0, 0]
        assert arithmetic.position(data, " CAFE\u0301 ") == 2
        made = run(
            "const rows = core.unpackRows({ meta: data.meta, arrays: data.arrays });"
            "const cosines = (i) => [...core.cosinesToAll(rows, core.vector(rows, i))];"
            "return [[0, 1, 2].map(cosines), core.find(rows, data.word)];",
            meta=data.meta,
            arrays={key: array.ravel().tolist() for key, array in data.arrays.items()},
            word=" CAFE\u0301 ",
        )
        assert made[1] == 2
        assert made[0] == [pytest.approx(row) for row in expected]

    def test_the_walk_starts_at_the_start_and_passes_the_answer(self, site_data: Path) -> None:
        """At step 0 the sum is the start itself; at step 1 its cosines are those of the bars."""
        walked, found = run(
            "const rows = core.unpackRows(load(data.path));"
            "const state = { a: 'king', b: 'man', c: 'woman', step: 1, k: 1, exclude: true };"
            "const result = views.analogy.analogy(rows, state);"
            "return [[...views.analogy.walk(rows, result)], result.found];",
            path=str(site_data / "rows-glove.js"),
        )
        lines = dict(walked)
        assert list(lines) == ["king", "woman", found[0]["label"]]
        assert lines["king"][0] == [0, pytest.approx(1)]
        assert lines[found[0]["label"]][20] == [1, pytest.approx(found[0]["value"])]


class TestSentences:
    """The sentence under a picture is the same from both languages, to the last character."""

    @pytest.mark.parametrize("name", ["minilm", "glove"])
    @pytest.mark.parametrize("word", ["paris", " Queen ", "python"])
    def test_neighbors(self, site_data: Path, name: str, word: str) -> None:
        said = run(
            "const rows = core.unpackRows(load(data.path)); const { neighbors, sentence } = views.neighbors;"
            "return sentence(rows, data.word, neighbors(rows, data.word, 5));",
            path=str(site_data / f"rows-{name}.js"),
            word=word,
        )
        assert said == widgets.neighbors(word, tables=[name], first=name).view.text()
        assert f"among the {len(datasets.dataset(f'rows-{name}').words):,} words carried here" in said

    def test_a_table_that_lacks_the_word_is_said_beside_one_that_has_it(self, site_data: Path) -> None:
        word = next(w for w in datasets.dataset("rows-glove").words if w not in datasets.dataset("rows-minilm").words)
        said = [
            run(
                "const rows = core.unpackRows(load(data.path)); const { neighbors, sentence } = views.neighbors;"
                "return sentence(rows, data.word, neighbors(rows, data.word, 5));",
                path=str(site_data / f"rows-{name}.js"),
                word=word,
            )
            for name in ("minilm", "glove")
        ]
        assert " ".join(said) == widgets.neighbors(word, first="minilm").view.text()
        assert "is not among the" in said[0]

    @pytest.mark.parametrize("exclude", [True, False])
    @pytest.mark.parametrize("step", [1, 0.35, 0, 2])
    def test_analogy(self, site_data: Path, exclude: bool, step: float) -> None:
        view = widgets.analogy("King", "man", " woman", exclude=exclude, first="minilm").view
        view.step = step
        said = run(
            "const rows = core.unpackRows(load(data.path)); const { analogy, sentence } = views.analogy;"
            "return sentence(rows, analogy(rows, data), data);",
            path=str(site_data / "rows-minilm.js"),
            a="King", b="man", c=" woman", step=step, k=5, exclude=exclude,
        )  # fmt: skip
        assert said == view.text()

    @pytest.mark.parametrize("pool", [0, 1])
    @pytest.mark.parametrize("length", [1, 2.5])
    def test_pair(self, site_data: Path, pool: int, length: float) -> None:
        view = widgets.pair("cat", "Bicycle", first="glove").view
        view.pool, view.length = pool, length
        said = run(
            "const rows = core.unpackRows(load(data.path)), { compare, percentileOf, sentence } = views.pair;"
            "const found = compare(rows, 'cat', 'Bicycle', data.length);"
            "return sentence(rows, found, data.length, percentileOf(data.points, found.cosine), data.pool);",
            path=str(site_data / "rows-glove.js"),
            points=view.baselines[0][pool]["percentiles"],
            pool=view.pools[pool],
            length=length,
        )
        assert said == view.text()

    @pytest.mark.parametrize("position", [1, 6, 40])
    def test_lookup(self, site_data: Path, position: int) -> None:
        """A position past the end is the last token."""
        text = "The capital of France is Paris"
        said = run(
            "const v = views.lookup.unpackVocabulary(load(data.path)), found = views.lookup.lookup(v, data.text);"
            "return views.lookup.sentence(v, found, Math.min(data.position, found.length) - 1);",
            path=str(site_data / "vocabulary-minilm.js"),
            text=text,
            position=position,
        )
        assert said == widgets.lookup(text, position=position, first="minilm").view.text()


class TestState:
    """Anybody's text in an address is kept only where it fits its field."""

    @pytest.mark.parametrize(
        ("field", "text", "expected"),
        [
            ({"kind": "integer", "min": 1, "max": 20}, "7", 7),
            ({"kind": "integer", "min": 1, "max": 20}, "7.6", 8),
            ({"kind": "integer", "min": 1, "max": 20}, "99999", 20),
            ({"kind": "integer", "min": 1, "max": 20}, "", None),
            ({"kind": "integer", "min": 1, "max": 20}, "NaN", None),
            ({"kind": "number", "min": 0, "max": 2}, "1e309", None),
            ({"kind": "number", "min": 0, "max": 2}, "-3", 0),
            ({"kind": "flag"}, "1", True),
            ({"kind": "flag"}, "0", False),
            ({"kind": "text"}, "x" * 999, "x" * 300),
            ({"kind": "text"}, "<b>", "<b>"),
        ],
    )
    def test_fitting(self, field: dict[str, Any], text: str, expected: object) -> None:
        assert run("return core.fitting(data.field, data.text);", field=field, text=text) == expected

    def test_store_keeps_other_keys_and_odd_characters(self) -> None:
        body = """
            globalThis.document = { documentElement: { dataset: { content_root: "../" } } };
            globalThis.location = new URL("file:///book/page.html?course=nlp#section");
            globalThis.history = { state: null, replaceState: (s, t, url) => { globalThis.location = url; } };
            const store = core.pageStore();
            store.write("one", { word: "a;b:c%d&e=f#g", k: "3" });
            store.write("two", { word: "東京" });
            return [store.read("one"), store.read("two"), store.read("none"), location.href];
        """
        one, two, none, address = run(body)
        assert one == {"word": "a;b:c%d&e=f#g", "k": "3"}
        assert two == {"word": "東京"}
        assert none == {}
        assert "course=nlp" in address
        assert address.endswith("#section")

    def test_a_host_that_forbids_changes_does_not_stop_the_view(self) -> None:
        """Safari allows a hundred changes of the address in a while; a sandboxed frame none."""
        body = """
            globalThis.document = { documentElement: { dataset: { content_root: "../" } } };
            globalThis.location = new URL("file:///book/page.html");
            globalThis.history = { state: null, replaceState: () => { throw new Error("SecurityError"); } };
            core.pageStore().write("one", { k: "3" });
            return location.href;
        """
        assert run(body) == "file:///book/page.html"


def test_the_lookup_starts_on_a_table_that_it_can_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDBOOK_TABLE", "gemma")
    assert widgets.lookup().view.chosen == "minilm"
    assert widgets.lookup().view.text().startswith("6 tokens")
    assert widgets.neighbors().view.tables[0] == "gemma"


class TestMechanism:
    @pytest.mark.parametrize("folder", VIEWS)
    def test_joined_module_stands_alone(self, folder: str, tmp_path: Path) -> None:
        """It has no import, and it is a module that Node accepts with a render function."""
        text = joined(folder)
        assert not re.search(r"^import ", text, re.MULTILINE)
        (tmp_path / "joined.mjs").write_text(text, encoding="utf-8")
        assert (
            run("return typeof (await import(data.path)).default.render;", path=(tmp_path / "joined.mjs").as_uri())
            == "function"
        )

    def test_core_has_no_import(self) -> None:
        assert not re.search(r"^\s*import\b", (HERE / "core.mjs").read_text(encoding="utf-8"), re.MULTILINE)

    def test_user_text_never_becomes_html(self) -> None:
        """No view and not the core writes markup: text enters as text nodes."""
        for path in [HERE / "core.mjs", *HERE.glob("*/view.mjs")]:
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", path.read_text(encoding="utf-8")
            )

    def test_the_kernel_answers_a_view(self) -> None:
        """What a view asks by message is what the site ships, byte for byte; a wrong name gets a sentence."""
        view = widgets.neighbors("paris").view
        sent: list[tuple[dict[str, Any], list[bytes]]] = []
        view.send = lambda content, buffers=(): sent.append((content, list(buffers)))
        for content in ({"dataset": "rows-glove"}, {"dataset": "rows-nothing"}, {"dataset": 7}, {}):
            View._answer(view, view, content, [])
        (rows, buffers), *errors = sent
        assert [error["dataset"] for error, _ in errors] == ["rows-nothing", 7, None]
        data = datasets.dataset("rows-glove")
        assert rows["meta"] == data.meta
        assert buffers == [array.tobytes() for array in data.arrays.values()]
        assert all("No data set" in error["error"] for error, _ in errors)

    def test_any_failure_of_the_kernel_is_a_sentence(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The browser never waits for an answer that does not come; the kernel's log keeps the traceback."""

        def broken(name: str) -> None:
            raise MemoryError("too large")

        view = widgets.neighbors("paris").view
        sent: list[dict[str, Any]] = []
        view.send = lambda content, buffers=(): sent.append(content)
        monkeypatch.setattr(datasets, "dataset", broken)
        View._answer(view, view, {"dataset": "rows-glove"}, [])
        assert sent == [{"dataset": "rows-glove", "error": "The kernel failed: MemoryError: too large."}]
        assert "MemoryError" in caplog.text

    @pytest.mark.parametrize("make", [getattr(widgets, view) for view in VIEWS])
    def test_two_of_a_kind_can_have_keys_of_their_own(self, make: Any) -> None:
        assert make().view.key == make.__name__
        assert make(key="second").view.key == "second"

    @pytest.mark.parametrize("library", ["anywidget", "ipywidgets", "traitlets"])
    def test_a_missing_library_is_said(self, library: str) -> None:
        """The error is one of this package's own and ends with the command that mends it."""
        program = (
            f"import sys; sys.modules[{library!r}] = None\n"
            "from embedbook import tables\n"
            "try:\n    import embedbook.widgets\n"
            "except tables.MissingExtraError as error:\n    print(error)\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert "pip install ipywidgets anywidget" in done.stdout

    def test_a_widget_says_no_address(self) -> None:
        assert repr(widgets.neighbors("paris")) == "Panel(NeighborsView(key='neighbors'))"

    def test_a_word_without_a_row_gets_suggestions(self, site_data: Path) -> None:
        said, once = run(
            "const rows = core.unpackRows(load(data.path));"
            "const words = ['', 'parisx', '<b>', 'x'.repeat(10000), '😀'];"
            "return [words.map((w) => core.unknown(rows, w)), core.unknown(rows, '', ' ')];",
            path=str(site_data / "rows-minilm.js"),
        )
        assert said[0] == "Type a word."
        assert once == "Type a word."
        assert "paris" in said[1].split("Close in spelling:")[1]
        assert all(len(sentence) < 250 for sentence in said)


class TestMaps:
    """The scores under a map, in JavaScript from the places and in Python from the full rows."""

    @pytest.mark.parametrize("name", ["minilm", "glove"])
    @pytest.mark.parametrize("points", ["categories", "frequent"])
    def test_every_map_has_pythons_sentence(self, site_data: Path, name: str, points: str) -> None:
        """Every seventh of all maps, with a word of the list, one of the other list, and none."""
        view = widgets.maps(points=points, first=name).view
        shape = [len(atlas.WORDS[points].perplexities), len(atlas.STARTS), len(atlas.STEPS)]
        states = list(itertools.product(*map(range, shape)))[::7]
        words = itertools.cycle(["love", " France ", "", "Until", "<b>"])
        asked = [
            {"perplexity": p, "start": s, "iterations": i, "word": w}
            for (p, s, i), w in zip(states, words, strict=False)
        ]
        said = run(
            "const v = views.maps, set = v.unpackMaps(load(data.path));"
            "return data.asked.map((state) => {"
            "  const map = v.mapAt(set, state, data.starts.length), drawn = v.nearestOnMap(map.places, set.k);"
            "  const names = { label: data.label, perplexity: set.perplexities[state.perplexity], "
            "start: data.starts[state.start] };"
            "  return v.sentence(set, map, drawn, state.iterations, state.word, names);"
            "});",
            path=str(site_data / f"maps-{points}-{name}.js"),
            asked=asked,
            starts=view.starts,
            label=view.labels[view.points],
        )
        assert len(said) > 10
        for state, sentence in zip(asked, said, strict=True):
            for trait, value in state.items():
                setattr(view, trait, value)
            assert sentence == view.text()

    def test_scores_by_hand(self) -> None:
        """Four words at 0, 1, 3, 9 on a line, in truth at 0, 1, 9, 3: the first two keep their one nearest."""
        found, near = run(
            "const set = { words: [...'abcd'], k: 1, classes: [...'xyyx'], neighbors: Int16Array.of(1, 0, 3, 1) };"
            "const drawn = views.maps.nearestOnMap(Int16Array.of(0, 0, 1, 0, 3, 0, 9, 0), 1);"
            "return [views.maps.scores(set, drawn), drawn];"
        )
        assert near == [[1], [0], [1], [2]]
        assert found["recall"] == 2 / 4
        assert found["chance"] == pytest.approx(1 / 3)
        assert found["same"] == 1 / 4  # only the third has its like beside it
        assert found["sameByChance"] == pytest.approx(4 / 12)

    def test_equal_distances_go_to_the_lower_index(self) -> None:
        """In both languages: whole numbers make equal distances equal."""
        places = [[0, 0], [3, 4], [5, 0], [-4, 3], [0, -5], [0, 0]]
        made = run(
            "return views.maps.nearestOnMap(Int16Array.from(data.places.flat()), 4);",
            places=places,
        )
        assert made == maps.nearest(places, 4).tolist()
        assert made[0] == [5, 1, 2, 3]

    def test_what_travels(self, site_data: Path) -> None:
        """Coordinates of the two tables that may be shared, small, and no row of any."""
        files = sorted(path.name for path in site_data.glob("maps-*.js"))
        assert files == [f"maps-{p}-{t}.js" for p in ("categories", "frequent") for t in ("glove", "minilm")]
        assert sum(path.stat().st_size for path in site_data.glob("maps-*.js")) < 500_000
        data = datasets.dataset("maps-frequent-minilm")
        assert {key: array.shape for key, array in data.arrays.items()} == {
            "places": (24, 4, 300, 2),
            "first": (4, 300, 2),
            "neighbors": (300, 10),
        }
        assert len(data.meta["trust"]) == 24 and {len(line) for line in data.meta["trust"]} == {5}

    def test_a_word_is_found_in_any_letter_case(self, site_data: Path) -> None:
        """*Love* is among the 300 words, *cat* in no letter case: the text and what is marked say the same of both."""
        view = widgets.maps(points="frequent").view
        asked = ["love", "LOVE", " Love ", "", "cat", "Cat"]
        marked = run(
            "const v = views.maps, set = v.unpackMaps(load(data.path));"
            "return data.asked.map((word) => v.missing(set, word));",
            path=str(site_data / "maps-frequent-minilm.js"),
            asked=asked,
        )
        lacking = [f"“{word}” is not one of the 300 words on this map." for word in ("cat", "Cat")]
        assert marked == ["", "", "", "", *lacking]
        for word, sentence in zip(asked, marked, strict=True):
            view.word = word
            assert ("Truly nearest to love:" in view.text()) == (word.strip().lower() == "love")
            assert sentence in view.text() and ("is not one" in view.text()) == bool(sentence)

    def test_the_widget_starts_on_a_table_that_has_maps(self) -> None:
        assert widgets.maps(first="glove").view.tables == ["glove", "minilm"]
        assert widgets.maps(first="gpt2").view.tables == ["minilm", "glove"]

    def test_labels_cover_no_other_and_stay_inside(self) -> None:
        """A label that finds no place on a map of the forty words is left out, never drawn over another."""
        for name in ("minilm", "glove"):
            for start in (42, "pca"):
                made = atlas.find(atlas.Key("categories", name, 8, start, 1_000))
                placed = run(
                    "const spots = views.maps.toPicture(Int16Array.from(data.places.flat()));"
                    "return views.maps.placeLabels(spots, data.words, data.words.map((_, i) => i), 15);",
                    places=made.places.tolist(),
                    words=atlas.words("categories"),
                )
                boxes = []
                for label in placed:
                    width = len(atlas.words("categories")[label["i"]]) * 15 * 0.56
                    left = label["x"] - {"start": 0, "end": width, "middle": width / 2}[label["anchor"]]
                    boxes.append((left, label["y"] - 12, left + width, label["y"] + 3))
                assert len(boxes) >= 32
                assert all(box[0] >= 0 and box[2] <= 640 for box in boxes)
                assert not [
                    (a, b)
                    for a, b in itertools.combinations(boxes, 2)
                    if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
                ]
