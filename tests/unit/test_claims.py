"""Claims of pages 01, 03 and 11: verdicts, quantities worked out again by other code, and rules shown able to fail."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations, product
from math import dist, sqrt
from typing import Any

import numpy as np
import pytest

from embedbook import claims, lists, tables
from embedbook.claims.ledger import Claim, Measurement
from embedbook.lists import benchmarks
from embedbook.tables import EmbeddingTable

TABLES = ("minilm", "glove", "smollm2")

# Measured on the three tables when the ledger was written. A difference means other tables, lists or rules.
VERDICTS = {
    "T1": "holds", "T3": "holds", "T4": "holds", "T5": "fails", "L1": "condition", "L2": "holds",
    "S1": "holds", "S2": "condition", "S3": "holds", "S4": "condition", "S5": "fails", "S6": "fails", "S7": "condition",
    "S8": "unchecked", "N1": "holds", "N2": "condition", "N3": "condition", "K1": "holds",
    "A1": "condition", "A2": "condition", "A3": "condition", "A4": "condition", "A5": "condition", "A6": "fails",
    "A7": "fails",
}  # fmt: skip


@pytest.fixture(params=TABLES)
def table(request: pytest.FixtureRequest) -> EmbeddingTable:
    return tables.load(request.param)


def claim_of(claim_id: str) -> Claim:
    return next(claim for claim in claims.entries() if claim.id == claim_id)


def said(claim_id: str, table: EmbeddingTable | str) -> Measurement[Any]:
    (measurement,) = claims.result(claim_id, tables=[table]).per_table.values()
    return measurement


@cache
def ids_of(table: EmbeddingTable) -> dict[str, int]:
    return {token: i for i, token in enumerate(table.tokens)}


def id_of(table: EmbeddingTable, word: str) -> int | None:
    """A word's id by its token as stored: SmolLM2's has capitals, and a mark where a word begins."""
    if table.card.name == "smollm2":
        return ids_of(table).get(f"Ġ{word}" if word.isalpha() else word)
    return ids_of(table).get(word.lower())


def cosine(table: EmbeddingTable, a: str, b: str) -> float:
    one, other = (table.vectors[id_of(table, word)].tolist() for word in (a, b))
    dot = sum(x * y for x, y in zip(one, other, strict=True))
    return dot / (sqrt(sum(x * x for x in one)) * sqrt(sum(y * y for y in other)))


@cache
def unit_rows(table: EmbeddingTable) -> np.ndarray:
    rows = np.asarray(table.vectors, dtype=np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def known_cosines(table: EmbeddingTable, pairs: Any) -> dict[tuple[str, str], float]:
    return {pair: cosine(table, *pair) for pair in pairs if all(id_of(table, word) is not None for word in pair)}


def random_cosines(table: EmbeddingTable, ids: Any) -> np.ndarray:
    """Other pairs than the ledger's, in double precision."""
    a, b = np.random.default_rng(2024).choice(ids, size=(2, 10_000))
    return (unit_rows(table)[a] * unit_rows(table)[b]).sum(axis=1)


def order_of(table: EmbeddingTable, vector: np.ndarray) -> list[int]:
    """All ids, nearest first."""
    return np.argsort(-(unit_rows(table) @ vector), kind="stable").tolist()


@pytest.mark.parametrize("claim_id", VERDICTS)
def test_the_verdict(claim_id: str):
    result = claims.result(claim_id, tables=TABLES)
    assert result.verdict.kind == VERDICTS[claim_id]
    assert result.verdict.kind == "holds" or result.verdict.sentence.endswith(".")


def test_all_claims_are_judged():
    assert set(VERDICTS) == {claim.id for claim in claims.entries() if claim.page in ("01", "03", "11")}


@pytest.mark.parametrize(
    ("claim_id", "sentence"),
    [
        ("S2", "It holds on minilm and smollm2, not on glove."),
        ("N3", "It holds on minilm and smollm2, not on glove."),
        ("L1", "It holds on minilm, glove and smollm2, not on Gemma 3's embedding module."),
        (
            "A4",
            "On minilm, only once the inputs are left out (else `big` comes first). On glove and smollm2 it holds as "
            "it stands.",
        ),
    ],
)
def test_where_the_tables_differ_they_are_named(claim_id: str, sentence: str):
    assert claims.result(claim_id, tables=TABLES).verdict.sentence == sentence


