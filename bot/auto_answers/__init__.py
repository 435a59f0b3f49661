"""Answers to questions that were put to everybody in a channel, and not to the bot."""
