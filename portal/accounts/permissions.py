"""What the editors' desk may do with rows that are never deleted, whoever asks."""

from typing import Any

from django.db.models import Model
from wagtail.permission_policies import ModelPermissionPolicy

KEPT = frozenset({"add", "change", "view", "choose"})
READ_ONLY = frozenset({"view", "choose"})


class LimitedPolicy(ModelPermissionPolicy):
    """The model's own permissions, but only ``actions`` of them: nobody, not even a superuser, has the rest."""

    def __init__(self, model: type[Model], actions: frozenset[str] = KEPT) -> None:
        super().__init__(model)
        self.actions = actions

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action in self.actions and bool(super().user_has_permission(user, action))

    def user_has_any_permission(self, user: Any, actions: Any) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)
