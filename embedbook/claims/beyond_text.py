"""Claims of page 10: pictures and marks, which become rows as words do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from embedbook import geometry
from embedbook.claims.ledger import Limits, Measurement, Page, Silence
from embedbook.claims.wording import code, codes
from embedbook.tables import EmbeddingTable, UnknownTokenError

PAGE = Page(__file__)


def through(**figures: Any) -> tuple[int, ...] | str:
    """The shape [pictures, rows, numbers] that Llama 4's vision encoder makes of a picture, or why it makes none.

    ``figures`` are arguments of its configuration. It is built on torch's meta device, which knows shapes only.

    >>> through(num_hidden_layers=1, hidden_size=1_408)
    (1, 256, 4096)
    >>> through(num_hidden_layers=1, hidden_size=768)
    'a and b must have same reduction dim, but got [256, 3072] X [5632, 4096]'
    """
    import torch
    from transformers import Llama4VisionConfig, Llama4VisionModel

    config: Any = Llama4VisionConfig(**figures)
    with torch.device("meta"):
        encoder, picture = Llama4VisionModel(config), torch.zeros(1, 3, config.image_size, config.image_size)
        try:
            return tuple(encoder(picture).last_hidden_state.shape)
        except RuntimeError as error:
            return str(error).rstrip(".")


def _shape(found: tuple[int, ...] | str) -> str:
    return f"stops: {code(found)}" if isinstance(found, str) else f"gives {found[1]} rows of {found[2]:,} numbers"


@PAGE.table_free("M1")
def vision_figures(limits: Limits) -> Mapping[str, Measurement[None]]:
    from transformers import Llama4VisionConfig

    figures, defaults = limits.figures, Llama4VisionConfig()
    same = [name for name, value in figures.items() if getattr(defaults, name) == value]
    released = {**figures, **limits.released}
    other = {name: value for name, value in figures.items() if released[name] != value}
    joined, wanted = 4 * figures["hidden_size"], figures["intermediate_size"]
    result = through(**figures)
    return {
        "transformers' class defaults": Measurement(f"{len(same)} of {len(figures)} figures agree", passes=None),
        "A picture through them": Measurement(
            f"an encoder of these figures {_shape(result)}",
            passes=not isinstance(result, str),
            note=f"Four patches are joined before the MLP: 4 × {figures['hidden_size']} = {joined:,} numbers, where it "
            f"takes {wanted:,}."
            if joined != wanted
            else "",
        ),
        "The released configuration": Measurement(
            f"cited: {len(figures) - len(other)} of {len(figures)} agree"
            + "".join(f"; {code(name)} is {released[name]:,}" for name in other),
            passes=not other,
            note=f"An encoder of its figures {_shape(through(**released))}; a last map takes them to the text's width, "
            "which the chapter leaves out.",
        ),
    }


@PAGE.table_free("M2")
def joined(limits: Limits) -> Mapping[str, Measurement[None]]:
    import torch
    from transformers import Llama4Config, Llama4ForConditionalGeneration, Llama4TextConfig, Llama4VisionConfig

    width, mark, side = 32, 49, 7
    text = Llama4TextConfig(
        vocab_size=50, hidden_size=width, intermediate_size=32, intermediate_size_mlp=32, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=16, num_local_experts=2, pad_token_id=0,
    )  # fmt: skip
    vision: Any = Llama4VisionConfig(
        hidden_size=16, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        image_size=round(limits.patches**0.5) * side, patch_size=side, vision_output_dim=24, projector_input_dim=24,
        projector_output_dim=24,
    )  # fmt: skip
    config = Llama4Config(
        vision_config=vision.to_dict(), text_config=text.to_dict(), boi_token_index=47, eoi_token_index=48,
        image_token_index=mark,
    )  # fmt: skip
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model: Any = Llama4ForConditionalGeneration(config)
        model.eval()
        picture = torch.randn(1, 3, vision.image_size, vision.image_size)
        features = model.multi_modal_projector(model.vision_model(picture).last_hidden_state).reshape(-1, width)
        places = len(features)
        ids = torch.tensor([[1, 5, *[mark] * places, 7, 9]])  # text, picture, text
        entered: dict[str, Any] = {}
        model.language_model.register_forward_pre_hook(lambda _, __, given: entered.update(given), with_kwargs=True)
        scores = model(input_ids=ids, pixel_values=picture).logits
    rows, is_picture = entered["inputs_embeds"][0], ids[0] == mark
    looked_up = model.get_input_embeddings()(ids)[0]
    as_said = torch.equal(rows[is_picture], features) and torch.equal(rows[~is_picture], looked_up[~is_picture])
    return {
        "A small Llama 4": Measurement(
            f"{limits.patches} patches take {places} places; with {len(rows) - places} of text the layers get "
            f"{list(rows.shape)} and score {scores.shape[1]} places",
            passes=bool(as_said and places == limits.rows and scores.shape[1] == len(rows)),
        )
    }


@PAGE.per_table("M3")
def roles(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    tokens = {table.tokens[i]: i for i in table.special}
    mark, end = next((pair for pair in limits.marks if pair[0] in tokens), ("", ""))
    if not mark:
        raise Silence("no mark of a chat is among its special tokens")
    try:
        behind = {role: table.encode(mark + role)[1:] for role in limits.roles}
    except UnknownTokenError as error:
        raise Silence(f"{code(error.word)} has no row here") from error
    whole = [role for role, ids in behind.items() if len(ids) == 1]
    cut = [f"{code(role)} is {codes([table.tokens[i] for i in ids])}" for role, ids in behind.items() if len(ids) > 1]
    ordinary = [role for role in whole if behind[role][0] not in table.special]
    closed = f"id {tokens[end]:,}" if end in tokens else "none"
    return Measurement(
        f"{code(mark)} has id {tokens[mark]:,}, {code(end)} {closed}; behind the first {len(whole)} of {len(behind)} "
        "roles are one token" + "".join(f", {one}" for one in cut),
        passes=not cut and end in tokens,
        condition="as ordinary words, not as markers" if ordinary and not cut else "",
        note=f"{codes(ordinary)}: ordinary words, no special tokens." if ordinary else "",
    )


@PAGE.per_table("M4")
def trained_apart(table: EmbeddingTable, limits: Limits) -> Measurement[None]:
    ids = [i for i in table.special if table.norms[i]]
    if len(ids) < 2:
        raise Silence("it has no special tokens to compare")
    unit = geometry.unit(table.vectors[ids])  # [n, D]
    cosines = unit @ unit.T  # [n, n]
    np.fill_diagonal(cosines, -1)
    alike = int((cosines.max(axis=1) > limits.alike).sum())
    drawn = geometry.random_pair_baseline(table)
    return Measurement(
        f"{alike} of {len(ids)} special tokens have a cosine above {limits.alike} with another",
        passes=alike <= limits.most * len(ids),
        note=f"Random pairs of this table have {drawn.mean:.2f} on average.",
    )


@PAGE.table_free("M5")
def intermediate_layers(limits: Limits) -> Mapping[str, Measurement[None]]:
    from transformers import Llama4VisionConfig, MllamaConfig

    said = " ".join((Llama4VisionConfig.__doc__ or "").split())
    sentence = "Includes output of transformer encoder with intermediate layers and global transformer encoder."
    shape = through(hidden_size=limits.released["hidden_size"], vision_output_dim=limits.output)
    older: Any = MllamaConfig().vision_config
    beside = len(older.intermediate_layers_indices)
    return {
        "transformers' documentation": Measurement(
            "it says “Includes output of transformer encoder with intermediate layers and global transformer encoder.”"
            if sentence in said
            else "it does not say so",
            passes=None,
        ),
        "Llama 4's class": Measurement(
            f"told {limits.output:,}, it {_shape(shape)}, and it has no setting for intermediate layers",
            passes=not isinstance(shape, str) and shape[-1] == limits.output,
        ),
        "Llama 3.2's class": Measurement(
            f"{older.hidden_size:,} wide, the last layer and {beside} intermediate ones: {older.hidden_size:,} × "
            f"{1 + beside} = {older.hidden_size * (1 + beside):,}, its default is {older.vision_output_dim:,}",
            passes=None,
        ),
    }


@PAGE.table_free("M6")
def metaclip(_: Limits) -> Mapping[str, Measurement[None]]:
    return {
        "The announcement": Measurement(
            "cited: Meta AI (2025) says that it is, and was trained separately, with a frozen Llama model", passes=None
        )
    }
