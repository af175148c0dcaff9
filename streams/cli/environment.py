"""The one place that reads the environment: settings for every command."""

import argparse
import os

from streams.config import PREFIX, Settings


def read_settings(args: argparse.Namespace) -> Settings:
    """Return the settings of STREAMS_* variables, the brokers replaced by `--broker` if given.

    Raises:
        ConfigError: naming every wrong variable.
    """
    env = dict(os.environ)
    broker = getattr(args, "broker", None)
    if broker is not None:
        env[f"{PREFIX}BROKER_URLS"] = broker
    return Settings.from_env(env)
