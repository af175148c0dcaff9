"""The view of a decision as bytes: what `decide` needs to come to the same result again.

JSON, as in the decision log, whose `view` field holds the same object. Floats are written with as
many digits as they need to be read back to the same float.
"""

import msgspec

from streams.core.decide.view import View
from streams.core.errors import DecodeError

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(View)


def encode_view(view: View) -> bytes:
    """The bytes of `view`, equal for equal views."""
    return _ENCODER.encode(view)


def decode_view(data: bytes) -> View:
    """The view that `encode_view` wrote.

    Raises:
        DecodeError: when the bytes are no view.
    """
    try:
        return _DECODER.decode(data)
    except msgspec.DecodeError as error:
        raise DecodeError(reason="schema", what="decoding view", got=str(error)) from error
