"""`kotae config show`: the settings in force, and where each comes from."""

import click

from bot.cli.options import JSON
from bot.cli.output import print_json, say


@click.group()
def config() -> None:
    """See the settings in force."""


@config.command()
@click.option("--all", "everything", is_flag=True, help="Also show settings left at their default.")
@JSON
def show(*, everything: bool, as_json: bool) -> None:
    """Show each setting and where its value comes from.

    Secrets stay hidden. A value comes from the environment, from the `.env` file, from a rollout,
    from knowledge.toml, or is the default.
    """
    from dataclasses import asdict

    from bot.settings.settings import load_settings, setting_origins

    found = setting_origins(load_settings())
    chosen = [origin for origin in found if everything or origin.source != "default"]
    if as_json:
        print_json([asdict(origin) for origin in found])
        return
    for origin in chosen:
        say(f"{origin.name}={origin.value}", (f"  # {origin.source}", "dim"))
    if not chosen:
        click.echo("Every setting has its default: `kotae config show --all` lists them.")
