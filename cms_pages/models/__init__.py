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
from cms_pages.models.guides import GuideIndexPage, GuidePage
from cms_pages.models.home import HomePage
from cms_pages.models.lists import ItemListPage, JointItemListPage
from cms_pages.models.policies import PolicyIndexPage, PolicyPage

__all__ = [
    "GuideIndexPage",
    "GuidePage",
    "GuideVersion",
    "HomePage",
    "ImportBatch",
    "ItemDepartment",
    "ItemListPage",
    "ItemState",
    "ItemType",
    "JointItemListPage",
    "JointUnit",
    "LegalBasis",
    "LimitUnit",
    "LimitVersion",
    "Material",
    "PolicyIndexPage",
    "PolicyPage",
    "RowSource",
    "ServiceItem",
]
