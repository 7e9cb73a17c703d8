"""Patches of a photograph: against torch's own way to cut one, and by hand."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
import torch

from embedbook import pictures, widgets
from tests.unit.node import play, words


@pytest.mark.parametrize("size", [7, 28, 168])
def test_patches_are_those_of_torch(size: int) -> None:
    """`nn.Unfold`, which Llama 4's encoder begins with, lists a patch's colours one after the other."""
    picture = pictures.photo()
    as_torch = torch.tensor(picture, dtype=torch.float32).permute(2, 0, 1)[None]  # [1, 3, H, W]
    unfolded = torch.nn.Unfold(size, stride=size)(as_torch)[0].T.reshape(-1, 3, size * size)  # [n, 3, size²]
    assert np.array_equal(pictures.patches(picture, size), unfolded.transpose(1, 2).reshape(len(unfolded), -1).numpy())


def test_the_second_patch_is_right_of_the_first() -> None:
    picture = np.arange(4 * 6 * 3).reshape(4, 6, 3)
    assert pictures.patches(picture, 2)[1].tolist() == picture[:2, 2:4].ravel().tolist()


def test_a_list_or_a_tensor_is_a_picture_too() -> None:
    picture = np.arange(4 * 6 * 3).reshape(4, 6, 3)
    for given in (picture.tolist(), torch.tensor(picture)):
        assert np.array_equal(pictures.patches(given, 2), pictures.patches(picture, 2))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "kind", "said"),
    [
        (5, ValueError, "patches of 5 pixels do not fill a picture of 336 by 336"),
        (672, ValueError, "patches of 672 pixels do not fill"),
        (0, ValueError, "size must be 1 or more, got 0"),
        (-28, ValueError, "size must be 1 or more, got -28"),
        (2.5, TypeError, "size must be a whole number, got 2.5"),
        (np.nan, TypeError, "size must be a whole number, got nan"),
        (None, TypeError, "size must be a whole number, got None"),
        ("28", TypeError, "size must be a whole number, got '28'"),
    ],
)
def test_patches_must_fill_the_picture(size: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        pictures.patches(pictures.photo(), size)


@pytest.mark.parametrize(
    ("picture", "kind", "said"),
    [
        (None, TypeError, r"expected a picture \[H, W, 3\], got object"),
        ("china.jpg", TypeError, r"expected a picture \[H, W, 3\], got <U9"),
        ([], ValueError, r"expected a picture \[H, W, 3\], got shape \[0\]"),
        ([[[1, 2, 3]], []], TypeError, r"expected a picture \[H, W, 3\]"),
        (np.zeros((4, 4)), ValueError, r"got shape \[4, 4\]"),
        (np.zeros((4, 4, 4)), ValueError, r"got shape \[4, 4, 4\]"),
        (np.zeros((0, 4, 3)), ValueError, r"got shape \[0, 4, 3\]"),
        (np.zeros((1, 4, 4, 3)), ValueError, r"got shape \[1, 4, 4, 3\]"),
    ],
)
def test_what_is_no_picture_is_said(picture: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        pictures.patches(picture, 2)


def test_the_widget_carries_the_photograph_small_and_with_its_credit() -> None:
    from PIL import Image

    panel = widgets.patches(28)
    kept = panel.view.data["photo"]
    assert len(kept) < 45_000
    seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(kept.partition(",")[2]))), dtype=float)
    assert np.abs(seen - pictures.photo()).mean() < 8
    (drawn,) = play(panel)
    assert pictures.CREDIT in words(drawn.picture)


def test_the_grid_and_the_enlarged_patch_have_the_size_of_the_sentence() -> None:
    panel = widgets.patches(28)
    drawn, shared = play(panel, {"shared": True})
    (photo, enlarged) = drawn.all("eb-photo")
    assert photo.get("viewBox") == "0 0 336 336"
    ((left, top, *sides),) = drawn.numbers("eb-picked", "x", "y", "width", "height")
    assert sides == [28, 28] and left % 28 == top % 28 == 0 and left != top
    assert [float(at) for at in enlarged.get("viewBox").split()] == [left, top, 28, 28]
    (cut,) = drawn.all("eb-cut")
    assert cut.get("d").count("V336") == cut.get("d").count("H336") == 11
    assert [one.get("d").count("V336") for one in shared.all("eb-cut")] == [11, 5]
    assert "144 patches of 2,352 numbers" in drawn.text and "36 places" in shared.text
    widths = drawn.numbers("eb-part", "style:width")
    assert [round(width * (144 + 6) / 100) for (width,) in widths] == [6, 144]
    kinds = [one.get("class").split()[1] for one in drawn.all("eb-part")]
    assert [one.get("class").split()[1] for one in drawn.all("eb-key")] == kinds
    assert [words(line) for line in drawn.all("eb-stack")[0].iter("li")] == ["text 6", "picture 144"]
