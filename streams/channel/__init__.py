"""A reference subscriber of one channel: the open offers, asked for and reported on."""