# --- rules shown able to fail and to hold: on other rows, or with the thresholds moved


@cache
def words() -> EmbeddingTable:
    """The first words of GloVe and those that the claims ask for."""
    glove = tables.load("glove")
    asked = "refrigerator elephant bicycle tokyo uncle aunt swam swimming bigger kitten joyful nurse python"
    tokens = list(dict.fromkeys([*glove.tokens[:6_000], *asked.split(), "hello"]))
    return tables.from_vectors(tokens, glove.vectors[[ids_of(glove)[token] for token in tokens]], name="words")


def with_rows(**rows: str) -> EmbeddingTable:
    """The table of words with some rows in place of others: ``with_rows(cat="dog")``; "-dog" is its negative."""
    vectors = words().vectors.copy()
    for word, other in rows.items():
        vectors[ids_of(words())[word]] = words()[other.lstrip("-")] * (-1 if other.startswith("-") else 1)
    return tables.from_vectors(words().tokens, vectors, name="spoilt")


def shuffled() -> EmbeddingTable:
    return tables.from_vectors(words().tokens, np.random.default_rng(0).permutation(words().vectors), name="shuffled")


def with_infinity() -> EmbeddingTable:
    """A number that a product with zero makes none of, so that the lookup by product is another one."""
    vectors = words().vectors.copy()
    vectors[7, 7] = np.inf
    return EmbeddingTable(words().card, words().vocabulary, vectors)


def with_a_padded_row() -> EmbeddingTable:
    return EmbeddingTable(words().card, words().vocabulary, np.vstack([words().vectors, words().vectors[:1]]))


def opposed() -> EmbeddingTable:
    """Antonyms with opposite rows."""
    vectors = words().vectors.copy()
    for a, b in lists.ANTONYMS:
        if a in words() and b in words():
            vectors[ids_of(words())[a]] = -words()[b]
    return tables.from_vectors(words().tokens, vectors, name="opposed")


def sided() -> EmbeddingTable:
    """Nurse is what remains of doctor without man and with woman."""
    rows = {"doctor": [1, 1, 0], "man": [0, 1, 0], "woman": [0, 0, 1], "nurse": [1, 0, 1]}
    return tables.from_vectors(list(rows), list(rows.values()))


Make = Callable[[], EmbeddingTable]
ELSEWHERE = ({"elephant": "cat"}, {"elephant": "dog"}, {"japan": "france"})


