"""PyYAML's parser, restricted to texts, lists and mappings; needs the extra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import yaml

from smsreg._text import escape
from smsreg.registration.nodes import MAX_DEPTH, Node, Place, mapping, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Loader(yaml.BaseLoader):
    """Resolves nothing: each scalar is a text."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = cast("Any", self).peek_event()
        place = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise refusal(place, "anchors and aliases are not taken: write the value out")
        if getattr(event, "tag", None) not in (None, "!"):
            raise refusal(place, "tags are not taken: everything is a text, a list or a mapping")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise refusal(place, "the file is nested too deeply")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def load(text: str) -> Iterator[Node]:
    """Read each document of a YAML text.

    Raises:
        InvalidRequestError: The text is no YAML of the kind that is taken.
    """
    try:
        loader = _Loader(text)
        while loader.check_node():
            yield _node(cast("yaml.Node", loader.get_node()))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _place(mark) if mark else Place(1, 1)
        raise refusal(place, escape(error.problem or "this is not YAML")) from None
    except yaml.YAMLError:
        raise refusal(Place(1, 1), "this is not YAML: it has characters that no text has") from None


def _place(mark: yaml.Mark) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _node(node: yaml.Node) -> Node:
    place = _place(node.start_mark)
    if isinstance(node, yaml.MappingNode):
        return mapping([(_node(key), _node(value)) for key, value in node.value], place)
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(item) for item in node.value], place)
    return Node(node.value, place)
