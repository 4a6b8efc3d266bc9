"""Templates loop, test a boolean and print: everything else belongs to the views."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from conftest import ROOT

TEMPLATES = sorted((ROOT / "templates").glob("*.j2"))
ALLOWED_FILTERS = {"indent", "join"}
FORBIDDEN = (
    nodes.Assign,
    nodes.AssignBlock,
    nodes.Call,
    nodes.CallBlock,
    nodes.Compare,
    nodes.Concat,
    nodes.FromImport,
    nodes.Import,
    nodes.Macro,
    nodes.BinExpr,
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_templates_are_thin(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = Environment().parse(text)
    for node in tree.find_all(nodes.Node):
        # `a or b` is the one operation that tests booleans.
        assert not isinstance(node, FORBIDDEN) or isinstance(node, nodes.Or), f"{path}: {node}"
        if isinstance(node, nodes.Filter):
            assert node.name in ALLOWED_FILTERS