RULES: dict[str, list[tuple[Make, dict[str, Any], bool | None]]] = {
    "T1": [(words, {}, True), (with_a_padded_row, {}, False)],
    "T5": [(words, {}, None), (words, {"id": 6_000}, False), (words, {"id": words().id_of("hello")}, True)],
    "L1": [(words, {}, True), (with_infinity, {}, False)],
    "L2": [(words, {}, True), (words, {"tokens": 7}, False), (words, {"sentence": "Paris is in Ruritania"}, None)],
    "S1": [(words, {}, True), (lambda: with_rows(dog="bicycle"), {}, False)],
    "S2": [(words, {"margin": -1}, True), (shuffled, {}, False)],
    "S3": [(words, {}, True), *((lambda one=one: with_rows(**one), {}, False) for one in ELSEWHERE)],
    "S4": [(words, {}, True), (words, {"tolerance": 0}, False), (words, {"nothing": 0}, False)],
    "S5": [(opposed, {}, True), (words, {}, False), (words, {"fewest": 1_000}, None)],
    "S6": [(words, {"caught": 0}, True), (words, {}, False), (words, {"fewest": 1_000}, None)],
    "S7": [(words, {}, True), (lambda: with_rows(king="table", queen="-table"), {}, False), (sided, {}, None)],
    "S8": [(words, {}, None), (sided, {}, None)],
    "N1": [(words, {}, True), (shuffled, {}, False), (words, {"most": 11}, False)],
    "N2": [(words, {}, False), (words, {"most": 0}, True)],
    "N3": [(words, {"most": 0}, True), (shuffled, {}, False)],
    "K1": [(words, {}, True), (lambda: with_rows(refrigerator="cat"), {}, False), (words, {"percentile": 0}, False)],
    "A1": [(words, {}, True), (shuffled, {}, False), (words, {"near_the_top": 0}, False)],
    "A2": [(words, {}, True), (shuffled, {}, False)],
    "A3": [(words, {}, True), (shuffled, {}, False)],
    "A4": [(words, {}, True), (shuffled, {}, False)],
    "A5": [(words, {}, True), (words, {"above": 1}, False), (lambda: with_rows(king="queen"), {}, None)],
    "A6": [(words, {}, False), (words, {"lead": -1}, True), (words, {"least_answered": 10**6}, None)],
    "A7": [(words, {}, False), (sided, {}, True)],
}
WITHOUT_TABLES: dict[str, list[tuple[dict[str, Any], list[bool | None]]]] = {
    "T3": [({}, [True]), ({"billion": 10**10}, [False])],
    "T4": [({}, [True]), ({"id": 1}, [False])],
    "T5": [({}, [False]), ({"id": 9_906}, [True])],  # "Hello" in cl100k_base
    "L1": [({}, [False]), ({"width": 1}, [True])],
    "L2": [({}, [True, True]), ({"tokens": 7}, [False, False])],
    "S1": [({}, [None])],
}


@pytest.mark.filterwarnings("ignore:invalid value encountered in matmul")
@pytest.mark.parametrize("claim_id", RULES)
def test_a_rule_can_come_out_either_way(claim_id: str):
    for make, moved, passes in RULES[claim_id]:
        measurement = claim_of(claim_id).moved(**moved).on(make())
        assert measurement.passes is passes and measurement.value, (moved, measurement)


@pytest.mark.parametrize("claim_id", WITHOUT_TABLES)
def test_a_rule_without_tables_can_come_out_either_way(claim_id: str):
    for moved, passes in WITHOUT_TABLES[claim_id]:
        said = claim_of(claim_id).moved(**moved).without_table().values()
        assert [measurement.passes for measurement in said] == passes, moved


def test_every_rule_is_shown_to_come_out_either_way():
    """But those that have none: a score beside a year decides nothing."""
    for claim in (claim for claim in claims.entries() if claim.id in VERDICTS and claim.id != "S8"):
        assert not claim.per_table or {True, False} <= {passes for _, _, passes in RULES[claim.id]}, claim.id
        if claim.table_free and claim.id != "S1":
            assert {True, False} <= {p for _, passes in WITHOUT_TABLES[claim.id] for p in passes}, claim.id


@pytest.mark.parametrize(
    ("claim_id", "name", "moved", "condition"),
    [
        ("S4", "minilm", {}, "only for a row that is made longer: the longest rows do not crowd the lists"),
        ("S4", "minilm", {"crowded": 0}, ""),
        ("N2", "smollm2", {"most": 9}, "only with other terms of computing counted: 8 are languages"),
        ("N2", "smollm2", {"most": 8}, ""),
        ("A1", "minilm", {}, "only once the inputs are left out (else `king` comes first)"),
        ("A2", "minilm", {}, "only once the inputs are left out (else `japan` and `tokyo` come first)"),
        ("A4", "glove", {}, ""),
    ],
)
def test_a_condition_is_named(claim_id: str, name: str, moved: dict[str, Any], condition: str):
    assert claim_of(claim_id).moved(**moved).on(tables.load(name)).condition == condition


# --- quantities, by other code


@pytest.mark.parametrize(
    ("name", "shape"), [("minilm", (30_522, 384)), ("glove", (400_000, 50)), ("smollm2", (49_152, 576))]
)
def test_t1_shapes(name: str, shape: tuple[int, int]):
    # The shapes that the models' own pages state.
    numbers = said("T1", name).numbers
    assert (numbers.rows, numbers.dimensions) == shape
    assert numbers.rows == numbers.tokens == numbers.tokens_at_own_row


