"""Off-policy evaluation: what a candidate policy would have earned on logged decisions; offline."""
