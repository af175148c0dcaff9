"""The versions of the reference topics, as the oracle finds them in what Kafka kept."""

from collections.abc import Sequence
from contextlib import suppress

from streams.codec import model as model_rows
from streams.codec import offer_versions, stock
from streams.codec import products as product_rows
from streams.codec.acceptance import KEY_START, AcceptanceRows
from streams.codec.model import ModelRows
from streams.codec.offer_versions import OfferRows
from streams.codec.product_versions import ProductRows
from streams.core.acceptance import NO_ACCEPTANCE, Acceptance
from streams.core.errors import DecodeError
from streams.core.model import NO_MODEL, Model
from streams.core.offers import Policy
from streams.core.products import NO_PRODUCTS, Products
from tests.integration.reading import Logged

TOPICS = (product_rows.TOPIC, model_rows.TOPIC, offer_versions.TOPIC, stock.TOPIC)
FAR_MS = 2**62


def products_of(reference: Sequence[Logged], rows_max: int, policy: Policy) -> dict[str, Products]:
    """Version -> its products, as of the record that made it whole and put it in force."""
    rows, version = ProductRows(rows_max), ""
    found = {"": NO_PRODUCTS}
    for record in reference:
        if record.topic == TOPICS[0]:
            with suppress(DecodeError):
                rows.add(record.key, record.value)
            version = rows.choose(FAR_MS, version)
            if version not in found:
                found[version] = rows.products(version, policy.fold.lexicon.values_of)
    return found


def models_of(reference: Sequence[Logged]) -> dict[str, Model]:
    """Version -> its model, as of the record that made it whole."""
    rows = ModelRows()
    found = {"": NO_MODEL}
    for record in reference:
        if record.topic == TOPICS[1] and not (record.key or b"").startswith(KEY_START):
            with suppress(DecodeError):
                rows.add(record.key, record.value)
            model = rows.current(FAR_MS)
            if model is not None:
                found.setdefault(model.version, model)
    return found


def learned_of(reference: Sequence[Logged]) -> dict[str, Acceptance]:
    """Version -> what outcomes had taught by then."""
    rows = AcceptanceRows()
    found = {"": NO_ACCEPTANCE}
    for record in reference:
        if record.topic == TOPICS[1] and (record.key or b"").startswith(KEY_START):
            with suppress(DecodeError):
                rows.add(record.key, record.value)
            learned = rows.current(FAR_MS)
            if learned is not None:
                found.setdefault(learned.version, learned)
    return found


def offers_of(reference: Sequence[Logged]) -> dict[str, dict[str, str]]:
    """Version -> its files, as of the record that made it whole; whether they load is not asked.

    Candidates are among them: a ledger names such a one as shadow alone.
    """
    rows = OfferRows()
    found: dict[str, dict[str, str]] = {}
    for record in reference:
        if record.topic == TOPICS[2]:
            with suppress(DecodeError):
                rows.add(record.key, record.value)
            for version in (rows.choose(FAR_MS, ""), rows.candidate()):
                files = rows.files(version)
                if files is not None:
                    found.setdefault(version, files)
    return found
