"""Caches that may be gone: a page is then slower, never broken (R-34).

Nothing that counts lives in the cache alone: sessions, sign-in guards and the queue are tables.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache as DjangoRedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def _asked(operation: Callable[[], Any], instead: Any) -> Any:
    """The store's answer, or ``instead`` when there is no store."""
    try:
        return operation()
    except (RedisError, OSError) as error:
        log.warning("the cache does not answer: %s", type(error).__name__)
        return instead


class _Forgiving:
    """Answers as an empty cache would while the store is gone."""

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(_asked(lambda: super(_Forgiving, self).add(key, value, *args, **kwargs), False))  # type: ignore[misc]

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return _asked(lambda: super(_Forgiving, self).get(key, default, version), default)  # type: ignore[misc]

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        _asked(lambda: super(_Forgiving, self).set(key, value, *args, **kwargs), None)  # type: ignore[misc]

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(_asked(lambda: super(_Forgiving, self).touch(key, *args, **kwargs), False))  # type: ignore[misc]

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(_asked(lambda: super(_Forgiving, self).delete(key, version), False))  # type: ignore[misc]

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(_asked(lambda: super(_Forgiving, self).has_key(key, version), False))  # type: ignore[misc]

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        found: dict[Any, Any] = _asked(lambda: super(_Forgiving, self).get_many(keys, version), {})  # type: ignore[misc]
        return found

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """The new count; raises ``ValueError`` for a key that is not there, as every cache does."""
        found = _asked(lambda: super(_Forgiving, self).incr(key, delta, version), None)  # type: ignore[misc]
        if found is None:
            raise ValueError(f"Key '{key}' not found")
        return int(found)

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> list[Any]:
        failed: list[Any] = _asked(
            lambda: super(_Forgiving, self).set_many(data, *args, **kwargs),  # type: ignore[misc]
            list(data),
        )
        return failed

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        _asked(lambda: super(_Forgiving, self).delete_many(keys, version), None)  # type: ignore[misc]

    def clear(self) -> None:
        _asked(lambda: super(_Forgiving, self).clear(), None)  # type: ignore[misc]


class RedisCache(_Forgiving, DjangoRedisCache):
    """Several machines: Redis, which may be away."""


class FileCache(_Forgiving, FileBasedCache):
    """One machine: files, whose disk may be full or not mounted."""

    def _createdir(self) -> None:
        _asked(super()._createdir, None)  # type: ignore[misc]
