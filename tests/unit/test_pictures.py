"""Patches of a photograph: against torch's own way to cut one, and by hand."""

from __future__ import annotations

import base64
import io

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


@pytest.mark.parametrize(("size", "kind"), [(5, ValueError), (0, ValueError), (2.5, TypeError)])
def test_patches_must_fill_the_picture(size: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        pictures.patches(pictures.photo(), size)


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
