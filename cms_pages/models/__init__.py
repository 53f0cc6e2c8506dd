"""Every model of the public side; one page family per file."""

from cms_pages.catalogue.models import (
    GuideVersion,
    ImportBatch,
    ItemDepartment,
    ItemState,
    ItemType,
    JointUnit,
    LegalBasis,
    LimitUnit,
    LimitVersion,
    Material,
    RowSource,
    ServiceItem,
)

__all__ = [
    "GuideVersion",
    "ImportBatch",
    "ItemDepartment",
    "ItemState",
    "ItemType",
    "JointUnit",
    "LegalBasis",
    "LimitUnit",
    "LimitVersion",
    "Material",
    "RowSource",
    "ServiceItem",
]
