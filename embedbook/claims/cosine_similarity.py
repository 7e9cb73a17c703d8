"""Claims of page 03: dot product and cosine, the zero point of a table, neighbours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from embedbook import evaluation
from embedbook.claims import words
from embedbook.claims.ledger import Claim, Measurement
from embedbook.claims.wording import codes, dashed, percent, percentile, two
from embedbook.geometry import (
    Baseline,
    Neighbor,
    cosine_similarity,
    nearest_neighbors,
    random_pair_baseline,
    row_cosines,
)
from embedbook.tables import EmbeddingTable

PAGE = "03"
FREQUENT = 2_000
CLUSTER_MARGIN = 0.05
CAUGHT = 0.75
FEWEST_PAIRS = 20
QUERIES = 200
LONGEST = 100
NEIGHBORS = 10
MOST = 6


def _dot_products(table: EmbeddingTable) -> Measurement:
    pairs = list(words.DOT_PRODUCTS_GPT2)
    missing = _missing(table, {word for pair in pairs for word in pair})
    if missing:
        return _cannot(missing)
    dots = {pair: float(np.dot(table.row(pair[0]), table.row(pair[1]))) for pair in pairs}
    return Measurement(
        ", ".join(f"{dashed(pair)} {two(dot)}" for pair, dot in dots.items()),
        passes=dots["cat", "dog"] > dots["cat", "car"] and dots["Paris", "Tokyo"] > dots["Paris", "bicycle"],
        numbers={dashed(pair): round(dot, 2) for pair, dot in dots.items()},
    )


def _chapter_columns() -> Mapping[str, Measurement]:
    ratios = {pair: dot / words.COSINES_GPT2[pair] for pair, dot in words.DOT_PRODUCTS_GPT2.items()}
    dog_car = ratios["cat", "dog"] / ratios["cat", "car"]
    tokyo_bicycle = ratios["Paris", "Tokyo"] / ratios["Paris", "bicycle"]
    return {
        "The chapter's two columns": Measurement(
            "dot product over cosine: " + ", ".join(f"{dashed(pair)} {ratio:.1f}" for pair, ratio in ratios.items()),
            passes=None,
            numbers={dashed(pair): round(ratio, 1) for pair, ratio in ratios.items()},
            note=(
                "Each ratio must be a product of two lengths. Within a shared word they nearly agree: "
                f'the row of "dog" would be {two(dog_car)} times as long as that of "car", '
                f'"Tokyo" {two(tokyo_bicycle)} times "bicycle". So both columns can come from one table.'
            ),
        )
    }


def _groups(table: EmbeddingTable) -> Measurement:
    groups = {name: _directions(table, members) for name, members in words.GROUPS.items()}
    if min(map(len, groups.values())) < 2:
        return _cannot(_missing(table, (word for members in words.GROUPS.values() for word in members)))
    frequent = _directions_of_ids(table, words.frequent_ids(table, FREQUENT))
    left_out = [word for members in words.GROUPS.values() for word in members if table.find(word) is None]
    numbers: dict[str, float | int] = {}
    clustered: list[str] = []
    scattered: list[str] = []
    shown: list[str] = []
    for name, rows in groups.items():
        others = np.concatenate([other for key, other in groups.items() if key != name])
        own = rows @ rows.T
        within = float(own[np.triu_indices(len(rows), 1)].mean())
        between, to_frequent = float((rows @ others.T).mean()), float((rows @ frequent.T).mean())
        margin = within - max(between, to_frequent)
        (clustered if margin >= CLUSTER_MARGIN else scattered).append(name)
        shown.append(f"{name} {two(within)} ({two(between)}, {two(to_frequent)})")
        numbers |= {f"{name} within": round(within, 2), f"{name} between": round(between, 2)}
        numbers |= {f"{name} frequent": round(to_frequent, 2), f"{name} margin": round(margin, 2)}
    notes = [
        f"No cluster: {', '.join(scattered)}." if scattered else "",
        f"Not single tokens: {codes(left_out)}." if left_out else "",
    ]
    return Measurement(
        f"{len(clustered)} of {len(clustered) + len(scattered)} groups cluster: {'; '.join(shown)}",
        passes=not scattered,
        numbers=numbers | {"clustered": len(clustered)},
        note=" ".join(filter(None, notes)),
    )


def _finer_order(table: EmbeddingTable) -> Measurement:
    pairs = [
        ("cat", "dog"),
        ("cat", "elephant"),
        ("dog", "elephant"),
        ("France", "Germany"),
        ("France", "Japan"),
    ]
    missing = _missing(table, {word for pair in pairs for word in pair})
    if missing:
        return _cannot(missing)
    cosines = {pair: cosine_similarity(table, *pair) for pair in pairs}
    pets = cosines["cat", "dog"] > max(cosines["cat", "elephant"], cosines["dog", "elephant"])
    return Measurement(
        ", ".join(f"{dashed(pair)} {two(cosine)}" for pair, cosine in cosines.items()),
        passes=pets and cosines["France", "Germany"] > cosines["France", "Japan"],
        numbers={dashed(pair): round(cosine, 2) for pair, cosine in cosines.items()},
    )


def _length(table: EmbeddingTable) -> Measurement:
    missing = _missing(table, ["cat", "dog"])
    if missing:
        return _cannot(missing)
    cat, dog = table.row("cat").astype(np.float64), table.row("dog").astype(np.float64)
    cosine_change = abs(cosine_similarity(table, 10 * cat, dog) - cosine_similarity(table, cat, dog))
    dot_factor = float((10 * cat) @ dog / (cat @ dog))
    longest = np.argsort(-table.norms, kind="stable")[:LONGEST]
    by_dot, by_cosine = _top_lists(table, words.frequent_ids(table, QUERIES))
    dot_places, cosine_places = (int(np.isin(lists, longest).sum()) for lists in (by_dot, by_cosine))
    dot_length, cosine_length = (float(table.norms[lists].mean()) for lists in (by_dot, by_cosine))
    by_chance = by_dot.size * len(longest) / len(table)
    crowded = dot_places >= by_dot.size / 10
    return Measurement(
        f'a ten times longer "cat" has {dot_factor:.0f} times the dot product with "dog" and the same cosine; '
        f"the {LONGEST} longest rows take {dot_places:,} of {by_dot.size:,} places by dot product, "
        f"{cosine_places:,} by cosine, {by_chance:.1f} by chance",
        passes=cosine_change < 1e-9 and abs(dot_factor - 10) < 1e-6,
        condition="" if crowded else "only for a row that is made longer: the longest rows do not crowd the lists",
        numbers={
            "dot_factor": round(dot_factor, 6),
            "places": by_dot.size,
            "dot_places": dot_places,
            "cosine_places": cosine_places,
            "chance_places": round(by_chance, 1),
            "mean_length_by_dot": round(dot_length, 2),
            "mean_length_by_cosine": round(cosine_length, 2),
        },
        note=(
            f"The mean row in a list has length {two(dot_length)} by dot product, {two(cosine_length)} by cosine. "
            f"The longest rows are {codes(table.word(token_id) for token_id in longest[:5])}."
        ),
    )


def _top_lists(table: EmbeddingTable, queries: list[int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The ten best ids for each query, [queries, 10], by dot product and by cosine; the query itself left out."""
    by_dot: list[NDArray[np.intp]] = []
    by_cosine: list[NDArray[np.intp]] = []
    lengths = np.where(table.norms > 0, table.norms, np.float32(1))
    for start in range(0, len(queries), 25):
        block = queries[start : start + 25]
        scores = table.vectors[block] @ table.vectors.T
        scores[np.arange(len(block)), block] = -np.inf
        for lists, ranked in ((by_dot, scores), (by_cosine, scores / lengths)):
            lists.append(np.argpartition(ranked, -NEIGHBORS, axis=1)[:, -NEIGHBORS:].copy())  # the rest is let go
    return np.concatenate(by_dot), np.concatenate(by_cosine)


