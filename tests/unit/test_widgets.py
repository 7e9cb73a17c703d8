"""What a widget carries, says and answers, in Python and, on a page without a browser, in JavaScript.

Expected values come from numpy and ``geometry`` on the same 8-bit rows, from the models' own tokenizer, or by hand.
"""

from __future__ import annotations

import gc
import itertools
import re
import subprocess
import sys
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import bundle
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from embedbook import tables, widgets
from embedbook.maps import atlas
from embedbook.tables import EmbeddingTable
from embedbook.widgets import datasets, packs
from embedbook.widgets.sentences import fixed
from embedbook.widgets.view import HERE, Panel, View, script
from tests.awkward import AWKWARD_TEXTS, AWKWARD_WORDS
from tests.scenarios import OWN, SCENARIOS, Scenario, compass
from tests.unit.node import answered, play, run, words

SITE = {"root": "../"}
"""A page of the built site; without it, a notebook."""
NOTHING = "Nothing is nearest: the sum is all zeros, or no row is left but the inputs."


def assert_python_says_the_same(panel: Panel, states: Iterable[Mapping[str, Any]]) -> None:
    """In each of the states, from the present one on, to the last character."""
    states = [{}, *states]
    for state, drawn in zip(states, play(panel, *states[1:]), strict=True):
        for trait, value in state.items():
            setattr(panel.view, trait, value)
        assert (drawn.kind, drawn.text) == ("drawn", repr(panel)), state


