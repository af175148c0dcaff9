"""Tags of YAML, by which nothing of ours is read: each is refused at its line."""

import re
from collections.abc import Iterator

import yaml

# What the parser says of a node that has no tag; `!!str` and the like it tells as the same.
_NO_TAG = re.compile(
    r"tag:yaml\.org,2002:(str|int|float|bool|null|seq|map|timestamp|merge|value)\Z"
)


def tagged(root: yaml.Node) -> Iterator[yaml.Node]:
    """Yield each node below `root`, and `root`, that has a tag of its own."""
    ahead, seen = [root], {id(root)}
    while ahead:
        node = ahead.pop()
        if not _NO_TAG.match(node.tag):
            yield node
        for one in _inside(node):
            if id(one) not in seen:  # an anchor can hold itself
                seen.add(id(one))
                ahead.append(one)


def _inside(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [one for pair in node.value for one in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
