# SPDX-License-Identifier: Apache-2.0
"""Runs notebooks and writes the pictures that they show: those of docs/gallery.md.

    python examples/notebooks/pictures.py docs/images/gallery examples/notebooks/paper.ipynb
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any


def run(notebook: Path, names: dict[str, Any] | None = None) -> list[Any]:
    """What the cells show, in their order."""
    names = {} if names is None else names
    shown = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        code = ast.parse("".join(cell["source"]))
        last = code.body.pop() if isinstance(code.body[-1], ast.Expr) else None
        exec(compile(code, notebook.name, "exec"), names)
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), notebook.name, "eval"), names))
    return shown


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for path in map(Path, sys.argv[2:]):
        number = 0
        for value in run(path):
            for kind, method in (("score", "to_score_svg"), ("roll", "to_svg"),
                                 ("picture", "_repr_svg_")):
                if not hasattr(value, method):
                    continue
                number += kind != "roll"
                (folder / f"{path.stem}-{number}-{kind}.svg").write_text(
                    getattr(value, method)(), encoding="utf-8")


if __name__ == "__main__":
    main()
