"""Claims of page 03: dot product and cosine, the zero point of a table, neighbours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from embedbook import evaluation, lists
from embedbook.claims.ledger import Limits, Measurement, Page, Silence, must_have
from embedbook.claims.wording import code, codes, dashed, percent, percentile, two
from embedbook.geometry import (
    Baseline,
    cosine_similarity,
    cosines_to_all,
    nearest_neighbors,
    random_pair_baseline,
    row_cosines,
    top_k,
    unit_rows,
)
from embedbook.tables import EmbeddingTable

PAGE = Page(__file__)
ANIMALS, COMPUTING = "snakes and other animals", "computing, though no language"
RELATED = (("king", "queen"), ("cat", "dog"), ("Paris", "Tokyo"))
UNRELATED = (("Paris", "bicycle"), ("king", "table"))
FINER = (("cat", "dog"), ("cat", "elephant"), ("dog", "elephant"), ("France", "Germany"), ("France", "Japan"))

Pair = tuple[str, str]


def _shown(numbers: Mapping[Pair, float]) -> str:
    return ", ".join(f"{dashed(pair)} {two(number)}" for pair, number in numbers.items())


@PAGE.per_table("S1")
def dot_products(table: EmbeddingTable, _: Limits) -> Measurement[Mapping[str, float]]:
    must_have(table, *chain(*lists.DOT_PRODUCTS_GPT2))
    dots = {(a, b): float(table[a].astype(np.float64) @ table[b]) for a, b in lists.DOT_PRODUCTS_GPT2}
    return Measurement(
        _shown(dots),
        passes=dots["cat", "dog"] > dots["cat", "car"] and dots["Paris", "Tokyo"] > dots["Paris", "bicycle"],
        numbers={dashed(pair): round(dot, 2) for pair, dot in dots.items()},
    )


@PAGE.table_free("S1")
def chapter_columns(_: Limits) -> Mapping[str, Measurement[None]]:
    ratios = {pair: dot / lists.COSINES_GPT2[pair] for pair, dot in lists.DOT_PRODUCTS_GPT2.items()}
    dog_car = ratios["cat", "dog"] / ratios["cat", "car"]
    tokyo_bicycle = ratios["Paris", "Tokyo"] / ratios["Paris", "bicycle"]
    return {
        "The chapter's two columns": Measurement(
            "dot product over cosine: " + ", ".join(f"{dashed(pair)} {ratio:.1f}" for pair, ratio in ratios.items()),
            passes=None,
            note=(
                "Each ratio must be a product of two lengths. Within a shared word they nearly agree: "
                f'the row of "dog" would be {two(dog_car)} times as long as that of "car", '
                f'"Tokyo" {two(tokyo_bicycle)} times "bicycle". So both columns can come from one table.'
            ),
        )
    }


@PAGE.per_table("S2")
def groups(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    ids = {name: [i for i in map(table.find, words) if i is not None] for name, words in lists.GROUPS.items()}
    left_out = [word for word in chain(*lists.GROUPS.values()) if table.find(word) is None]
    if min(map(len, ids.values())) < 2:
        raise Silence(f"{codes(sorted(left_out))}: not one token here")
    rows = {name: unit_rows(table, members) for name, members in ids.items()}
    frequent = unit_rows(table, table.frequent_words(limits.frequent))
    shown, scattered, too_few = [], [], list[str]()
    for name, own in rows.items():
        others = np.concatenate([other for key, other in rows.items() if key != name])
        within = float((own @ own.T)[np.triu_indices(len(own), 1)].mean())
        between, to_frequent = float((own @ others.T).mean()), float((own @ frequent.T).mean())
        shown.append(f"{name} {two(within)} ({two(between)}, {two(to_frequent)})")
        if len(own) < limits.members:
            too_few.append(name)
        elif within - max(between, to_frequent) < limits.margin:
            scattered.append(name)
    notes = {
        f"No cluster: {', '.join(scattered)}.": scattered,
        f"Too few to decide: {', '.join(too_few)}.": too_few,
        f"Not single tokens: {codes(left_out)}.": left_out,
    }
    asked = len(rows) - len(too_few)
    return Measurement(
        f"{asked - len(scattered)} of {asked} groups cluster: {'; '.join(shown)}",
        passes=not scattered,
        note=" ".join(note for note, wanted in notes.items() if wanted),
    )


@PAGE.per_table("S3")
def finer_order(table: EmbeddingTable, _: Limits) -> Measurement[None]:
    must_have(table, *chain(*FINER))
    cosines = {pair: cosine_similarity(table, *pair) for pair in FINER}
    pets = cosines["cat", "dog"] > max(cosines["cat", "elephant"], cosines["dog", "elephant"])
    return Measurement(_shown(cosines), passes=pets and cosines["France", "Germany"] > cosines["France", "Japan"])


@PAGE.per_table("S4")
def length(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    must_have(table, "cat", "dog")
    cat, dog = (table[word].astype(np.float64) for word in ("cat", "dog"))
    longer = limits.factor * cat
    cosine_change = abs(cosine_similarity(table, longer, dog) - cosine_similarity(table, cat, dog))
    if not cat @ dog:
        raise Silence("the dot product of `cat` and `dog` is 0, and no factor changes that")
    dot_factor = float(longer @ dog / (cat @ dog))
    longest = top_k(table.norms / table.norms.max(), limits.longest)
    by_dot, by_cosine = _top_lists(table, table.frequent_words(limits.queries), limits.neighbors)  # [queries, k] each
    dot_places, cosine_places = (int(np.isin(ids, longest).sum()) for ids in (by_dot, by_cosine))
    dot_length, cosine_length = (float(table.norms[ids].mean()) for ids in (by_dot, by_cosine))
    by_chance = by_dot.size * len(longest) / len(table)
    correlation = _length_and_dot_products(table, limits.sampled)
    return Measurement(
        f'a ten times longer "cat" has {dot_factor:.0f} times the dot product with "dog" and the same cosine; '
        f"length and mean |dot product| have a rank correlation of {two(correlation)}; "
        f"the {len(longest)} longest rows take {dot_places:,} of {by_dot.size:,} places by dot product, "
        f"{cosine_places:,} by cosine, {by_chance:.1f} by chance",
        passes=cosine_change < limits.nothing
        and abs(dot_factor - limits.factor) < limits.tolerance
        and correlation >= limits.correlated,
        note=(
            f"The mean row in a list has length {two(dot_length)} by dot product, {two(cosine_length)} by cosine. "
            f"The longest rows are {codes(table.word(token_id) for token_id in longest[:5])}."
        ),
    )


def _length_and_dot_products(table: EmbeddingTable, sampled: int) -> float:
    """Spearman's correlation of length with the mean |dot product| with the others, over rows drawn at random."""
    from scipy.stats import spearmanr

    drawn = np.random.default_rng(0).choice(len(table), min(sampled, len(table)), replace=False)
    rows = table.vectors[drawn] / table.norms.max()  # [n, D], whatever unit the table is in
    sizes = np.abs(rows @ rows.T)  # [n, n]
    np.fill_diagonal(sizes, 0)
    return float(spearmanr(table.norms[drawn], sizes.mean(axis=1)).statistic)


