"""From D dimensions to two: PCA, t-SNE, and how far a map can be trusted.

>>> from embedbook import maps
>>> import numpy as np
>>> vectors = np.random.default_rng(0).normal(size=(30, 8))
>>> coords = maps.pca(vectors).coords
>>> maps.chance_recall(30, k=5) < maps.neighbor_recall(vectors, coords, k=5) < 1
True

``methods`` makes maps, ``scores`` judges them, ``constructed`` has point clouds whose truth is known, and ``atlas``
the maps of this book, which were made once by ``make maps``: another processor would make other ones.
"""

from embedbook.maps.atlas import WordMap, cloud_map, word_map
from embedbook.maps.methods import Components, conditional_probabilities, pca, random_start, tsne
from embedbook.maps.scores import (
    chance_recall,
    clumping,
    distance_order,
    nearest,
    neighbor_recall,
    same_class,
    silhouette,
    spread,
    trustworthiness,
)
from embedbook.probes import chance_same, shared

__all__ = [
    "Components", "WordMap", "chance_recall", "chance_same", "cloud_map", "clumping", "conditional_probabilities",
    "distance_order", "nearest", "neighbor_recall", "pca", "random_start", "same_class", "shared", "silhouette",
    "spread", "trustworthiness", "tsne", "word_map",
]  # fmt: skip