def _opposites(table: EmbeddingTable) -> Measurement:
    antonyms, used = _cosines(table, words.ANTONYMS)
    synonyms, _ = _cosines(table, words.synonyms())
    if min(len(antonyms), len(synonyms)) < FEWEST_PAIRS:
        return _too_few(len(antonyms), len(synonyms))
    random = _frequent_baseline(table)
    row = table.row(used[0][0])
    lowest = used[int(antonyms.argmin())]
    mirrored = cosine_similarity(table, row, -np.asarray(row))
    return Measurement(
        f"mean of {len(antonyms)} antonym pairs {two(antonyms.mean())}, of {len(synonyms)} synonym pairs "
        f"{two(synonyms.mean())}, of random pairs {two(random.mean)}",
        passes=bool(antonyms.mean() < random.mean),
        numbers={
            "antonyms": round(float(antonyms.mean()), 2),
            "synonyms": round(float(synonyms.mean()), 2),
            "random": round(random.mean, 2),
            "antonym_pairs": len(antonyms),
            "synonym_pairs": len(synonyms),
            "antonyms_below_zero": int((antonyms < 0).sum()),
            "lowest_antonyms": round(float(antonyms.min()), 2),
            "lowest_random": round(float(random.cosines[0]), 2),
            "row_and_its_negative": round(mirrored, 2),
        },
        note=(
            f"The lowest antonyms are {dashed(lowest)} at {two(antonyms.min())}; "
            f"the lowest of 10,000 random pairs is at {two(float(random.cosines[0]))}. "
            f"A row and its own negative are at {two(mirrored)}."
        ),
    )


