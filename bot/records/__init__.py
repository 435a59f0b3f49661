"""The ledger of answers, labels, and who opted out."""
