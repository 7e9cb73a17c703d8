"""The ledger whole: what became of the chapter's statements, the book's own questions apart, to be filtered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from embedbook.claims.ledger import LABELS, Kind, Measurement, Result
from embedbook.claims.render import badge, bar, block, inline
from embedbook.claims.wording import plain

CITED = "cited: "
SAID: Mapping[bool | None, tuple[str, str]] = {
    True: ("yes", "rule met"),
    False: ("no", "rule not met"),
    None: ("none", "no say"),
}
"""For what a table says, a word for a class and one for a reader."""
SCREEN_STYLE = (
    ".eb-every{counter-reset:shown}.eb-every .eb-claim{counter-increment:shown}"
    ".eb-every .eb-list{display:flex;flex-direction:column}"
    '.eb-every .eb-shown-count{order:-1;margin:0}.eb-every .eb-shown-count::after{content:counter(shown) " shown"}'
    ".eb-every details:not([open])>summary :is(br,.eb-lesson){display:none}"
    ".eb-filter{display:flex;flex-wrap:wrap;gap:.5em 1.5em;margin:1em 0}.eb-filter select{max-width:100%}"
)
PRINT_STYLE = ".eb-filter,.eb-shown-count{display:none!important}"


@dataclass(frozen=True)
class Tally:
    """How many of the chapter's statements got which verdict; ``cited`` are its facts of history, which were looked up
    and not measured, ``own`` the verdicts of the book's own questions: both are counted apart."""

    by_kind: Mapping[Kind, int]
    own: Mapping[Kind, int]
    cited: int

    @property
    def statements(self) -> int:
        """How many statements of the chapter were put to the test.

        >>> Tally({"holds": 2, "fails": 1}, {}, 0).statements
        3
        """
        return sum(self.by_kind.values())

    def __str__(self) -> str:
        """A sentence.

        >>> print(Tally({"holds": 2, "fails": 1}, {}, 0))
        Of 3 statements of the chapter, 2 hold as they stand and 1 does not hold here.
        """
        verbs: dict[Kind, tuple[str, str]] = {
            "holds": ("holds as it stands", "hold as they stand"),
            "condition": ("holds with a condition", "hold with a condition"),
            "fails": ("does not hold here", "do not hold here"),
            "unchecked": ("cannot be checked here", "cannot be checked here"),
        }
        parts = [f"{count} {verbs[kind][count != 1]}" for kind, count in self.by_kind.items()]
        listed = " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1] if parts else "none is measured"]))
        history = (
            f" {self.cited} more {'is a fact' if self.cited == 1 else 'are facts'} of history, cited and not measured."
        )
        return f"Of {self.statements} statements of the chapter, {listed}." + (history if self.cited else "")