def test_t3_by_long_multiplication():
    # 202,048 x 5,120 = 202,048 x 5,000 + 202,048 x 100 + 202,048 x 20
    by_hand = 1_010_240_000 + 20_204_800 + 4_040_960
    assert by_hand == 1_034_485_760
    assert claims.result("T3").table_free["Arithmetic"].numbers == by_hand


def test_t4_and_t5_ids():
    import bpe_openai

    assert bpe_openai.get_encoding("o200k_base").decode([13_225]) == "Hello"
    assert claims.result("T4").table_free["o200k_base"].numbers == [13_225]
    assert said("T5", "minilm").numbers == 7_592  # line 7,593 of BERT's vocab.txt
    result = claims.result("T5", TABLES)
    assert [m.value for m in (result.per_table | result.table_free).values()] == [
        f"id 13,225 is `{token}`" for token in ("satisfy", "occupies", "Contact", "gap")
    ]


def test_l1_the_only_negative_zeros_are_counted(table: EmbeddingTable):
    zeros = np.argwhere(np.asarray(table.vectors) == 0)
    negative = [1 for i, j in zeros if str(table.vectors[i, j]) == "-0.0"]
    assert said("L1", table).numbers.negative_zeros == len(negative)


def test_l1_gemma_scales_by_the_root_of_its_width():
    factor = claims.result("L1", ["minilm"]).table_free["Gemma 3's embedding module"].numbers
    assert factor == 25.3 and factor**2 == pytest.approx(640, rel=0.001)


def test_l2_padding_is_reported_beside_the_six_rows():
    numbers = {name: said("L2", name).numbers for name in TABLES}
    assert {name: (n.rows, n.columns) for name, n in numbers.items()} == {
        "minilm": (6, 384), "glove": (6, 50), "smollm2": (6, 576)
    }  # fmt: skip
    assert [n.rows_as_the_file_comes for n in numbers.values()] == [128, None, None]


def test_s1_dot_products_and_the_chapters_two_columns(table: EmbeddingTable):
    one, other = (table[word].tolist() for word in ("cat", "dog"))
    assert said("S1", table).numbers.of["cat–dog"] == round(sum(x * y for x, y in zip(one, other, strict=True)), 2)
    assert claims.result("S1", [table]).table_free["The chapter's two columns"].numbers == {
        "cat–dog": round(5.28 / 0.4442, 1),
        "cat–car": round(1.73 / 0.1487, 1),
        "Paris–Tokyo": round(8.41 / 0.4891, 1),
        "Paris–bicycle": round(0.52 / 0.0312, 1),
    }


def test_s2_the_mean_cosine_within_a_group_and_with_others(table: EmbeddingTable):
    found = said("S2", table).numbers
    for group in ("animals", "programming words"):
        within = [cosine(table, a, b) for a, b in combinations(lists.GROUPS[group], 2)]
        assert found.of[group].within == round(sum(within) / 6, 2)
    others = [word for group in list(lists.GROUPS)[1:] for word in lists.GROUPS[group]]
    if table.card.name == "smollm2":  # where every digit is a token of its own
        others = [word for word in others if word not in ("100", "1000")]
    between = [cosine(table, a, b) for a, b in product(lists.GROUPS["animals"], others)]
    assert found.of["animals"].between == round(sum(between) / len(between), 2)
    assert found.clustered == sum(group.margin >= 0.05 for group in found.of.values())


@pytest.mark.parametrize(
    ("claim_id", "pair"), [("S3", "dog–elephant"), ("S3", "France–Japan"), ("S7", "king–table"), ("S7", "cat–kitten")]
)
def test_s3_and_s7_cosines(table: EmbeddingTable, claim_id: str, pair: str):
    exact, numbers = cosine(table, *pair.split("–")), said(claim_id, table).numbers
    assert (numbers[pair] if claim_id == "S3" else numbers.of[pair]) == round(exact, 2 if claim_id == "S3" else 4)


