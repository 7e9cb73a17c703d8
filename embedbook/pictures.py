"""A photograph as an array, and its patches: what page 10 turns into rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from embedbook.tables.errors import library, whole
from embedbook.tables.table import as_numbers

CREDIT = "Photo: danielbuechele, CC BY 2.0, cropped"
"""What has to stand beside the photograph. scikit-learn ships it, with this note, as china.jpg."""

SIDE = 336
"""Pixels along either side of the crop, as many as Llama 4's released encoder takes."""

TOP, LEFT = 60, 150


def photo() -> NDArray[np.uint8]:
    """A square of scikit-learn's sample photograph: [336, 336, 3], red, green and blue from 0 to 255.

    Raises MissingExtraError without scikit-learn.

    >>> photo().shape
    (336, 336, 3)
    """
    library("sklearn", "the photograph", "pip install scikit-learn pillow")
    from sklearn.datasets import load_sample_image

    whole_picture: NDArray[np.uint8] = load_sample_image("china.jpg")  # [427, 640, 3]
    return whole_picture[TOP : TOP + SIDE, LEFT : LEFT + SIDE]


def patches(picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A picture [H, W, 3], cut into squares of ``size`` pixels, each laid out as one row: [H W / size², 3 size²].

    The squares follow each other as words on a page do. Raises TypeError for what is no picture or no whole number,
    ValueError for another shape and where the squares do not fill the picture.

    Source: the input of Dosovitskiy and others, ICLR 2021, section 3.1.

    >>> patches(photo(), 28).shape
    (144, 2352)
    """
    size, picture = whole(size, "size", least=1), as_numbers(picture, "a picture [H, W, 3]")
    if picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise ValueError(f"expected a picture [H, W, 3], got shape {list(picture.shape)}")
    rows, columns = picture.shape[0] // size, picture.shape[1] // size
    if (rows * size, columns * size) != picture.shape[:2]:
        raise ValueError(f"patches of {size} pixels do not fill a picture of {picture.shape[0]} by {picture.shape[1]}")
    cut = picture.reshape(rows, size, columns, size, -1)  # [rows, size, columns, size, 3]
    return cut.swapaxes(1, 2).reshape(rows * columns, -1)  # [rows columns, 3 size²]
