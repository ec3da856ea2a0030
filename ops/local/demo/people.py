"""The people who join in the demo's week, in addition to the demo accounts."""

from dataclasses import dataclass

from ops.local.demo_accounts import DemoPerson

JOINING = (
    DemoPerson("worker", "irina@ates.example", "Ирина Кузнецова"),
    DemoPerson("worker", "jonas@ates.example", "Jonas Weber"),
    DemoPerson("worker", "keiko@ates.example", "Keiko Tanaka"),
    DemoPerson("worker", "liam@ates.example", "Liam O'Connor"),
    DemoPerson("accountant", "marta@ates.example", "Marta Kowalska"),
    DemoPerson("manager", "nikolai@ates.example", "Николай Орлов"),
)

LEAVING = DemoPerson("worker", "oscar@ates.example", "Oscar Svensson")
"""Joins with the others, and is deactivated within the week."""

INVITED = DemoPerson("worker", "priya@ates.example", "Priya Nair")
"""Has an invitation that is not accepted."""


@dataclass(frozen=True, slots=True)
class Person:
    account_id: str
    role: str
