"""Frozen values: what a function passes around, and the rows of its tables."""

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field
from typing import Any, ClassVar, NoReturn, dataclass_transform


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Frozen:
    """A frozen dataclass, except that its methods are inherited and not generated.

    Generating them takes six times as long, in every cold start. `fields`, `replace`, `asdict` work alike.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # A dataclass without a docstring gets one with its signature, which takes as long again.
        cls.__doc__ = cls.__doc__ or cls.__name__
        dataclass(init=False, repr=False, eq=False)(cls)

    def __init__(self, *values: Any, **named: Any) -> None:
        own, known = vars(self), self.__dataclass_fields__
        own.update(zip(self.__match_args__, values, strict=False))
        own.update(named)
        if len(own) < len(values) + len(named):
            raise TypeError(f"{type(self).__name__} got a field twice, or too many values")
        if own.keys() != known.keys():
            own.update({name: self._default(name) for name in known if name not in own})
        if own.keys() != known.keys():
            raise TypeError(f"{type(self).__name__} has no field {min(own.keys() - known.keys())}")

    @classmethod
    def _default(cls, name: str) -> Any:
        absent = cls.__dataclass_fields__[name]
        if absent.default is not MISSING:
            return absent.default
        if absent.default_factory is not MISSING:
            return absent.default_factory()
        raise TypeError(f"{cls.__name__} needs the field {name}")

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(map(vars(self).__getitem__, self.__match_args__)))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({fields})"

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")
