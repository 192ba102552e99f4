"""The deny list and the trial of a rule against past mail."""
