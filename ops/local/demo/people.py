"""Who joins the company in the week of the demo; those whom `ates up` made have been there before."""

from dataclasses import dataclass

from ops.local.demo_accounts import Demo

JOINING = (
    Demo("worker", "irina@ates.example", "Ирина Кузнецова"),
    Demo("worker", "jonas@ates.example", "Jonas Weber"),
    Demo("worker", "keiko@ates.example", "Keiko Tanaka"),
    Demo("worker", "liam@ates.example", "Liam O'Connor"),
    Demo("accountant", "marta@ates.example", "Marta Kowalska"),
    Demo("manager", "nikolai@ates.example", "Николай Орлов"),
)

LEAVING = Demo("worker", "oscar@ates.example", "Oscar Svensson")
"""Joins with the others, and is deactivated before the week is over."""

INVITED = Demo("worker", "priya@ates.example", "Priya Nair")
"""Has an invitation that is not accepted."""


@dataclass(frozen=True, slots=True)
class Person:
    account_id: str
    role: str
