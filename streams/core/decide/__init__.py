"""The decision, a module a step: candidates, eligibility, contact policy, score, arbitration."""
