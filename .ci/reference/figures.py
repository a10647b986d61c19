"""Renders the Mermaid figures of a page to images within the page.

They are rendered when the site is built: the built pages need no script and no network.
"""

from __future__ import annotations

import base64
import re

import merm

FIGURE = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"^\s*accTitle: (.*)\n", re.MULTILINE)
BOX = re.compile(r'viewBox="(\S+) (\S+) (\S+) (\S+)" width="\S+" height="\S+"')
MARGIN = 30
"""Margin for labels that extend beyond the drawing."""


def draw(markdown: str) -> str:
    """Replace every figure by its image."""
    return FIGURE.sub(lambda figure: picture(figure[1]), markdown)


def picture(source: str) -> str:
    """Render one figure; its ``accTitle`` is the text for screen readers."""
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