@dataclass(frozen=True)
class Whole:
    """All results, in the order of the pages. Jupyter shows them a line a claim, to be filtered by verdict, page and
    table without a kernel and without a script; ``print`` shows all of them in lines of text.

    ``notebooks`` has the file of each page by its number, for the links.
    """

    results: tuple[Result, ...]
    notebooks: Mapping[str, str]
    lines: tuple[str, ...] = ()

    @property
    def chapter(self) -> tuple[Result, ...]:
        """The results of the chapter's statements, without its facts of history."""
        return tuple(r for r in self.results if not r.claim.own and r.verdict.kind != "cited")

    @property
    def cited(self) -> tuple[Result, ...]:
        """The chapter's facts of history: for these, sources have the word and nobody a vote."""
        return tuple(r for r in self.results if not r.claim.own and r.verdict.kind == "cited")

    @property
    def own(self) -> tuple[Result, ...]:
        """The results of the book's own questions."""
        return tuple(r for r in self.results if r.claim.own)

    @property
    def looked_up(self) -> tuple[tuple[Result, str, str], ...]:
        """What was looked up beside a measurement, without a vote: the result, what of, and the fact."""
        return tuple(
            (result, name, said.value.removeprefix(CITED))
            for result in self.results
            for name, said in result.table_free.items()
            if said.passes is None and said.value.startswith(CITED)
        )

    def of(self, kind: Kind) -> tuple[Result, ...]:
        """The chapter's statements with that verdict. Raises ValueError for a verdict that there is not."""
        if kind not in LABELS:
            raise ValueError(f"no verdict {kind!r}; the verdicts: {', '.join(LABELS)}")
        return tuple(result for result in self.chapter if result.verdict.kind == kind)

    def tally(self) -> Tally:
        """The counts."""
        return Tally(counted(self.chapter), counted(self.own), len(self.cited))

    def by_page(self) -> Mapping[str, Mapping[Kind, int]]:
        """The counts of the chapter's statements by page."""
        pages = dict.fromkeys(result.claim.page for result in self.chapter)
        return {page: counted([r for r in self.chapter if r.claim.page == page]) for page in pages}

    def by_table(self) -> Mapping[str, Mapping[bool | None, int]]:
        """On how many of the chapter's statements each table met the rule (True), did not (False), had no say (None).

        Statements that are not about a table are not counted.
        """
        return {
            name: Counter(result.per_table[name].passes for result in self.chapter if name in result.per_table)
            for name in self.tables
        }

    def moved(self) -> Mapping[str, tuple[tuple[str, Any, str], ...]]:
        """The chapter's statements whose verdict another threshold changes, by id: threshold, its value, the verdict.

        Only the thresholds that an entry lists are tried, one at a time, on what is measured now.
        """
        changed = {
            result.claim.id: tuple(
                (name, value, verdict.label)
                for (name, value), verdict in result.tried.items()
                if verdict.kind != live(result)
            )
            for result in self.chapter
        }
        return {claim_id: changes for claim_id, changes in changed.items() if changes}

    def tried(self) -> tuple[Result, ...]:
        """The chapter's statements for which other thresholds were tried."""
        return tuple(result for result in self.chapter if result.tried)

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables that were asked."""
        return tuple(dict.fromkeys(name for result in self.results for name in result.per_table))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        heads = {"The chapter's statements": self.chapter, "Facts of history, cited": self.cited}
        heads["This book's own questions"] = self.own
        parts = ["\n".join([f"{head}: {len(found)}", *map(line, found)]) for head, found in heads.items()]
        facts = [f"{result.claim.id}  {name}: {plain(fact)}" for result, name, fact in self.looked_up]
        return "\n\n".join([*parts, "\n".join([f"Looked up beside them: {len(facts)}", *facts])])

    def html(self) -> str:
        """The bar of verdicts, the filter, a line a claim, then the book's own questions and the cited facts."""
        tally = self.tally()
        counts = " ".join(f"<span>{count} {badge(kind)}</span>" for kind, count in tally.by_kind.items())
        facts = "".join(
            f"<li><b>{escape(result.claim.id)}</b> {escape(name)}: {inline(fact)}</li>"
            for result, name, fact in self.looked_up
        )
        parts = [
            '<div class="eb-ledger eb-every mathjax_ignore">',
            f"<style>@media screen{{{SCREEN_STYLE}{''.join(self._rules())}}}@media print{{{PRINT_STYLE}}}</style>",
            f'<p class="eb-counts">{tally.statements} statements: {counts}</p>',
            bar(tally.by_kind),
            *self._filter(),
            '<div class="eb-list">',
            *map(self._entry, self.chapter),
            '<p class="eb-shown-count"></p>',
            "</div>",
        ]
        if self.own:
            parts += ["<h3>This book's own questions</h3>", *map(self._entry, self.own)]
        if self.cited or facts:
            heading = "<summary>What was looked up, fact by fact</summary>"
            looked_up = f"<details>{heading}<ul>{facts}</ul></details>" if facts else ""
            parts += ["<h3>Facts of history, cited and not measured</h3>", *map(self._entry, self.cited), looked_up]
        if self.lines:
            parts.append(f"<ul>{''.join(f'<li>{inline(text)}</li>' for text in self.lines)}</ul>")
        return "\n".join([*parts, "</div>"])

    def _choices(self) -> Mapping[str, Mapping[str, str]]:
        """What can be asked for: a class by its words, for each control."""
        kinds = {f"v-{kind}": LABELS[kind] for kind in self.tally().by_kind}
        pages = {f"p-{page}": words(self.notebooks[page]) for page in self.by_page()}
        said = {
            f"t{place}-{word}": f"{name}: {words}"
            for place, name in enumerate(self.tables)
            for word, words in SAID.values()
        }
        return {"Verdict": kinds, "Page": pages, "Table": said}

    def _filter(self) -> Iterator[str]:
        yield '<div class="eb-filter" role="group" aria-label="Filter the ledger">'
        for name, choices in self._choices().items():
            options = "".join(f'<option value="{value}">{escape(words)}</option>' for value, words in choices.items())
            select = f'<select name="{name.lower()}" autocomplete="off"><option value="">all</option>{options}</select>'
            yield f"<label>{name} {select}</label>"
        yield "</div>"

    def _rules(self) -> Iterator[str]:
        """A line is hidden while a choice is made that it does not meet."""
        for choices in self._choices().values():
            for value in choices:
                yield f'.eb-every:has([value="{value}"]:checked) .eb-list .eb-claim:not(.{value}){{display:none}}'

    def _entry(self, result: Result) -> str:
        """One claim: its line, and under it all of it and the way to its page."""
        claim = result.claim
        classes = [f"v-{result.verdict.kind}", f"p-{claim.page}"]
        classes += [f"t{self.tables.index(name)}-{SAID[said.passes][0]}" for name, said in result.per_table.items()]
        return block(result, classes, f"{self.notebooks[claim.page]}#claim-{claim.id}")


def counted(results: Sequence[Result]) -> Mapping[Kind, int]:
    """How many results have which verdict, in the order of the verdicts, those that occur."""
    counts = Counter(result.verdict.kind for result in results)
    return {kind: counts[kind] for kind in LABELS if counts[kind]}


def live(result: Result) -> Kind:
    """The verdict without the tables that were measured on another day, whom nobody can ask under another threshold."""
    now: dict[str, Measurement[Any]] = {n: m for n, m in result.per_table.items() if n not in result.recorded}
    return Result(result.claim, now, result.table_free).verdict.kind


def words(notebook: str) -> str:
    """A notebook's name for reading.

    >>> words("03_cosine_similarity.ipynb")
    '03 cosine similarity'
    """
    return notebook.partition(".")[0].replace("_", " ")


def line(result: Result) -> str:
    """A claim in a line of text."""
    return f"{result.claim.page}  {result.claim.id:3} {plain(result.claim.text)} [{result.verdict.label}]"