def _ranges(table: EmbeddingTable) -> Measurement:
    synonyms, _ = _cosines(table, words.synonyms())
    related, _ = _cosines(table, words.related())
    if min(len(related), len(synonyms)) < FEWEST_PAIRS:
        return _too_few(len(related), len(synonyms))
    everything, frequent = _baseline(table), _frequent_baseline(table)
    unrelated_share = frequent.percentile_of(0.1) / 100
    related_share = float(((related >= 0) & (related <= 0.5)).mean())
    synonym_share = float((synonyms >= 0.7).mean())
    median_all, median_frequent = everything.quantiles[0.5], frequent.quantiles[0.5]
    return Measurement(
        f"the ranges catch {percent(related_share)} of related pairs, {percent(unrelated_share)} of random "
        f"pairs, {percent(synonym_share)} of synonyms",
        passes=min(related_share, unrelated_share, synonym_share) >= CAUGHT,
        numbers={
            "related_share": round(related_share, 3),
            "random_share": round(unrelated_share, 3),
            "synonym_share": round(synonym_share, 3),
            "median_all_rows": round(median_all, 2),
            "median_frequent": round(median_frequent, 2),
            "q05_frequent": round(frequent.quantiles[0.05], 2),
            "q95_frequent": round(frequent.quantiles[0.95], 2),
        },
        note=(
            f"The middle random pair is at {two(median_frequent)} among the {FREQUENT:,} most frequent words "
            f"(nine in ten lie between {two(frequent.quantiles[0.05])} and {two(frequent.quantiles[0.95])}), "
            f"at {two(median_all)} among all rows."
        ),
    )


