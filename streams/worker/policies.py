"""The policy as settings name it: offer catalogue, contact policy and lexicon, from their files."""

from pathlib import Path

from streams.codec.catalogue import load_policy
from streams.codec.lexicon import load_lexicon
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.core.offers import Policy


def read_policy(settings: Settings) -> Policy:
    """The policy in the YAML files of `offers_dir`, which hears by those of `lexicon_dir`.

    Raises:
        ConfigError: naming file and line of every problem.
    """
    words = _texts(settings.lexicon_dir, "lexicon", "STREAMS_LEXICON_DIR")
    offers = _texts(settings.offers_dir, "offers", "STREAMS_OFFERS_DIR")
    lexicon = load_lexicon(words)
    return load_policy(offers, lateness_max_ms=settings.lateness_max_ms, lexicon=lexicon)


def _texts(directory: Path, what: str, variable: str) -> dict[str, str]:
    """The files of `directory`, name -> text; at least one."""
    try:
        files = {one.name: one.read_text("utf-8") for one in sorted(directory.glob("*.yaml"))}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(problems=[f"reading the {what} in {directory}: {error}"]) from error
    if not files:
        problem = (
            f"{what} directory {directory}: expected *.yaml files, found none; "
            f"set {variable} to the directory of the {what} files"
        )
        raise ConfigError(problems=[problem])
    return files