def _top_lists(table: EmbeddingTable, queries: list[int], k: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The k best ids for each query, [queries, k], by dot product and by cosine; the query itself left out."""
    by_dot, by_cosine = [], []
    lengths = np.where(table.norms > 0, table.norms, 1).astype(np.float32)
    for start in range(0, len(queries), 25):
        block = queries[start : start + 25]
        scores = table.vectors[block] @ table.vectors.T  # [25, V]
        for query, row in zip(block, scores, strict=True):
            cosines = row / (lengths * lengths[query])  # [V]
            row /= np.abs(row).max() or 1  # whatever unit the table is in
            row[query] = cosines[query] = -np.inf
            by_dot.append(top_k(row, k))
            by_cosine.append(top_k(cosines, k))
    return np.array(by_dot), np.array(by_cosine)


@PAGE.per_table("S5")
def opposites(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    antonyms, used = _cosines(table, lists.ANTONYMS)
    synonyms, _ = _cosines(table, lists.synonyms(limits.synonyms))
    _at_least(limits.fewest, antonyms, synonyms)
    random = _frequent_baseline(table, limits)
    row = table[used[0][0]].astype(np.float64)
    return Measurement(
        f"mean of {len(antonyms)} antonym pairs {two(antonyms.mean())}, of {len(synonyms)} synonym pairs "
        f"{two(synonyms.mean())}, of random pairs {two(random.mean)}",
        passes=bool(antonyms.mean() < random.mean),
        note=(
            f"The lowest antonyms are {dashed(used[int(antonyms.argmin())])} at {two(antonyms.min())}; "
            f"the lowest of 10,000 random pairs is at {two(float(random.cosines[0]))}. "
            f"A row and its own negative are at {two(cosine_similarity(table, row, -row))}."
        ),
    )


@PAGE.per_table("S6")
def ranges(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    synonyms, _ = _cosines(table, lists.synonyms(limits.synonyms))
    related, _ = _cosines(table, lists.related(limits.related))
    _at_least(limits.fewest, related, synonyms)
    everything, frequent = random_pair_baseline(table), _frequent_baseline(table, limits)
    unrelated_share = frequent.percentile_of(limits.near_zero) / 100
    related_share = float(((related >= limits.related_from) & (related <= limits.related_to)).mean())
    synonym_share = float((synonyms >= limits.synonym_from).mean())
    low, middle, high = (frequent.quantiles[share] for share in (0.05, 0.5, 0.95))
    return Measurement(
        f"the ranges catch {percent(related_share)} of related pairs, {percent(unrelated_share)} of random "
        f"pairs, {percent(synonym_share)} of synonyms",
        passes=min(related_share, unrelated_share) >= limits.caught and synonym_share >= limits.some,
        note=(
            f"The middle random pair is at {two(middle)} among the {limits.frequent:,} most frequent words "
            f"(nine in ten lie between {two(low)} and {two(high)}), "
            f"at {two(everything.quantiles[0.5])} among all rows."
        ),
    )


@PAGE.per_table("S7")
def ten_pairs(table: EmbeddingTable, _: Limits) -> Measurement[Mapping[str, float | None]]:
    """Its numbers have as many digits as the chapter gives; None where a word is not one token."""
    from scipy.stats import spearmanr

    left_out = [pair for pair in lists.COSINES_GPT2 if not all(word in table for word in pair)]
    cosines = {pair: cosine_similarity(table, *pair) for pair in lists.COSINES_GPT2 if pair not in left_out}
    numbers = {dashed(pair): round(cosines[pair], 4) if pair in cosines else None for pair in lists.COSINES_GPT2}
    needed = [dashed(pair) for pair in (*RELATED, *UNRELATED) if pair in left_out]
    if needed:
        return Measurement(f"lacks {', '.join(needed)}", passes=None, numbers=numbers)
    if len(set(numbers.values())) == 1:
        return Measurement("all pairs have one cosine", passes=False, numbers=numbers)
    reported = [lists.COSINES_GPT2[pair] for pair in cosines]
    correlation = float(spearmanr(list(cosines.values()), reported).statistic)
    return Measurement(
        _shown(cosines),
        passes=min(cosines[pair] for pair in RELATED) > max(cosines[pair] for pair in UNRELATED),
        numbers=numbers,
        note=f"Rank correlation with the chapter's column over {len(cosines)} pairs: {two(correlation)}."
        + (f" Left out, not single tokens: {', '.join(map(dashed, left_out))}." if left_out else ""),
    )


@PAGE.per_table("S8")
def scores(table: EmbeddingTable, _: Limits) -> Measurement[None]:
    wordsim = evaluation.word_similarity(table, "wordsim353").spearman
    simlex = evaluation.word_similarity(table, "simlex999").spearman
    if np.isnan(wordsim) or np.isnan(simlex):
        raise Silence("too few of the rated pairs are single tokens here")
    shown = f"{len(table):,} × {table.dimensions}: WordSim-353 {two(wordsim)}, SimLex-999 {two(simlex)}"
    return Measurement(f"{table.card.year}, {shown}" if table.card.year else shown, passes=None)


def _is_place(word: str) -> bool:
    return lists.plain(word) in lists.cities() | lists.european_countries()


def _is_language(word: str) -> bool:
    return lists.plain(word) in lists.programming_languages()


def _nearest_other_words(table: EmbeddingTable, query: str, k: int) -> tuple[list[str], list[str]]:
    """The nearest words, each in its nearest spelling, and the spellings of the query before them, left out."""
    own = table.surface(table.id_of(query))
    others: dict[str, str] = {}
    spellings = []
    for neighbor in nearest_neighbors(table, query, k=8 * k):
        if len(others) == k:
            break
        surface = table.surface(neighbor.id)
        if surface == own:
            spellings.append(neighbor.token)
        else:
            others.setdefault(surface, neighbor.token)
    return list(others.values()), spellings


def neighbors(
    query: str,
    belongs: Callable[[str], bool],
    *,
    exactly: Collection[str] = (),
    senses: Mapping[str, Collection[str]] | None = None,
) -> Callable[[EmbeddingTable, Limits], Measurement[None]]:
    """How many of the nearest words belong; with ``senses``, those of computing count too, under a condition."""

    def measure(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
        must_have(table, query)
        found, spellings = _nearest_other_words(table, query, limits.neighbors)
        if len(found) < limits.neighbors:
            raise Silence(f"too few other words: {len(found)}")
        members = [word for word in found if belongs(word.removeprefix("…"))]  # a piece counts by its letters
        others = [word for word in found if word not in members]
        labelled = {sense: [word for word in found if word in listed] for sense, listed in (senses or {}).items()}
        generous = len(members) + len(labelled.get(COMPUTING, []))
        exact = len([word for word in found if word in exactly])
        namesakes = [word for word in labelled.get(ANIMALS, []) if word in members]
        notes = {
            f"Letter for letter, without families: {exact}.": exactly,
            f"Not on the list: {codes(others)}.": others,
            f"Other spellings of the word, left out: {codes(spellings)}.": spellings,
            **{f"{sense.capitalize()}: {codes(these)}.": these for sense, these in labelled.items()},
            f"{codes(namesakes)} is also the name of a language.": namesakes,
            f"With everything from computing counted: {generous}.": senses,
        }
        return Measurement(
            f"{len(members)} of {limits.neighbors} neighbours are on the list"
            + (f" ({codes(members)})" if members else ""),
            passes=generous >= limits.most,
            note=" ".join(note for note, wanted in notes.items() if wanted),
        )

    return measure


PAGE.per_table("N1")(neighbors("Paris", _is_place))
PAGE.per_table("N2")(neighbors("Python", _is_language, senses=lists.PYTHON_SENSES))
PAGE.per_table("N3")(neighbors("happy", lists.is_positive_emotion, exactly=lists.POSITIVE_EMOTIONS))


@PAGE.per_table("N4")
def first_place(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    """What the chapter's code passes over before it has listed ten neighbours."""
    must_have(table, *limits.queries)
    shown, behind = [], []
    more = 0
    for query in limits.queries:
        ranked, listed = top_k(cosines_to_all(table, query), min(len(table), 20 * limits.neighbors)).tolist(), 0
        own, passed = table.id_of(query), list[int]()
        for token_id in ranked:
            text = table.decode([token_id]).strip()
            if text.lower() != query.lower() and len(text) > 1:
                listed += 1
            elif token_id != own:
                passed.append(token_id)
            if listed == limits.neighbors:
                break
        more += len(passed)
        behind += [query] * (ranked[0] != own)
        shown.append(f"for {code(query)} {codes(map(table.word, passed)) or 'nothing'}")
    return Measurement(
        f"the word itself comes first for {len(limits.queries) - len(behind)} of {len(limits.queries)}; the code also "
        f"leaves out {', '.join(shown)}",
        passes=not behind,
        condition="with more left out: other spellings, and tokens of one letter" if more else "",
    )


@PAGE.per_table("K1")
def refrigerator(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    must_have(table, "cat", "dog", "refrigerator")
    cosine, cat_dog = cosine_similarity(table, "cat", "refrigerator"), cosine_similarity(table, "cat", "dog")
    among_frequent = _frequent_baseline(table, limits)
    everything, frequent = random_pair_baseline(table).percentile_of(cosine), among_frequent.percentile_of(cosine)
    dog = among_frequent.percentile_of(cat_dog)
    return Measurement(
        f"cosine {two(cosine)}, {percentile(everything)} of random pairs of all rows, "
        f"{percentile(frequent)} of frequent words",
        passes=max(everything, frequent) < limits.percentile,
        note=f"For comparison, cat–dog is at {two(cat_dog)}: {percentile(dog)} of frequent words.",
    )


def _frequent_baseline(table: EmbeddingTable, limits: Limits) -> Baseline:
    return random_pair_baseline(table, ids=table.frequent_words(limits.frequent))


def _at_least(fewest: int, *cosines: NDArray[np.float64]) -> None:
    """Raises Silence where a list of pairs is short."""
    if min(map(len, cosines)) < fewest:
        raise Silence(f"too few of the pairs are single tokens here: {', '.join(str(len(c)) for c in cosines)}")


def _cosines(table: EmbeddingTable, pairs: Iterable[Pair]) -> tuple[NDArray[np.float64], list[Pair]]:
    """The cosines of those pairs of which both words are single tokens, and these pairs."""
    used = [pair for pair in pairs if all(word in table for word in pair)]
    a, b = np.array([[table.id_of(word) for word in pair] for pair in used], dtype=np.intp).reshape(-1, 2).T
    return row_cosines(table, a, b).astype(np.float64), used