def _ten_pairs(table: EmbeddingTable) -> Measurement:
    cosines = {pair: cosine_similarity(table, *pair) for pair in words.COSINES_GPT2 if not _missing(table, pair)}
    left_out = [dashed(pair) for pair in words.COSINES_GPT2 if pair not in cosines]
    needed = [pair for pair in (*words.RELATED, *words.UNRELATED) if pair not in cosines]
    if needed:
        return Measurement(f"lacks {', '.join(map(dashed, needed))}", passes=None)
    correlation = _spearman(list(cosines.values()), [words.COSINES_GPT2[pair] for pair in cosines])
    return Measurement(
        ", ".join(f"{dashed(pair)} {two(cosine)}" for pair, cosine in cosines.items()),
        passes=min(cosines[pair] for pair in words.RELATED) > max(cosines[pair] for pair in words.UNRELATED),
        numbers={dashed(pair): round(cosine, 2) for pair, cosine in cosines.items()}
        | {"pairs": len(cosines), "rank_correlation": round(correlation, 2)},
        note=f"Rank correlation with the chapter's column over {len(cosines)} pairs: {two(correlation)}."
        + (f" Left out, not single tokens: {', '.join(left_out)}." if left_out else ""),
    )


def _scores(table: EmbeddingTable) -> Measurement:
    wordsim = evaluation.word_similarity(table, "wordsim353").spearman
    simlex = evaluation.word_similarity(table, "simlex999").spearman
    return Measurement(
        f"{table.card.year}, {len(table):,} × {table.dimensions}: WordSim-353 {two(wordsim)}, SimLex-999 {two(simlex)}",
        passes=None,
        numbers={"wordsim353": round(wordsim, 2), "simlex999": round(simlex, 2)},
    )


def _neighbors(
    query: str, belongs: Callable[[str], bool], senses: Mapping[str, Collection[str]] | None = None
) -> Callable[[EmbeddingTable], Measurement]:
    def measure(table: EmbeddingTable) -> Measurement:
        missing = _missing(table, [query])
        if missing:
            return _cannot(missing)
        found, spellings = _nearest_other_words(table, query)
        members = [token for token in found if belongs(token)]
        others = [token for token in found if token not in members]
        numbers = {"on_the_list": len(members)}
        notes = [f"Not on the list: {codes(others)}."] if others else []
        if spellings:
            notes.append(f"Other spellings of the word, left out: {codes(spellings)}.")
        for sense, labelled in (senses or {}).items():
            these = [token for token in found if token in labelled]
            numbers[sense] = len(these)
            if these:
                notes.append(f"{sense.capitalize()}: {codes(these)}.")
        shown = f" ({codes(members)})" if members else ""
        return Measurement(
            f"{len(members)} of {NEIGHBORS} neighbours are on the list{shown}",
            passes=len(members) >= MOST,
            numbers=numbers,
            note=" ".join(notes),
        )

    return measure


def _nearest_other_words(table: EmbeddingTable, query: str) -> tuple[list[str], list[str]]:
    """The nearest words, each in its nearest spelling, and the spellings of the query before them, left out."""
    own = table.surface(table.id_of(query))
    nearest = nearest_neighbors(table, query, k=8 * NEIGHBORS)
    others: dict[str, Neighbor] = {}
    spellings = []
    for neighbor in nearest:
        surface = table.surface(neighbor.id)
        if surface == own:
            spellings.append(neighbor.token)
        else:
            others.setdefault(surface, neighbor)
        if len(others) == NEIGHBORS:
            break
    return [neighbor.token for neighbor in others.values()], spellings


def _is_place(token: str) -> bool:
    return words.plain(token) in words.cities() | words.european_countries()


def _is_language(token: str) -> bool:
    return words.plain(token) in words.programming_languages()


def _python(table: EmbeddingTable) -> Measurement:
    found = _neighbors("Python", _is_language, words.PYTHON_SENSES)(table)
    if found.passes is None:
        return found
    languages = int(found.numbers["on_the_list"])
    generous = languages + int(found.numbers[words.COMPUTING])
    members = {token for token in words.PYTHON_SENSES[words.ANIMALS] if _is_language(token)}
    both = [token for token in _nearest_other_words(table, "Python")[0] if token in members]
    namesakes = f" {codes(both)} is also the name of a language." if both else ""
    note = f"{found.note}{namesakes} With everything from computing counted: {generous}."
    only_so = "" if languages >= MOST else f"only with other terms of computing counted: {languages} are languages"
    return Measurement(
        found.value, generous >= MOST, {**found.numbers, "generous": generous}, condition=only_so, note=note
    )


