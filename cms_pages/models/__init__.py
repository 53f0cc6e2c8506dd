"""Every model of the public side; one page family per file."""

from cms_pages.catalogue.codes import ItemState, ItemType, LimitUnit, RowSource
from cms_pages.catalogue.models import (
    GuideVersion,
    ItemDepartment,
    JointUnit,
    LegalBasis,
    LimitVersion,
    Material,
    ServiceItem,
)
from cms_pages.importing.models import ImportBatch
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
