"""Files of the data folder that count: every machine of the team has the same ones."""
