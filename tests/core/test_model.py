"""The model of the population."""

from streams.core.model import NO_MODEL, Model


def test_a_model_that_was_not_fitted_knows_nothing() -> None:
    """Empty or None in every field: whoever reads it says "unknown"."""
    values = [getattr(NO_MODEL, name) for name in Model.__struct_fields__]

    assert [value for value in values if value] == []
