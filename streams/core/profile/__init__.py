"""The living profile of one customer; a module for each group of traits."""
