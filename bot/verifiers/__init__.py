"""Ways to check whether passages carry a sentence, cheapest first; one in each file."""
