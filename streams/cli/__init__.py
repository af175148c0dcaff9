"""The streams command, one module per subcommand: parse, call, print, exit."""
