"""`kotae try`, `kotae ask`, `kotae chat`: questions in a terminal."""

import sys

import click


@click.command(name="try")
@click.option("--no-demo", is_flag=True, help="Skip the two questions that are asked first.")
@click.option("--terminal", is_flag=True, help="Talk here in the terminal, without the page.")
@click.option(
    "--port", default=8765, show_default=True, help="Port of the page; 0 takes any free one."
)
def try_(*, no_demo: bool, terminal: bool, port: int) -> None:
    """Talk to the bot over sample documents: no account, no key, nothing to set up.

    A Slack-shaped workspace opens in the browser: channels, threads, votes, commands, and faults to
    cause on purpose, all on this machine. The samples are a Japanese city's guide to household
    waste and an English employee handbook, both made up. With OPENAI_API_KEY set, the model
    answers; without, the bot quotes.
    """
    from bot.cli.try_terminal import try_samples

    try_samples(demo=not no_demo, terminal=terminal, port=port)


@click.command()
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--as",
    "reader",
    default="members",
    show_default=True,
    help="Ask as `anyone`, as `members`, or as a member of these channels or groups: `#hr,C0123`.",
)
def ask(*, question: str, as_json: bool, reader: str) -> None:
    """Answer one QUESTION from the documents of knowledge.toml (`-` reads it from standard input).

    Exit code 0 when it was answered or asked back, 3 when it was handed over, 1 when it failed.
    """
    from bot.cli.ask import ask_once

    text = sys.stdin.read() if question == "-" else question
    sys.exit(ask_once(text, reader, as_json=as_json))


@click.command()
@click.option("--as", "reader", default="members", show_default=True, help="As for `kotae ask`.")
def chat(*, reader: str) -> None:
    """Talk to the bot over the documents of knowledge.toml; it remembers the conversation."""
    from bot.cli.try_terminal import chat_over_knowledge

    chat_over_knowledge(reader)
