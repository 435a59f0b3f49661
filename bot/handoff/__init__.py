"""Questions that people are asked because the documents do not answer them."""
