"""Querysets that fail closed: a table that belongs to somebody answers only who asked as somebody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q, sql

_reason: ContextVar[str] = ContextVar("everything", default="")


class Unscoped(RuntimeError):
    """A guarded table was asked without `visible_to(user)`."""


@contextmanager
def everything(reason: str) -> Iterator[None]:
    """Let queries inside see every row; `reason` says why, and a test lists all uses."""
    token = _reason.set(reason)
    try:
        yield
    finally:
        _reason.reset(token)


class GuardedQuery(sql.Query):
    scoped = False

    def _require_scope(self) -> None:
        if not self.scoped and not _reason.get():
            raise Unscoped(f"{self.model and self.model.__name__} was queried without visible_to(user).")

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        self._require_scope()
        return super().get_compiler(*args, **kwargs)

    def chain(self, klass: Any = None) -> Any:
        if klass and not issubclass(klass, GuardedQuery):  # update and delete change the class and would lose the guard
            self._require_scope()
        return super().chain(klass)

    def combine(self, rhs: Any, connector: str) -> None:
        super().combine(rhs, connector)
        self.scoped = self.scoped and getattr(rhs, "scoped", True)


class GuardedQuerySet(models.QuerySet):
    model: Any

    def __init__(self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None) -> None:
        super().__init__(model, query or GuardedQuery(model), using, hints)

    def visible_to(self, user: Any) -> Self:
        """Only the rows that `user` may read, by the model's own rule `visible_q`; nothing for nobody."""
        return self._scoped(self.model.visible_q(user) if user.is_authenticated else Q(pk__in=[]))

    def _raw_delete(self, using: str | None) -> int:
        self.query._require_scope()  # type: ignore[attr-defined] # a delete without cascades changes the query's class in place
        return super()._raw_delete(using)

    def _merge_sanity_check(self, other: Any) -> None:
        super()._merge_sanity_check(other)  # type: ignore[misc]
        if not (self.query.can_filter() and other.query.can_filter()):  # a slice is merged through the plain base manager
            self.query._require_scope()  # type: ignore[attr-defined]
            other.query._require_scope()

    def _scoped(self, rule: Q) -> Self:
        queryset = self.filter(rule)
        queryset.query.scoped = True  # type: ignore[attr-defined]
        return queryset


class Guarded(models.Model):
    """A row that belongs to somebody. The model says to whom in `visible_q(user)`."""

    objects: ClassVar[Any] = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        raise NotImplementedError(f"{cls.__name__} does not say who may read it.")

    def validate_unique(self, exclude: Any = None) -> None:
        with everything("constraint"):
            super().validate_unique(exclude)

    def validate_constraints(self, exclude: Any = None) -> None:
        with everything("constraint"):
            super().validate_constraints(exclude)
