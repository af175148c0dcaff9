"""Fallbacks of offers: each must exist, be brought by the same events, and lead to an end."""

from collections.abc import Mapping

from streams.codec.yaml_tree import Fields
from streams.core.offers import Offer


def check_fallbacks(offers: Mapping[str, Offer], written: Mapping[str, Fields]) -> None:
    """Report what no single offer can tell; `written` is where each of them stands."""
    for name, offer in offers.items():
        if offer.fallback is None:
            continue
        other = offers.get(offer.fallback)
        if other is None:
            known = ", ".join(sorted(offers))
            written[name].report("fallback", f"{offer.fallback!r} is no offer; offers are {known}")
            continue
        missing = sorted(offer.triggers.keys() - other.triggers.keys())
        if missing:
            what = f"expected an offer with the same triggers, {other.offer!r} has none on"
            written[name].report("fallback", f"{what} {', '.join(missing)}")
        path = _path(name, offers)
        if path[-1] == name:
            written[name].report("fallback", f"is a cycle: {' -> '.join(path)}")


def _path(name: str, offers: Mapping[str, Offer]) -> list[str]:
    """The offers that would be considered, up to the end or to the first one met twice."""
    path = [name]
    while True:
        offer = offers.get(path[-1])
        if offer is None or offer.fallback is None:
            return path
        path.append(offer.fallback)
        if offer.fallback in path[:-1]:
            return path
