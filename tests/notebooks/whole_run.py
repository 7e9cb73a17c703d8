"""A plugin for nbval's one run of each notebook: after the last cell, what nbval does not compare is compared as well.

The widgets that the kernel holds then must be those that the notebook stores, with every trait and their JavaScript;
and each picture's description must be the stored one. Which widget is which does not matter, so no ids are compared.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from nbval.plugin import IPyNbCell

STATE = "application/vnd.jupyter.widget-state+json"
ASK = "import ipywidgets, json; print(json.dumps(ipywidgets.Widget.get_manager_state()['state']))"


def contents(state: dict[str, Any]) -> Counter[str]:
    """Each model with all that it refers to written out in place of ids, counted."""

    def whole(model: str) -> str:
        entry = json.dumps([state[model]["model_name"], state[model]["state"]], sort_keys=True)
        return re.sub(r"IPY_MODEL_(\w+)", lambda found: whole(found[1]), entry)

    return Counter(whole(model) for model in state)


def stale_widgets(stored: dict[str, Any], fresh: dict[str, Any]) -> list[str]:
    """The names of stored models that a run does not give again."""
    return [json.loads(text.partition(",")[0] + "]")[0] for text in (contents(stored) - contents(fresh))]


def descriptions(outputs: list[Any]) -> list[str]:
    """The alternative texts of pictures."""
    return [output.get("metadata", {}).get("image/png", {}).get("alt", "") for output in outputs]


def pytest_itemcollected(item: pytest.Item) -> None:
    if isinstance(item, IPyNbCell):
        item.output_timeout = 120  # a busy machine is no fault of the notebook's


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    outcome = yield
    if isinstance(item, IPyNbCell) and not outcome.excinfo:
        try:
            assert descriptions(item.test_outputs) == descriptions(item.cell.outputs)
            if item.cell is [cell for cell in item.parent.nb.cells if cell.cell_type == "code"][-1]:
                state = item.parent.nb.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
                assert not state or stale_widgets(state, held_by(item.parent.kernel.kc)) == []
        except AssertionError as error:
            outcome.force_exception(error)


def held_by(client: Any) -> dict[str, Any]:
    """The state of all widgets in a kernel."""
    said: list[dict[str, Any]] = []
    client.execute_interactive(ASK, store_history=False, timeout=120, output_hook=said.append)
    return json.loads("".join(message["content"].get("text", "") for message in said))