def test_s4_counts_in_double_precision(minilm: EmbeddingTable):
    rows = np.asarray(minilm.vectors, dtype=np.float64)
    lengths = np.array([dist(row, np.zeros(384)) for row in rows])
    longest = set(np.argsort(-lengths)[:100].tolist())
    by_dot = by_cosine = 0
    for query in minilm.frequent_words(200):
        dots = rows @ rows[query]
        best_dots, best_cosines = ([i for i in np.argsort(-s) if i != query][:10] for s in (dots, dots / lengths))
        by_dot += len(longest & set(map(int, best_dots)))
        by_cosine += len(longest & set(map(int, best_cosines)))
    numbers = said("S4", minilm).numbers
    assert (numbers.dot_places, numbers.cosine_places, numbers.places) == (by_dot, by_cosine, 2_000)


def test_s5_antonyms_one_by_one(table: EmbeddingTable):
    cosines = known_cosines(table, lists.ANTONYMS).values()
    numbers = said("S5", table).numbers
    assert numbers.antonym_pairs == len(cosines) == 39
    assert numbers.antonyms == round(sum(cosines) / 39, 2)
    assert numbers.antonyms_below_zero == sum(c < 0 for c in cosines) == 0
    assert numbers.row_and_its_negative == -1


def test_s5_and_s6_synonyms_from_the_file(minilm: EmbeddingTable):
    rated = [line.split("\t") for line in benchmarks.path("simlex999").read_text().splitlines() if line[:1] != "#"]
    close = list(known_cosines(minilm, [(a, b) for a, b, score in rated if float(score) >= 8]).values())
    numbers = said("S5", minilm).numbers
    assert (numbers.synonym_pairs, numbers.synonyms) == (len(close), round(sum(close) / len(close), 2))
    assert said("S6", minilm).numbers.synonym_share == round(sum(c >= 0.7 for c in close) / len(close), 3)


def test_s6_the_zero_point_with_other_random_pairs(table: EmbeddingTable):
    # Other pairs than the ledger's: the medians may differ by sampling alone, far less than 0.02.
    cosines = random_cosines(table, table.frequent_words(2_000))
    assert abs(said("S6", table).numbers.median_frequent - np.median(cosines)) < 0.02


def test_s7_rank_correlation_is_scipys(table: EmbeddingTable):
    from scipy.stats import spearmanr

    cosines = known_cosines(table, lists.COSINES_GPT2)
    expected = spearmanr(list(cosines.values()), [lists.COSINES_GPT2[pair] for pair in cosines]).statistic
    numbers = said("S7", table).numbers
    assert numbers.rank_correlation == round(expected, 2)
    assert {pair for pair, known in numbers.of.items() if known is not None} == {"–".join(pair) for pair in cosines}
    assert len(cosines) == (9 if table.card.name == "minilm" else 10)  # joyful is two pieces in minilm


def test_n1_neighbors_of_paris_by_hand(table: EmbeddingTable):
    order = [table.tokens[i].removeprefix("Ġ") for i in order_of(table, unit_rows(table)[id_of(table, "Paris")])]
    letters = {word.casefold(): word for word in reversed(order[:60])}  # each in its nearest spelling
    nearest = [word for fold, word in sorted(letters.items(), key=lambda one: order.index(one[1])) if fold != "paris"]
    shown = said("N1", table).value + said("N1", table).note
    assert all(f"`{word}`" in shown for word in nearest[:10])
    assert said("N1", table).numbers.on_the_list == (10 if table.card.name == "smollm2" else 8)


def test_n2_and_n3_say_what_strictness_costs():
    python = [said("N2", name).numbers for name in TABLES]
    assert [numbers.on_the_list for numbers in python] == [0, 3, 8]
    assert [numbers.generous >= 6 for numbers in python] == [False, False, True]
    happy = said("N3", "minilm").numbers
    assert happy.letter_for_letter < happy.on_the_list


def test_k1_with_other_random_pairs(table: EmbeddingTable):
    here, numbers = cosine(table, "cat", "refrigerator"), said("K1", table).numbers
    among_all = random_cosines(table, np.arange(len(table)))
    among_frequent = random_cosines(table, table.frequent_words(2_000))
    assert abs(numbers.percentile_all_rows - 100 * np.mean(among_all < here)) < 3
    assert abs(numbers.percentile_frequent - 100 * np.mean(among_frequent < here)) < 3