def _happy(table: EmbeddingTable) -> Measurement:
    found = _neighbors("happy", words.is_positive_emotion)(table)
    if found.passes is None:
        return found
    exact = words.POSITIVE_EMOTIONS.intersection(_nearest_other_words(table, "happy")[0])
    note = f"Letter for letter, without families: {len(exact)}. {found.note}".strip()
    return Measurement(found.value, found.passes, {**found.numbers, "letter_for_letter": len(exact)}, note=note)


def _refrigerator(table: EmbeddingTable) -> Measurement:
    missing = _missing(table, ["cat", "dog", "refrigerator"])
    if missing:
        return _cannot(missing)
    cosine, cat_dog = cosine_similarity(table, "cat", "refrigerator"), cosine_similarity(table, "cat", "dog")
    everything, frequent = (baseline(table).percentile_of(cosine) for baseline in (_baseline, _frequent_baseline))
    dog = _frequent_baseline(table).percentile_of(cat_dog)
    return Measurement(
        f"cosine {two(cosine)}, {percentile(everything)} of random pairs of all rows, "
        f"{percentile(frequent)} of frequent words",
        passes=max(everything, frequent) < 95,
        numbers={
            "cosine": round(cosine, 2),
            "percentile_all_rows": round(everything),
            "percentile_frequent": round(frequent),
            "percentile_frequent_cat_dog": round(dog),
        },
        note=f"For comparison, cat–dog is at {two(cat_dog)}: {percentile(dog)} of frequent words.",
    )


@cache
def _baseline(table: EmbeddingTable) -> Baseline:
    return random_pair_baseline(table)


@cache
def _frequent_baseline(table: EmbeddingTable) -> Baseline:
    return random_pair_baseline(table, ids=words.frequent_ids(table, FREQUENT))


def _missing(table: EmbeddingTable, wanted: Iterable[str]) -> list[str]:
    return sorted(word for word in wanted if table.find(word) is None)


def _cannot(missing: list[str]) -> Measurement:
    return Measurement(f"{codes(missing)}: not one token here", passes=None)


def _too_few(*counts: int) -> Measurement:
    return Measurement(f"too few of the pairs are single tokens here: {', '.join(map(str, counts))}", passes=None)


def _cosines(
    table: EmbeddingTable, pairs: Iterable[tuple[str, str]]
) -> tuple[NDArray[np.float64], list[tuple[str, str]]]:
    """The cosines of those pairs of which both words are single tokens, and these pairs."""
    used = [pair for pair in pairs if not _missing(table, pair)]
    ids = np.array([[table.id_of(word) for word in pair] for pair in used], dtype=np.intp).reshape(-1, 2)
    return row_cosines(table, ids[:, 0], ids[:, 1]).astype(np.float64), used


def _directions(table: EmbeddingTable, members: Iterable[str]) -> NDArray[np.float32]:
    return _directions_of_ids(table, [table.id_of(word) for word in members if table.find(word) is not None])


def _directions_of_ids(table: EmbeddingTable, ids: list[int]) -> NDArray[np.float32]:
    directions: NDArray[np.float32] = table.vectors[ids] / table.norms[ids][:, None]
    return directions