class TestDataSets:
    @given(arrays(np.float32, (4, 40), elements=st.floats(-100, 100, width=32)), st.sampled_from([8, 16]))
    def test_rounding_is_at_most_half_a_step(self, rows: np.ndarray, bits: int) -> None:
        """A property of rounding to the nearest step, of each 32 numbers by themselves."""
        codes, scales = packs.quantize(rows, bits)
        errors = np.abs(packs.dequantize(codes, scales).astype(float) - rows)
        steps = np.repeat(scales, 32, axis=1)[:, :40].astype(float)
        assert scales.shape == (4, 2) and (errors <= steps * 0.51 + np.abs(rows) * 1e-6 + 1e-30).all()

    def test_a_script_of_the_site_unpacks_to_the_same_arrays(self, tmp_path: Path) -> None:
        """Browser and Python hold the same bytes: sums over them are equal. And it is all that travels."""
        minilm = tables.load("minilm")
        paths = datasets.write_site_data(tmp_path, ["minilm"])
        kinds = {"pack", "tokens", "maps-categories", "maps-frequent", *(f"rows-{i}" for i in range(76))}
        assert {path.name for path in tmp_path.iterdir()} == {f"{kind}-minilm.js" for kind in kinds}
        for path in (path for path in paths if re.search("pack|maps|rows-7", path.name)):
            data = datasets.of_table(path.stem.removesuffix("-minilm"), minilm)
            sums = run(
                "(0, eval)(data.script);"
                "const { arrays } = js.unpackSite(Object.values(globalThis.embedbookPacked).at(-1));"
                "return Object.entries(arrays).map(([key, a]) => [key, a.length, a.reduce((s, x) => s + x, 0)]);",
                script=path.read_text(encoding="utf-8"),
            )
            for (key, size, total), (name, array) in zip(sums, data.arrays.items(), strict=True):
                assert (key, size) == (name, array.size)
                assert total == pytest.approx(float(array.astype(float).sum()), rel=1e-9)
        assert sum(path.stat().st_size for path in paths if "maps" in path.name) < 500_000

    @pytest.mark.parametrize("name", datasets.SITE_TABLES)
    def test_a_licence_that_keeps_rows_at_home_is_kept(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        """One word more in the list of the site's tables ships nobody's rows, and a known name is no licence."""
        held = tables.from_vectors(["a", "b"], [[1, 0], [0, 1]], name="held")
        monkeypatch.setattr(datasets, "SITE_TABLES", (name, "held"))
        load = tables.load
        monkeypatch.setattr(tables, "load", lambda asked: held if asked == "held" else load(asked))
        ours = load(name)
        other = EmbeddingTable(replace(ours.card, rows_may_travel=False), ours.vocabulary, ours.vectors)
        assert [datasets.on_site(table) for table in (ours, held, other)] == [True, False, False]
        with pytest.raises(ValueError, match="does not let its rows travel"):
            list(datasets.site_data(other))

    def test_only_the_books_own_tables_may_travel(self) -> None:
        known = {name: entry.entry["rows_may_travel"] for name, entry in tables.known.KNOWN.items()}
        assert known == {"smollm2": True, "minilm": True, "glove": True, "gemma": False, "gpt2": True}
        assert datasets.SITE_TABLES == ("smollm2", "minilm", "glove")

    @pytest.mark.parametrize("kind", ["", "none", "rows-", "../rows", "maps-none", "maps-", "vocabulary-x"])
    def test_another_kind_is_an_error(self, kind: str) -> None:
        for of, table in ((kind, tables.load("minilm")), ("maps-frequent", compass())):
            with pytest.raises(ValueError, match="no data set"):
                datasets.of_table(of, table)

    def test_the_page_starts_on_the_table_of_the_notebook(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Then the book's own."""
        monkeypatch.delenv("EMBEDBOOK_TABLE", raising=False)
        assert widgets.neighbors().view.files == widgets.lookup().view.files == ["smollm2", "minilm", "glove"]
        monkeypatch.setenv("EMBEDBOOK_TABLE", "glove")
        assert widgets.neighbors().view.files == ["glove", "smollm2", "minilm"]
        assert widgets.maps().view.tables == ["GloVe", "SmolLM2", "MiniLM"]

    def test_nothing_outlives_a_table(self) -> None:
        table = compass()
        datasets.of_table("pack", table), datasets.of_table("tokens", table)
        gone = weakref.ref(table)
        del table
        gc.collect()
        assert gone() is None


class TestAwkward:
    """One list of words and texts through every entry: the same ids as Python's, or "not carried"."""

    def test_words_of_a_table_of_ones_own(self) -> None:
        """Cased, with words that are no words. The book's own tables have their test beside their packs."""
        cased = ["Café", "PARIS", "king", "3:30", "__proto__", "<b>", "straße"]
        panel = widgets.neighbors("king", tables=[tables.from_vectors(cased, np.eye(7), name="own")])
        for word, drawn in zip(
            AWKWARD_WORDS, play(panel, *({"word": word} for word in AWKWARD_WORDS))[1:], strict=True
        ):
            panel.view.word = word
            assert drawn.text == (panel.view.text() if panel.view.chosen.find(word) is not None else ""), word

    @pytest.mark.parametrize("name", ["minilm", "glove"])
    def test_normalizers(self, name: str) -> None:
        table = tables.load(name)
        about = {"kind": table.kind, "uncased": table.card.uncased}
        seen = run("return data.words.map((word) => js.normalize(data.about, word));", about=about, words=AWKWARD_WORDS)
        assert seen == [table.normalize(word) for word in AWKWARD_WORDS]

    @pytest.mark.parametrize("chosen", [0, 1, 2])
    @pytest.mark.parametrize(
        ("view", "trait"),
        [
            *[(view, "word") for view in ("neighbors", "basis", "maps")],
            *[("pair", "b"), ("analogy", "c"), ("lookup", "sentence"), ("pieces", "word")],
        ],
    )
    def test_widgets(self, view: str, trait: str, chosen: int) -> None:
        """A word that is carried is drawn with Python's sentence; any other gets a message and no picture's text."""
        asked = AWKWARD_WORDS + (AWKWARD_TEXTS if view == "lookup" else ())
        panel = getattr(widgets, view)()
        panel.view.table = min(chosen, len(panel.view.tables) - 1)
        for word, drawn in zip(asked, play(panel, *({trait: word} for word in asked))[1:], strict=True):
            setattr(panel.view, trait, word)
            if drawn.kind == "drawn":
                assert drawn.text == panel.view.text(), word
            else:
                assert (drawn.kind, drawn.text) == ("problem", "")
                assert 10 < len(drawn.problem) < 400 and not drawn.all("b")
                assert re.search("is not (among|one token)|Type a (sentence|word)", panel.view.text()), word

    def test_a_word_without_a_row_gets_suggestions_once(self) -> None:
        typo, nothing = play(widgets.neighbors(), {"word": "parisx"}, {"word": ""})[1:]
        assert "Close in spelling: Paris" in typo.problem
        assert nothing.problem == "Type a word."


def rows_of(*vectors: list[float]) -> EmbeddingTable:
    """A small table of the words a, b, c ..."""
    return tables.from_vectors([*"abcd"[: len(vectors)]], vectors)


HUGE = rows_of([1e38, 2e38], [3e38, 0], [-1e38, 1e37])
TIED = rows_of(*([126 / 127] * lower + [1.0] * (400 - lower) for lower in (0, 3, 1, 2)))
"""Of cosines that differ after the sixth decimal alone the first row's is the nearest."""


class TestSentences:
    """The sentence under a picture is the same from both languages, to the last character."""

    @pytest.mark.parametrize("scenario", SCENARIOS + OWN, ids=str)
    def test_a_reader_moves_every_control(self, scenario: Scenario) -> None:
        """What a control moves is set in the browser alone, which moves what follows it."""
        panel, moves = scenario.make(), scenario.moves()
        assert repr(panel) == panel._repr_mimebundle_()["text/plain"]
        first, *shown = play(panel, *({move.trait: move.value} for move in moves))
        assert (first.kind, first.text) == ("drawn", panel.view.text())
        for move, drawn in zip(moves, shown, strict=True):
            move.take(panel)
            assert (drawn.kind, drawn.text) == ("drawn", panel.view.text()), move

    @pytest.mark.parametrize("points", list(datasets.MAPS_OF))
    @pytest.mark.parametrize("table", [0, 1, 2])
    def test_every_seventh_map(self, table: int, points: str) -> None:
        plan, panel = atlas.WORDS[points], widgets.maps(points=points)
        shape = map(range, (len(plan.perplexities), len(atlas.STARTS), len(atlas.STEPS)))
        states = [dict(zip(("perplexity", "start", "iterations"), at, strict=True)) for at in itertools.product(*shape)]
        panel.view.table = table
        asked = itertools.cycle(["love", " France ", ""])
        assert_python_says_the_same(panel, [{**state, "word": next(asked)} for state in states[::7]])

    def test_every_dtype_of_every_model(self) -> None:
        panel = widgets.size()
        data = panel.view.data
        for preset, (_, rows, width, tied, _) in enumerate(data["presets"]):
            own = {"rows": data["row_stops"].index(rows), "dimensions": data["dimension_stops"].index(width)}
            states = [{"preset": preset}, {"tied": tied, **own}]
            for dtype in range(len(data["dtypes"])):
                states += [{"dtype": dtype, "tied": True, "rows": 0}, {"tied": False, "rows": 9}]
            assert_python_says_the_same(panel, [states[0] | states[1], *states[2:]])

    def test_numbers_are_printed_alike(self) -> None:
        """Exact halves among them: toFixed takes them away from zero, Python's format to the even digit."""
        values = [0, -0.0, -0.004, 0.005, 0.995, -0.25, 12.3456, 1e-9, -7, 0.125, -0.125, 0.375, 98.5, 2.5, -2.5, 0.5]
        values += [9_999_999_999.5, 1e10, -1.125e15, 1.5e21, 3.4e38, 1e76]
        made = run("return [0, 1, 2, 3].map((n) => data.values.map((v) => js.fixed(v, n)));", values=values)
        assert made == [[fixed(v, digits) for v in values] for digits in range(4)]

    @pytest.mark.parametrize(
        ("panel", "said"),
        [
            (lambda: widgets.pair("a", "b", tables=[HUGE]), "Dot product 3.00e+76."),
            (lambda: widgets.lookup("a b c", tables=[HUGE]), "begins −1.00e+38, 1.00e+37."),
            (lambda: widgets.basis("b", 45, tables=[HUGE]), "begins 2.12e+38 instead of 3.00e+38"),
            (lambda: widgets.neighbors("a", tables=[HUGE]), "nearest to b (cosine 0.45, of random pairs"),
            (lambda: widgets.analogy("a", "b", "c", exclude=False, tables=[HUGE]), "nearest to"),
            (lambda: widgets.neighbors("a", tables=[TIED]), "nearest to b (cosine 1.00, of random pairs"),
            (lambda: widgets.basis("a", 0, 50, tables=[TIED]), "nearest to b (cosine 1.00)"),
            (lambda: widgets.neighbors("nowhere", tables=[compass()]), "its row is all zeros, or the only one."),
            (lambda: widgets.basis("a", tables=[rows_of([1, 2])]), "its row is all zeros, or the only one."),
        ],
    )
    def test_rows_of_extreme_numbers(self, panel: Any, said: str) -> None:
        """No overflow, no decision by a last digit, and no bars for a row without neighbours."""
        assert_python_says_the_same(made := panel(), [])
        assert said in repr(made)
        assert "only one" not in said or not play(made)[0].all("eb-number")

    @pytest.mark.parametrize(
        ("panel", "problem"),
        [
            (lambda: widgets.analogy("North", "nowhere", "South", tables=[compass()]), NOTHING),
            (
                lambda: widgets.pair("North", "nowhere", tables=[compass()]),
                "A row of zeros has no direction, so no cosine.",
            ),
        ],
    )
    def test_what_has_no_answer_is_said(self, panel: Any, problem: str) -> None:
        """A row of zeros has no cosine, a sum of zeros no answer, and no rounding decides one."""
        (drawn,) = play(made := panel())
        assert (drawn.kind, drawn.problem, repr(made)) == ("problem", problem, problem)


class TestOwnTables:
    """A table is an object, its name is a label."""

    def test_two_of_a_name_are_two(self) -> None:
        panel = widgets.neighbors("North", tables=[compass(), "glove", compass()])
        assert panel.view.tables == ["glove", "GloVe", "glove (2)"]
        assert panel.view.carried == ["GloVe"]
        assert "In glove, among all 6 rows, North is nearest to New York" in repr(panel)

    def test_sentences_name_tables_as_their_cards_do(self) -> None:
        """By the short name of a card, by the name of one without; the site's files keep their names."""
        own = tables.from_vectors(["a", "b", "c"], np.eye(3), name="my vectors")
        bare = EmbeddingTable(replace(own.card, short=""), own.vocabulary, own.vectors)
        assert [repr(widgets.neighbors("a", tables=[one]))[:15] for one in (own, bare)] == ["In my vectors, "] * 2
        panel = widgets.neighbors("paris", tables=["minilm", "glove"])
        (drawn,) = play(panel, **SITE)
        assert drawn.text == repr(panel) and drawn.text.startswith("In MiniLM, ") and " In GloVe, " in drawn.text
        assert panel.view.files == ["minilm", "glove"]

    def test_a_static_page_has_the_books_rows_alone(self) -> None:
        """An own table of a known name is never answered with the known one's rows."""
        panel = widgets.neighbors("paris", tables=[compass(), "minilm"])
        _, own, known = play(panel, {"table": 0}, {"table": 1}, **SITE)
        assert own.problem == "The rows of glove are only in the notebook, where this widget shows them."
        assert known.problem == ""

    def test_a_name_or_a_table_alone_is_one_table(self) -> None:
        for asked in ("glove", tables.load("glove")):
            assert widgets.pair(tables=asked).view.tables == ["GloVe"]


class TestKernel:
    @pytest.mark.parametrize(
        "asked", [{"kind": "pack", "table": "MiniLM"}, {"kind": "row", "table": "GloVe"}, {"kind": 7, "table": []}, {}]
    )
    def test_it_answers_a_view_about_its_own_tables(self, asked: dict[str, Any]) -> None:
        """What a view asks by message is what the site ships, byte for byte; anything else gets a sentence."""
        view, data = (
            widgets.neighbors("paris", tables=["glove"]).view,
            datasets.of_table("rows-3", tables.load("glove")),
        )
        rows, buffers = answered(view, {"kind": "rows-3", "table": "GloVe"})
        assert (rows["meta"], buffers) == ({"table": "GloVe"}, [array.tobytes() for array in data.arrays.values()])
        answer, _ = answered(view, asked)
        assert (answer["kind"], answer["table"]) == (asked.get("kind"), asked.get("table"))
        assert re.search("no table|No data set", answer["error"])

    def test_any_failure_is_a_sentence(self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        """The browser never waits for an answer that does not come; the kernel's log keeps the traceback."""

        def broken(*_: object) -> None:
            raise MemoryError("too large")

        panel = widgets.neighbors("paris", tables=["glove"])
        monkeypatch.setattr(datasets, "of_table", broken)
        (drawn,) = play(panel)
        assert (drawn.kind, drawn.text) == ("failed", "")
        assert drawn.problem == "The kernel failed: MemoryError: too large. Try again"
        assert "MemoryError" in caplog.text


ADDRESS = """
document.documentElement.dataset.content_root = "../";
globalThis.location = new URL("file:///book/page.html?course=nlp&one=word:short#section");
globalThis.history = { state: null, replaceState: (s, t, url) => { globalThis.location = url; } };
const store = js.pageStore();
"""


class TestLinks:
    """Anybody's text in an address is kept only where its control could hold it."""

    @pytest.mark.parametrize(
        ("view", "query", "expected"),
        [
            ("neighbors", "k:7", {"k": 7}),
            ("neighbors", "k:7.6", {"k": 8}),
            ("neighbors", "k:99999;table:-7", {"k": 20, "table": 0}),
            ("neighbors", "k:;table:NaN;word:", {"k": 5, "table": 3, "word": ""}),
            ("neighbors", "k:1e309;word:<b>;__proto__:1", {"k": 5, "word": "<b>"}),
            (
                "neighbors",
                "key:other;tables:x;carried:y",
                {"key": "neighbors", "tables": ["SmolLM2", "MiniLM", "GloVe"]},
            ),
            ("neighbors", f"word:{'x' * 5_000}", {"word": "x" * 5_000}),
            ("neighbors", "word:a%253Bb%2525", {"word": "a;b%"}),
            ("pair", "length:1.04", {"length": 1.0}),
            ("pair", "length:1.06", {"length": 1.1}),
            ("pair", "length:-3", {"length": 0.2}),
            ("history", "percent:98", {"percent": 100}),
            ("training", "step:14", {"step": 10}),
            ("basis", "degrees:44;percent:0", {"degrees": 45, "percent": 1}),
            ("analogy", "exclude:0;step:1.99", {"exclude": False, "step": 2.0}),
            ("analogy", "exclude:x", {"exclude": True}),
            ("lookup", f"sentence:{'word ' * 100};position:90", {"sentence": "word " * 100, "position": 90}),
            ("lookup", "sentence:two words;position:90", {"position": 2, "count": 2}),
            ("size", "preset:1", {"preset": 1, "rows": 6, "dimensions": 14, "tied": False}),
            ("size", "dimensions:2;preset:1;rows:0", {"preset": 1, "rows": 0, "dimensions": 2, "tied": False}),
        ],
    )
    def test_a_link_is_what_a_reader_could_have_set(self, view: str, query: str, expected: dict[str, Any]) -> None:
        panel = getattr(widgets, view)()
        panel.view.fields = dict(sorted(panel.view.fields.items()))  # as a stored notebook has them
        state = play(panel, search=f"?{view}={query}", **SITE)[0].state
        assert {name: state[name] for name in expected} == expected

    def test_the_store_keeps_other_keys_and_odd_characters(self) -> None:
        """And an address that the browser does not let be changed stays as it is."""
        *read, address, stays = run(
            ADDRESS + 'store.write("one", [["word", "a;b:c%d&e=f#g"], ["k", 3], ["exclude", true]]);'
            'store.write("two", [["word", "東京"]]);'
            'const found = ["one", "two", "none"].map((key) => [...store.read(key)]);'
            "const { href } = location; history.replaceState = () => { throw new Error('SecurityError'); };"
            'store.write("two", [["word", "x"]]); return [...found, href, location.href];'
        )
        assert read == [[["word", "a;b:c%d&e=f#g"], ["k", "3"], ["exclude", "1"]], [["word", "東京"]], []]
        assert "course=nlp" in address and address.endswith("#section") and stays == address

    def test_a_text_too_long_for_an_address_leaves_none(self) -> None:
        address = run(ADDRESS + 'store.write("one", [["word", "x".repeat(10_000)]]); return location.href;')
        assert address == "file:///book/page.html?course=nlp#section"


class TestMechanism:
    def test_the_bundles_are_of_these_sources(self, tmp_path: Path) -> None:
        """One file a view and the tokenizers, without an import, the same bytes each time; else: python tools/bundle.py."""
        made = bundle.bundle(tmp_path)
        assert [path.stem for path in made] == [*sorted(widgets.__all__), "tokenizer"]
        for path in made:
            text = path.read_text(encoding="utf-8")
            assert text == script(path.stem) and not re.search(r"^\s*import\b", text, re.MULTILINE)

    def test_user_text_never_becomes_html(self) -> None:
        """No module writes markup: text enters as text nodes."""
        markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\("
        for path in (HERE / "js").rglob("*.mjs"):
            assert not re.search(markup, path.read_text(encoding="utf-8"))

    @pytest.mark.parametrize("view", widgets.__all__)
    def test_two_of_a_kind_can_have_keys_of_their_own(self, view: str) -> None:
        make = getattr(widgets, view)
        assert (make().view.key, make(key="second").view.key) == (view, "second")

    @pytest.mark.parametrize("view", widgets.__all__)
    def test_each_says_how_it_works(self, view: str) -> None:
        """In a few sentences that no other widget has; one that searches adds among how many rows."""
        panel = getattr(widgets, view)()
        own, how = panel.view.HOW, panel.view.get_state()["how"]
        assert 2 <= len(re.findall(r"\.(?: |$)", own)) <= 4 and 100 < len(own) < 500
        assert [kind.HOW for kind in View.__subclasses__()].count(own) == 1
        searched = dict.fromkeys(("neighbors", "analogy", "basis"), ("smollm2", "minilm", "glove"))
        searched["pieces"] = ("smollm2", "minilm")
        found = [
            f"{len(packs.pack_ids(table)):,} of {table.card.short}’s {len(table):,}"
            for table in map(tables.load, searched.get(view, ()))
        ]
        assert how == own + (f" It looks among the rows loaded first: {', '.join(found)}." if found else "")

    @pytest.mark.parametrize("view", widgets.__all__)
    def test_examples_above_a_picture_are_labels_with_what_they_set(self, view: str) -> None:
        """A name in `data` that every view reads: a list of plain words would become buttons of one letter."""
        shown = getattr(widgets, view)().view
        for label, traits in shown.data.get("examples", []):
            assert len(label) > 1 and traits and set(traits) <= set(shown.fields)

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

    @pytest.mark.parametrize(
        ("call", "kind", "what"),
        [
            (lambda: script("nothing"), FileNotFoundError, r"make setup.*tools/bundle\.py"),
            (lambda: widgets.optimizers("nope"), ValueError, "no optimizer 'nope'; known: SGD"),
            (lambda: widgets.history("perceptron"), ValueError, "no algorithm 'perceptron'; known: .*skip-gram"),
            (lambda: widgets.maps(perplexity=7), ValueError, "no perplexity 7; known: 2, 5, 8"),
            (lambda: widgets.maps(start=3), ValueError, "no start 3; known: 42, 0, 1, pca"),
            (lambda: widgets.maps(points="x"), ValueError, "no list of words 'x'; known: categories, frequent"),
            (lambda: widgets.size("GPT-5"), ValueError, "known: GPT-2"),
            (lambda: widgets.neighbors(7), TypeError, "word must be text, got 7"),
            (lambda: widgets.neighbors(k=2.5), TypeError, "k must be a whole number, got 2.5"),
            (lambda: widgets.neighbors(form="rows"), ValueError, "no form 'rows'; known: bars, strips"),
            (lambda: widgets.neighbors(k=50), ValueError, "k must be from 1 to 20, got 50"),
            (lambda: widgets.neighbors(key=7), TypeError, "key must be text, got 7"),
            (lambda: widgets.analogy(exclude=1), TypeError, "exclude must be True or False, got 1"),
            (lambda: widgets.lookup(["a", "b"]), TypeError, "sentence must be text, got"),
            (lambda: widgets.training("last"), TypeError, "step must be a whole number, got 'last'"),
            (lambda: widgets.along("fish"), ValueError, "no category 'fish'; known: mammals, countries"),
            (lambda: widgets.along(number=576, table="smollm2"), ValueError, "number must be from 0 to 575, got 576"),
            (lambda: widgets.along(table=compass()), ValueError, "glove has 0 of the mammals"),
            (lambda: widgets.layers(6), ValueError, "sentence must be from 0 to 5, got 6"),
            (lambda: widgets.layers(-1), ValueError, "sentence must be from 0 to 5, got -1"),
            (lambda: widgets.layers(layer=31), ValueError, "layer must be from 0 to 30, got 31"),
            (lambda: widgets.colors("red"), TypeError, "red must be a whole number, got 'red'"),
            (lambda: widgets.colors(True), TypeError, "red must be a whole number, got True"),
            (lambda: widgets.layers("river"), TypeError, "sentence must be a whole number, got 'river'"),
            (lambda: widgets.layers(layer=float("nan")), TypeError, "layer must be a whole number, got nan"),
            (lambda: widgets.arrows(60, "long"), TypeError, "length must be a number, got 'long'"),
            (lambda: widgets.arrows(60, None), TypeError, "length must be a number, got None"),
            (lambda: widgets.arrows(60, True), TypeError, "length must be a number, got True"),
            (lambda: widgets.arrows(60, float("nan")), ValueError, "length must be from 0.2 to 2.0, got nan"),
            (lambda: widgets.patches(27), ValueError, "no .*27; known: "),
            (lambda: widgets.patches("a" * 10_000), ValueError, "no .*'a{30,39}; known: "),
            (lambda: widgets.pieces(None), TypeError, "word must be text, got None"),
            (lambda: widgets.pieces(position=0), ValueError, "position must be from 1 to 4, got 0"),
            (lambda: widgets.quiz(["01"]), ValueError, r"no quiz \['01'\]; known: 01, 02"),
            (lambda: widgets.size(["GPT-2"]), ValueError, r"no model \['GPT-2'\]; known: GPT-2"),
            (lambda: widgets.basis(degrees=400), ValueError, "degrees must be from 0 to 90, got 400"),
            (lambda: widgets.neighbors(tables=[]), ValueError, "a table or more, got none"),
            (lambda: widgets.neighbors(tables=7), TypeError, "a table or the name of one, got int"),
            (lambda: widgets.neighbors(tables=["nope"]), tables.UnknownTableError, "table"),
            (lambda: widgets.pair("a", "a", tables=[rows_of([1, 2])]), ValueError, "needs two or more"),
        ],
    )
    def test_what_cannot_be_shown_is_said(self, call: Any, kind: type[Exception], what: str) -> None:
        with pytest.raises(kind, match=what):
            call()

    def test_the_slider_of_tokens_ends_with_the_sentence(self) -> None:
        panel = widgets.lookup("The capital of France is Paris", position=6)
        slider = panel.controls["position"]
        assert (slider.value, slider.max) == (6, 6)
        assert any(link.source == (panel.view, "count") and link.target == (slider, "max") for link in panel.links)
        shown = play(panel, {"sentence": "Hello world"}, {"sentence": "I typed another sentence"})
        assert [(drawn.state["count"], drawn.state["position"]) for drawn in shown] == [(6, 6), (2, 2), (4, 4)]
        assert widgets.lookup("one two", position=9).view.position == 2

    def test_play_moves_the_slider_by_one_snapshot(self) -> None:
        panel = widgets.training()
        play_button, slider = panel.children[0].children[-1], panel.controls["step"]
        for moved in (play_button, slider):
            assert (moved.min, moved.max, moved.step) == (0, 400, 10)
            assert moved.value == 0  # a link copies at load: nothing may change
        assert any(link.source[0] is play_button and link.target[0] is slider for link in panel.links)
        assert widgets.training(np.int64(10)).controls["step"].value == 10  # numpy's numbers are numbers

    @pytest.mark.parametrize("view", ["neighbors", "analogy", "pair"])
    def test_examples_are_hits_and_a_miss(self, view: str) -> None:
        """Each sets what a reader could type; a table that has none of their words has no such buttons."""
        make = getattr(widgets, view)
        panel = make(tables=["smollm2"])
        examples = panel.view.data["examples"]
        drawn = play(panel, *(traits for _, traits in examples))[1:]
        if view == "neighbors":
            assert [one.kind for one in drawn] == ["drawn"] * 5 + ["problem"]
            assert [one.state["word"] for one in drawn] == [label for label, _ in examples]
        elif view == "pair":
            said = [one.text.split(" = ")[0] for one in drawn]
            assert said == [f"In SmolLM2, cosine({label.replace(' · ', ', ')})" for label, _ in examples]
        else:
            answers = [words(one.all("eb-label")[0]) for one in drawn]
            assert answers[:3] == ["queen", "puppy", "Tokyo"] and answers[3] not in ("Rome", "Milan")
            assert examples[0][0] == "king \N{MINUS SIGN} man + woman"
        assert all(set(traits) <= set(panel.view.fields) for _, traits in examples)
        asked = {"neighbors": 1, "pair": 2, "analogy": 3}[view]
        assert make(*["North", "East", "South"][:asked], tables=[compass()]).view.data["examples"] == []

    def test_a_touched_point_is_looked_up_and_a_wrong_word_marked(self) -> None:
        drawn, lower, lacks = play(widgets.maps("", points="frequent"), {"word": " Love "}, {"word": "cat"})
        assert not drawn.all("eb-problem") and "Truly nearest to love:" in lower.text
        assert [words(one) for one in lacks.all("eb-problem")] == ["“cat” is not one of the 300 words on this map."]
        assert lacks.text.endswith("“cat” is not one of the 300 words on this map.")

    def test_layers_begin_at_the_row_and_end_at_what_the_scores_read(self) -> None:
        """At either end of the slider: six uses of one row, and transformers' own last vector against all rows."""
        import torch

        from embedbook import contextual

        panel, table, model = widgets.layers(2), tables.load("smollm2"), contextual.load()
        slider = panel.controls["layer"]
        assert (slider.min, slider.max) == (0, model.config.num_hidden_layers) == (0, 30)
        _, last, first = play(panel, {"layer": slider.max}, {"layer": slider.min})
        for drawn, layer in ((last, 30), (first, 0)):
            panel.view.layer = layer
            assert drawn.text == panel.view.text()
        assert ", before the first layer: the nearest of all 49,152 rows are “bank” " in first.text
        assert first.text.endswith(" Its cosine with bank in every other sentence is 1.00.")
        assert [words(one) for one in first.all("eb-number")][5:] == ["1.00"] * 5
        assert ", after layer 30 of 30: " in last.text and "every other sentence" not in last.text
        with torch.no_grad():
            ids = torch.tensor([table.encode("Ducks slept in the reeds on the bank")])
            read = model(ids, output_hidden_states=True).hidden_states[-1][0, -1].numpy()
        cosines = table.vectors @ read / (table.norms * np.linalg.norm(read))
        nearest = [(table.word(int(i)), fixed(cosines[i])) for i in np.argsort(-cosines)[:5]]
        shown = [(words(li[0]), words(li[2])) for li in last.all("li")][:5]
        assert [label for label, _ in shown] == [label for label, _ in nearest]
        assert [float(value) for _, value in shown] == pytest.approx([float(v) for _, v in nearest], abs=0.011)