@pytest.mark.parametrize(
    ("claim_id", "equation"),
    [
        ("A1", "king - man + woman = queen"),
        ("A2", "Paris - France + Japan = Tokyo"),
        ("A2", "France - Paris + Tokyo = Japan"),
        ("A3", "walking - walked + swam = swimming"),
        ("A4", "big - bigger + smaller = small"),
    ],
)
def test_analogy_ranks_in_double_precision(table: EmbeddingTable, claim_id: str, equation: str):
    question, expected = equation.split(" = ")
    start, minus, plus, answer = (id_of(table, w) for w in [*question.replace(" - ", " + ").split(" + "), expected])
    unit = unit_rows(table)
    order = order_of(table, unit[start] - unit[minus] + unit[plus])
    without_inputs = [i for i in order if i not in (start, minus, plus)]
    places = said(claim_id, table).numbers[question]
    assert places.allowed == order.index(answer) + 1
    assert places.left_out == without_inputs.index(answer) + 1
    assert places.winner == table.word(order[0])
    # Where a table holds one spelling of each word, leaving out all spellings changes nothing; else it can only help.
    one_spelling = table.card.name != "smollm2"
    assert places.by_surface == places.left_out if one_spelling else places.by_surface <= places.left_out


def test_a5_the_cosines_between_differences(table: EmbeddingTable):
    unit = unit_rows(table)
    pairs = (("king", "queen"), ("man", "woman"), ("uncle", "aunt"))
    differences = [unit[id_of(table, woman)] - unit[id_of(table, man)] for man, woman in pairs]
    cosines = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in combinations(differences, 2)]
    numbers = said("A5", table).numbers
    assert numbers.lowest_cosine == round(min(cosines), 2)
    assert (numbers.lowest_cosine > numbers.random_bar) == (table.card.name != "smollm2")  # there, no more than chance
    for man, woman in pairs:
        without = [i for i in order_of(table, unit[id_of(table, man)]) if i != id_of(table, man)]
        assert numbers.without_it[woman] == without.index(id_of(table, woman)) + 1


def test_a6_one_relation_question_by_question(minilm: EmbeddingTable):
    ids, unit = ids_of(minilm), unit_rows(minilm)
    lines = benchmarks.path("google").read_text().lower().splitlines()
    family = lines[lines.index(": family") + 1 : lines.index(": gram1-adjective-to-adverb")]
    asked = [[ids[word] for word in line.split()] for line in family if set(line.split()) <= set(ids)]
    right = {"offset": 0, "c": 0, "b + c": 0}
    for a, b, c, d in asked:
        for name, vector in (("offset", unit[b] - unit[a] + unit[c]), ("c", unit[c]), ("b + c", unit[b] + unit[c])):
            scores = unit @ vector
            scores[[a, b, c]] = -9
            right[name] += int(scores.argmax()) == d
    lead = (right["offset"] - max(right["c"], right["b + c"])) / len(asked)
    assert said("A6", minilm).numbers.leads["family"] == round(lead, 3)


def test_a6_no_verdict_hangs_on_a_few_questions(table: EmbeddingTable):
    numbers = said("A6", table).numbers
    leads = numbers.leads.values()
    assert min(leads) < 0.09  # the rule wants 0.10 everywhere
    assert numbers.relations_led == sum(lead >= 0.10 for lead in leads) == (12 if table.card.name == "smollm2" else 9)
    assert min(abs(lead - 0.10) for lead in leads) > 0.01
    correct = {name: sum(score.correct for score in scores.values()) for name, scores in numbers.scores.items()}
    assert correct["inputs allowed"] < correct["inputs left out"]


def test_a7_nurse_appears_where_doctor_is_forbidden(table: EmbeddingTable):
    unit = unit_rows(table)
    doctor, man, woman, nurse = (id_of(table, word) for word in ("doctor", "man", "woman", "nurse"))
    order = order_of(table, unit[doctor] - unit[man] + unit[woman])
    assert order[0] == doctor
    assert said("A7", table).numbers.inputs_allowed == order.index(nurse) + 1