def _spearman(a: list[float], b: list[float]) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(a, b).statistic)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="S1",
        page=PAGE,
        text="Related words have larger dot products than unrelated ones.",
        chapter_figure="cat–dog 5.28, cat–car 1.73, Paris–Tokyo 8.41, Paris–bicycle 0.52",
        reported=True,
        quantity="The dot products of the chapter's four pairs.",
        rule="cat–dog is above cat–car, and Paris–Tokyo above Paris–bicycle.",
        per_table=_dot_products,
        table_free=_chapter_columns,
        lesson=("Only the order can be compared: how large a dot product is depends on how long a table's rows are."),
    ),
    Claim(
        id="S2",
        page=PAGE,
        text="Animals, countries, programming words, punctuation and numbers form clusters of their own.",
        quantity=(
            "For each of the chapter's five groups, the mean cosine of its members with one another "
            f"(in brackets: with the other four groups, with the {FREQUENT:,} most frequent words)."
        ),
        rule=f"In every group the first is above both others by at least {CLUSTER_MARGIN}.",
        per_table=_groups,
        lesson=(
            "A group of words clusters where the table's text used those words alike; programming words "
            "are everyday words too."
        ),
    ),
    Claim(
        id="S3",
        page=PAGE,
        text="cat is nearer dog than either is to elephant, and France is nearer Germany than Japan.",
        quantity="The cosines of the five pairs.",
        rule="cat–dog is above both pairs with elephant, and France–Germany above France–Japan.",
        per_table=_finer_order,
    ),
    Claim(
        id="S4",
        page=PAGE,
        text=(
            "The dot product grows with length and cosine ignores it, so long rows crowd the lists that a "
            "dot product makes."
        ),
        quantity=(
            'The dot product and the cosine of "cat" and "dog" when "cat" is made ten times longer; and how many '
            f"places the {LONGEST} longest rows take in the ten best of each of the {QUERIES} most frequent words."
        ),
        rule=(
            "Length changes the dot product tenfold and the cosine not at all; without a condition only if "
            "the longest rows also take a tenth of the places by dot product."
        ),
        per_table=_length,
        lesson=(
            "The arithmetic holds, the consequence does not: where lengths differ, length tilts the lists of a dot "
            "product, and still the longest rows stay rare in them."
        ),
    ),
    Claim(
        id="S5",
        page=PAGE,
        text="Cosine lies between -1 and 1, where 0 means unrelated and -1 the opposite meaning.",
        quantity=(
            "The mean cosine of Deese's 39 antonym pairs, of the SimLex-999 pairs rated 8 or more for "
            f"similarity, and of 10,000 random pairs of the {FREQUENT:,} most frequent words."
        ),
        rule="If -1 is where opposites lie, antonyms are below random pairs.",
        citations=(
            "deese1965",
            "justeson1991",
            "hill2015",
            "harris1954",
        ),
        per_table=_opposites,
        instead=(
            "The bound holds: a row and its own negative reach -1. Opposite words do not go there. "
            "They share their contexts, and lie close to where synonyms lie. "
            "Nor do unrelated words lie at 0 in every table."
        ),
        lesson="-1 is the opposite direction, and no pair of words that was tried comes near it.",
    ),
    Claim(
        id="S6",
        page=PAGE,
        text="Related words score 0 to 0.5, unrelated words near 0 or below, synonyms 0.7 and up.",
        chapter_figure="0 to 0.5; near 0 or slightly negative; 0.7 or higher",
        quantity=(
            "How many pairs each range catches: WordSim-353 pairs rated 6 or more for the first, random "
            f"pairs of the {FREQUENT:,} most frequent words up to 0.1 for the second, SimLex-999 pairs "
            "rated 8 or more for the third."
        ),
        rule="Each range catches three quarters of its pairs.",
        citations=("finkelstein2002", "hill2015", "nanda2023", "steck2024"),
        per_table=_ranges,
        instead=(
            "Every table has a zero point and a scale of its own, and in GloVe and Gemma both move with how frequent "
            "the words are: read a cosine against random pairs of the same table. The chapter's own "
            "happy–joyful, 0.2847 in GPT-2, is far from 0.7 as well."
        ),
        lesson=("A cosine alone says little; its percentile among random pairs says what the table makes of it."),
    ),
    Claim(
        id="S7",
        page=PAGE,
        text="In ten pairs, related words have a high cosine and unrelated words a low one.",
        chapter_figure=", ".join(f"{dashed(pair)} {cosine:.4f}" for pair, cosine in words.COSINES_GPT2.items()),
        reported=True,
        quantity="The cosines of the ten pairs, and their rank correlation with the chapter's column.",
        rule=(
            "The chapter's three related examples (king–queen, cat–dog, Paris–Tokyo) are each above every "
            "pair that it calls low (Paris–bicycle, king–table, and cat–car by dot product)."
        ),
        citations=("nanda2023",),
        per_table=_ten_pairs,
        lesson=(
            "Numbers of different tables do not compare. A published mean for random pairs of GPT-2's rows "
            "is near 0.3, but in every row the row's own mean had been taken off first, so it is no zero "
            "point for the chapter's column."
        ),
    ),
    Claim(
        id="S8",
        page=PAGE,
        text="Larger and newer models have a cleaner structure.",
        quantity=(
            "Rank correlation with people's ratings in WordSim-353 and SimLex-999, beside each table's year and shape."
        ),
        rule=("None: these tables differ in objective, width, vocabulary and text at once, so no score could decide."),
        citations=("finkelstein2002", "hill2015", "faruqui2016"),
        per_table=_scores,
        would_take=(
            "It would take tables that differ in size alone, such as the four sizes of GPT-2: one text, one objective."
        ),
    ),
    Claim(
        id="N1",
        page=PAGE,
        text="The neighbours of Paris are other cities and places in Europe.",
        quantity=(
            f"How many of the {NEIGHBORS} nearest tokens name a city of 100,000 inhabitants or more, or a "
            "country in Europe (GeoNames)."
        ),
        rule=f"At least {MOST} of {NEIGHBORS} do.",
        per_table=_neighbors("Paris", _is_place),
        lesson=(
            "The claim is read widely: a city anywhere counts, and GeoNames, a public gazetteer, says what is one. Not "
            "all of these cities are in Europe."
        ),
    ),
    Claim(
        id="N2",
        page=PAGE,
        text="The neighbours of Python are other programming languages and technical terms.",
        quantity=(
            f"How many of the {NEIGHBORS} nearest tokens name a language that Pygments can highlight, by name or alias."
        ),
        rule=(
            f"At least {MOST} of {NEIGHBORS} do; with a condition if only together with other terms of computing, for "
            "which there is no outside list: this book labelled them by hand."
        ),
        per_table=_python,
        instead=(
            "One row serves every sense of a word, and an uncased table joins Python and python: "
            "languages, snakes and comedians share the list."
        ),
        lesson="A static row is an average over all uses of a token; only context can choose one.",
    ),
    Claim(
        id="N3",
        page=PAGE,
        text="The neighbours of happy are other words for positive emotions.",
        quantity=(
            f"How many of the {NEIGHBORS} nearest tokens are, or share a family with, a word of the love "
            "and joy clusters of Shaver et al. or of four positive scales of the PANAS-X."
        ),
        rule=f"At least {MOST} of {NEIGHBORS} are.",
        citations=("shaver1987", "watson1994"),
        per_table=_happy,
        lesson=(
            "What counts as near depends on what the rows were trained to do: counts of nearby words "
            "gather the words of everyday talk, whatever the feeling."
        ),
    ),
    Claim(
        id="K1",
        page=PAGE,
        text="cat and refrigerator are dissimilar.",
        quantity=(
            f"The percentile of their cosine among random pairs, of all rows and of the {FREQUENT:,} most "
            "frequent words."
        ),
        rule=("It is below the 95th percentile in both: nothing that two words drawn at random would not show."),
        per_table=_refrigerator,
        lesson=(
            "One cosine can stand above most pairs of all rows and below most pairs of frequent words: name the pairs."
        ),
    ),
)
