"""`ates rebuild`: what can be made again from what is kept elsewhere."""

import typer

from ops.recovery import rebuild_analytics, rebuild_bus, rebuild_payouts

app = typer.Typer(help="Recreate the bus or analytics' tables; book missing payouts.", no_args_is_help=True)
app.command(name="analytics")(rebuild_analytics.command)
app.command(name="bus")(rebuild_bus.command)
app.command(name="payouts")(rebuild_payouts.command)
