"""Tables that the tests share: two real ones, and one small enough to check by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from embedbook import tables
from embedbook.tables import EmbeddingTable

settings.register_profile("any machine", deadline=None)  # a busy one takes longer
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Small models train faster on one thread, and to the same last digit; two that wait for one another crawl."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def minilm() -> EmbeddingTable:
    return tables.load("minilm")


@pytest.fixture(scope="session")
def glove() -> EmbeddingTable:
    return tables.load("glove")


@pytest.fixture(autouse=True)
def no_columns(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody measured into the folder ``results`` changes no test."""
    nowhere: Path = tmp_path_factory.getbasetemp() / "no-results"
    monkeypatch.setenv("EMBEDBOOK_RESULTS", str(nowhere))


@pytest.fixture
def compass() -> EmbeddingTable:
    """Directions in the plane, of different lengths, and one row without a direction."""
    rows = {"north": [0, 1], "east": [1, 0], "south": [0, -2], "west": [-3, 0], "northeast": [4, 4], "nowhere": [0, 0]}
    return tables.from_vectors(list(rows), list(rows.values()), name="compass")


@pytest.fixture
def court() -> EmbeddingTable:
    """Dimensions: man, woman, crown. King is man and crown, queen woman and crown; two spellings of king."""
    rows = {"man": [2, 0, 0], "woman": [0, 1, 0], "king": [1, 0, 1], "queen": [0, 3, 3], "King": [1, 0, 1.5]}
    return tables.from_vectors(list(rows), list(rows.values()), name="court")
