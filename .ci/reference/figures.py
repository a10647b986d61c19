"""Turns the figures of a page, written as Mermaid, into pictures inside of the page.

The pictures are drawn when the site is built: the built pages need no script and no network.
"""

from __future__ import annotations

import base64
import re

import merm

FIGURE = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"^\s*accTitle: (.*)\n", re.MULTILINE)
BOX = re.compile(r'viewBox="(\S+) (\S+) (\S+) (\S+)" width="\S+" height="\S+"')
MARGIN = 30
"""Room for labels that stand out of the drawing."""


def draw(markdown: str) -> str:
    """Replace every figure by its picture."""
    return FIGURE.sub(lambda figure: picture(figure[1]), markdown)


def picture(source: str) -> str:
    """Draw one figure; its ``accTitle`` is what a reader who cannot see it is given."""
    title = TITLE.search(source)
    if title is None:
        message = "a figure needs a line `accTitle: …`"
        raise ValueError(message)
    drawn = BOX.sub(_widened, merm.render_diagram(TITLE.sub("", source)), count=1)
    drawn = drawn.replace("</svg>", "<style>text { font-family: sans-serif; }</style></svg>")
    data = base64.b64encode(drawn.encode()).decode()
    return f'<img class="figure" alt="{title[1]}" src="data:image/svg+xml;base64,{data}">'


def _widened(box: re.Match[str]) -> str:
    left, top, width, height = (float(number) for number in box.groups())
    wide = width + 2 * MARGIN
    return f'viewBox="{left - MARGIN} {top} {wide} {height}" width="{wide}" height="{height}"'
