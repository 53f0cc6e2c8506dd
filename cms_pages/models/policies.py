"""Policies and their interpretations (6.1, 9.3): metadata box, validity, both-way links, articles with anchors."""

import re
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, PageChooserPanel
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import StreamField
from wagtail.query import PageQuerySet
from wagtail.search import index

from cms_pages.listing import page_number, paging
from cms_pages.models.base import PublicPage
from cms_pages.policy_blocks import ArticleBlock, HeadingBlock, TextBlock, contents_of

PAGE_SIZE = 20
NO_NUMBER = "无"


class Validity(models.TextChoices):
    """State of a document; a repealed one stays readable (domain §2)."""

    VALID = "valid", "有效"
    REVISED = "revised", "已修改"
    EXPIRED = "expired", "失效"
    REPEALED = "repealed", "废止"


VALIDITY_TONES = {
    Validity.VALID: "good",
    Validity.REVISED: "warn",
    Validity.EXPIRED: "calm",
    Validity.REPEALED: "bad",
}


NOTICES = {
    Validity.REVISED: "本文件已修改，请以修改后的文件为准",
    Validity.EXPIRED: "本文件已失效，仅供查阅",
    Validity.REPEALED: "本文件已废止，仅供查阅",
}


class Disclosure(models.TextChoices):
    ACTIVE = "active", "主动公开"
    ON_REQUEST = "on_request", "依申请公开"


class PolicyIndexPage(PublicPage):
    """``/policies/``"""

    template = "cms_pages/policy_index.html"
    max_count = 1
    parent_page_types: ClassVar[list[str]] = ["cms_pages.HomePage"]
    subpage_types: ClassVar[list[str]] = ["cms_pages.PolicyPage"]

    class Meta:
        verbose_name = "政策文件栏目"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        rows = PolicyPage.newest().child_of(self)
        query = request.GET.get("q", "").strip()[:80]
        if query:
            wanted = plain_number(query)
            rows = rows.filter(
                models.Q(title__icontains=query) | models.Q(plain_document_number__icontains=wanted)
            )
        validity = request.GET.get("validity", "")
        if validity in Validity.values:
            rows = rows.filter(validity=validity)
        page = Paginator(rows, PAGE_SIZE).get_page(page_number(request))
        context |= {"query": query, "validity": validity, "validities": Validity.choices, "page_of": page}
        context |= paging(request, page, "份文件")
        return context


def plain_number(text: str) -> str:
    """A document number without brackets and blanks, so that 〔2022〕, [2022] and （2022） are one (PO-05)."""
    return re.sub(r"[\s〔〕\[\]［］【】()（）<>〈〉《》]", "", text)


class PolicyPage(PublicPage):
    """A policy document or the interpretation of one."""

    template = "cms_pages/policy.html"
    parent_page_types: ClassVar[list[str]] = ["cms_pages.PolicyIndexPage"]
    subpage_types: ClassVar[list[str]] = []

    index_number = models.CharField(
        "索引号", max_length=60, blank=True, help_text="如：00821984-0/2024-00325；没有则留空"
    )
    category = models.CharField("分类", max_length=60, blank=True, help_text="如：营商环境、行政审批")
    issuer = models.CharField("发文机关", max_length=120, help_text="如：儋州市人民政府办公室")
    written_on = models.DateField("成文日期", help_text="如：2022-09-25")
    document_number = models.CharField(
        "发文字号", max_length=60, blank=True, help_text="如：儋府办〔2022〕44号"
    )
    plain_document_number = models.CharField(max_length=60, blank=True, editable=False)
    issued_on = models.DateField("发布日期", help_text="如：2022-09-25；列表按此日期排序")
    validity = models.CharField("时效性", max_length=10, choices=Validity.choices, default=Validity.VALID)
    disclosure = models.CharField(
        "公开方式", max_length=12, choices=Disclosure.choices, default=Disclosure.ACTIVE
    )
    successor = models.ForeignKey(
        "self",
        verbose_name="替代文件",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="predecessors",
        help_text="时效性为“废止”或“已修改”时，选择新的文件",
    )
    interprets = models.ForeignKey(
        "self",
        verbose_name="解读的文件",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="interpretations",
        help_text="本页是政策解读时，选择它解读的文件；两页会互相链接",
    )
    body = StreamField(
        [("heading", HeadingBlock()), ("text", TextBlock()), ("article", ArticleBlock())],
        verbose_name="正文",
        blank=True,
        help_text="章名用“标题”，条文用“条”，其余用“段落”；条会自动生成可引用的位置",
    )
    attachments = StreamField(
        [("file", DocumentChooserBlock(label="文件"))],
        verbose_name="附件",
        blank=True,
        help_text="原文件（PDF、OFD、DOCX）及附表",
    )

    content_panels: ClassVar[list[Any]] = [
        *PublicPage.content_panels,
        MultiFieldPanel(
            [
                FieldPanel(name)
                for name in (
                    "index_number",
                    "category",
                    "issuer",
                    "written_on",
                    "document_number",
                    "issued_on",
                    "validity",
                    "disclosure",
                )
            ],
            heading="文件信息",
        ),
        MultiFieldPanel(
            [
                PageChooserPanel("successor", "cms_pages.PolicyPage"),
                PageChooserPanel("interprets", "cms_pages.PolicyPage"),
            ],
            heading="关联文件",
        ),
        FieldPanel("body"),
        FieldPanel("attachments"),
    ]
    search_fields: ClassVar[list[Any]] = [
        *PublicPage.search_fields,
        index.SearchField("body"),
        index.SearchField("document_number", boost=4),
        index.SearchField("plain_document_number", boost=4),
        index.SearchField("issuer"),
        index.FilterField("validity"),
        index.FilterField("issued_on"),
    ]

    class Meta:
        verbose_name = "政策文件"

    @classmethod
    def newest(cls) -> "PageQuerySet":
        """Published documents, the newest first."""
        return cls.objects.live().public().order_by("-issued_on", "-pk")

    def clean(self) -> None:
        super().clean()
        self.plain_document_number = plain_number(self.document_number)
        if self.pk and self.pk in (self.successor_id, self.interprets_id):
            raise ValidationError("文件不能替代或解读它自己。")

    @property
    def validity_tone(self) -> str:
        return VALIDITY_TONES[Validity(self.validity)]

    def facts(self) -> list[dict[str, str]]:
        """The metadata box in the order of the city's portal (PO-01)."""
        return [
            {"label": "标题", "value": self.title},
            {"label": "索引号", "value": self.index_number},
            {"label": "分类", "value": self.category},
            {"label": "发文机关", "value": self.issuer},
            {"label": "成文日期", "value": f"{self.written_on:%Y-%m-%d}"},
            {"label": "文号", "value": self.document_number or NO_NUMBER},
            {"label": "发布日期", "value": f"{self.issued_on:%Y-%m-%d}"},
            {"label": "时效性", "value": self.get_validity_display()},
        ]

    def files(self) -> list[dict[str, Any]]:
        """Attachments as the file list component wants them."""
        documents = [child.value for child in self.attachments if child.value]
        return [
            {
                "name": document.title,
                "url": document.url,
                "kind": document.file_extension.upper(),
                "size": document.get_file_size(),
            }
            for document in documents
        ]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        context |= {
            "facts": self.facts(),
            "contents": contents_of(self.body),
            "files": self.files(),
            "interpretations": self.interpretations.live().public(),
            "interpreted": self.interprets if self.interprets and self.interprets.live else None,
            "validity_notice": NOTICES.get(Validity(self.validity), ""),
            "follower": self.successor if self.successor and self.successor.live else None,
        }
        return context
