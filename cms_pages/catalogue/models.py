"""Items and what belongs to them: the catalogue that the editor keeps, the public reads and casework looks up."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.search import index

from cms_pages.catalogue.codes import ItemState, ItemType, LimitUnit, RowSource
from cms_pages.importing.models import ImportBatch
from portal.accounts.models import Department


class ServiceItem(index.Indexed, ClusterableModel):
    """An item (事项) that can be applied for (3, 4, 5.1, 6.10)."""

    platform_item_code = models.CharField(
        "平台事项编码",
        max_length=120,
        unique=True,
        help_text="如：460400-510117001000-00；导入与对接均以此为准",
    )
    basic_code = models.CharField(
        "基本编码", max_length=40, blank=True, db_index=True, help_text="全国统一为12位；地方变体原样保留"
    )
    name = models.CharField("事项名称", max_length=500, help_text="如：食品经营许可（新办）")
    main_item = models.CharField("主项名称", max_length=500, blank=True)
    item_type = models.CharField("事项类型", max_length=2, choices=ItemType.choices, default=ItemType.PERMIT)
    state = models.CharField("状态", max_length=1, choices=ItemState.choices, default=ItemState.IN_USE)
    area_code = models.CharField("行政区划代码", max_length=12, blank=True)
    org_code = models.CharField("编码中的机构代码", max_length=40, blank=True)
    department = models.ForeignKey(
        Department,
        verbose_name="来源清单中的单位",
        on_delete=models.PROTECT,
        related_name="listed_items",
        help_text="事项清单上列示的单位",
    )
    approval_department = models.ForeignKey(
        Department,
        verbose_name="行政审批部门",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="approved_items",
        help_text="谁审批谁负责（办法第四条）",
    )
    boundary_basis = models.TextField(
        "职责边界依据", blank=True, help_text="审批、监管、执法分工的文件依据（第三、四条，第六条第十项）"
    )
    # 5.1 划转
    transferred = models.BooleanField("划转事项", default=False)
    transfer_batch = models.CharField("划转批次", max_length=60, blank=True, help_text="如：第一批")
    transferred_on = models.DateField("划转日期", null=True, blank=True)
    transferred_from = models.ForeignKey(
        Department,
        verbose_name="原实施部门",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="transferred_items",
    )
    transfer_basis = models.CharField("划转依据", max_length=300, blank=True)
    # 7 联合审批
    joint_approval = models.BooleanField("联合审批事项", default=False)
    joint_reason = models.CharField(
        "联合审批原因", max_length=300, blank=True, help_text="专业要求高、业务复杂或涉及行业管控（第七条）"
    )
    site_inspection = models.BooleanField("需现场踏勘", default=False)
    result_name = models.CharField("办理结果名称", max_length=200, blank=True, help_text="如：食品经营许可证")
    service_object = models.CharField(
        "服务对象", max_length=100, blank=True, help_text="如：自然人、企业法人"
    )
    warnings = models.JSONField("导入提示", default=list, blank=True)
    batch = models.ForeignKey(
        ImportBatch,
        verbose_name="导入批次",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="items",
    )

    search_fields: ClassVar = [
        index.SearchField("title", boost=4),  # the search layer weighs "title" highest
        index.SearchField("main_item"),
        index.SearchField("platform_item_code"),
        index.AutocompleteField("name"),
        index.FilterField("item_type"),
        index.FilterField("state"),
        index.FilterField("department_id"),
        index.FilterField("transferred"),
        index.FilterField("joint_approval"),
        index.RelatedFields("department", [index.SearchField("name")]),
    ]

    class Meta:
        verbose_name = verbose_name_plural = "事项"
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["department", "id"], name="item_department"),
            models.Index(fields=["item_type", "id"], name="item_type"),
            models.Index(fields=["transferred", "id"], name="item_transferred"),
            models.Index(fields=["joint_approval", "id"], name="item_joint"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """The name, under the word that the search layer weighs highest."""
        return self.name

    def limit_on(self, kind: str, day: date) -> "LimitVersion | None":
        """The limit of ``kind`` (see LimitKind) in force on ``day``, or None when none is set."""
        rows = [row for row in self.limits.all() if row.kind == kind and row.valid_from <= day]
        return max(rows, key=lambda row: (row.valid_from, row.pk or 0), default=None)


class ItemDepartment(models.Model):
    """Who supervises and who enforces an item (3, 4, 6.10): each gets the result (9.1)."""

    class Kind(models.TextChoices):
        COMPETENT = "competent", "行政主管部门"
        ENFORCEMENT = "enforcement", "综合执法部门"

    item = ParentalKey(ServiceItem, on_delete=models.CASCADE, related_name="supervisors", verbose_name="事项")
    department = models.ForeignKey(
        Department, verbose_name="监管部门", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField("职责", max_length=20, choices=Kind.choices, default=Kind.COMPETENT)

    class Meta:
        verbose_name = verbose_name_plural = "监管部门"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "department", "kind"], name="one_supervisor_row")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.department}"


class JointUnit(models.Model):
    """A unit that the joint-approval list fixes for an item, with its own limit (7, 7.2)."""

    item = ParentalKey(ServiceItem, on_delete=models.CASCADE, related_name="joint_units", verbose_name="事项")
    department = models.ForeignKey(
        Department, verbose_name="联合审批单位", on_delete=models.PROTECT, related_name="+"
    )
    opinion_days = models.DecimalField(
        "意见时限（工作日）",
        max_digits=5,
        decimal_places=1,
        default=Decimal(3),
        validators=[MinValueValidator(Decimal("0.5"))],
        help_text="自收到材料起算；办法未规定数值，默认3个工作日",
    )
    reason = models.CharField("会办内容", max_length=300, blank=True, help_text="如：审查消防安全条件")
    valid_from = models.DateField("生效日期", default=date(2022, 9, 25))
    valid_to = models.DateField("失效日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "联合审批单位"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "department", "valid_from"], name="one_joint_unit_row")
        ]

    def __str__(self) -> str:
        return f"{self.department}（{self.opinion_days}个工作日）"


class LimitVersion(models.Model):
    """A statutory or promised limit of an item from a day on (5.2, 14). Versions are added, not changed."""

    class Kind(models.TextChoices):
        STATUTORY = "statutory", "法定办结时限"
        PROMISED = "promised", "承诺办结时限"

    item = ParentalKey(ServiceItem, on_delete=models.CASCADE, related_name="limits", verbose_name="事项")
    kind = models.CharField("时限类别", max_length=20, choices=Kind.choices)
    amount = models.DecimalField(
        "时限", max_digits=6, decimal_places=1, validators=[MinValueValidator(Decimal("0.5"))]
    )
    unit = models.CharField("单位", max_length=20, choices=LimitUnit.choices, default=LimitUnit.WORKDAY)
    extension = models.DecimalField("可延长", max_digits=6, decimal_places=1, default=Decimal(0))
    basis = models.CharField("依据", max_length=300, blank=True, help_text="如：《行政许可法》第四十二条")
    source = models.CharField("来源", max_length=20, choices=RowSource.choices, default=RowSource.LAW)
    valid_from = models.DateField("生效日期", default=date(2022, 9, 25))

    class Meta:
        verbose_name = verbose_name_plural = "办理时限"
        ordering: ClassVar = ["kind", "-valid_from"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}{self.amount.normalize():f}{self.get_unit_display()}"


class LegalBasis(models.Model):
    """A provision that an item rests on (设定依据)."""

    item = ParentalKey(ServiceItem, on_delete=models.CASCADE, related_name="bases", verbose_name="事项")
    law = models.CharField("法律法规名称", max_length=200, help_text="如：《食品安全法》")
    article = models.CharField("条款", max_length=100, blank=True, help_text="如：第三十五条")
    text = models.TextField("条文内容", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "设定依据"

    def __str__(self) -> str:
        return f"{self.law}{self.article}"


class Material(models.Model):
    """A material that an application needs (申请材料)."""

    class Necessity(models.TextChoices):
        REQUIRED = "1", "必要"
        OPTIONAL = "2", "非必要"
        OWED = "3", "容缺后补"

    class Source(models.TextChoices):
        OWN = "10", "申请人自备"
        GOVERNMENT = "20", "政府部门核发"
        INTERMEDIARY = "30", "中介机构"
        OTHER = "99", "其他"

    item = ParentalKey(ServiceItem, on_delete=models.CASCADE, related_name="materials", verbose_name="事项")
    name = models.CharField("材料名称", max_length=300, help_text="如：营业执照复印件")
    necessity = models.CharField(
        "必要性", max_length=1, choices=Necessity.choices, default=Necessity.REQUIRED
    )
    source = models.CharField("来源渠道", max_length=2, choices=Source.choices, default=Source.OWN)
    form = models.CharField("形式", max_length=60, blank=True, help_text="如：原件、复印件、电子件")
    copies = models.PositiveSmallIntegerField("份数", default=1)
    note = models.CharField("填报须知", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "申请材料"

    def __str__(self) -> str:
        return self.name


class GuideVersion(models.Model):
    """What a published guide said, frozen: a case points at the version it began with (5.5).

    ``snapshot`` holds item, limits, bases, materials, units and supervisors as
    ``cms_pages.catalogue.freezing.snapshot_of`` wrote them; ``sha256`` is the digest of its canonical JSON.
    ``gaps`` lists what is missing before applications may be taken (empty = open for applications).
    """

    item = models.ForeignKey(
        ServiceItem, verbose_name="事项", on_delete=models.PROTECT, related_name="guide_versions"
    )
    version = models.PositiveIntegerField("版本")
    snapshot = models.JSONField("内容")
    sha256 = models.CharField("摘要", max_length=64)
    gaps = models.JSONField("待补充", default=list)
    published_at = models.DateTimeField("发布时间")
    published_by = models.CharField("发布人", max_length=60, blank=True)
    current = models.BooleanField("现行", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "指南版本"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "version"], name="one_guide_version"),
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(current=True), name="one_current_guide"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} 第{self.version}版"

    @property
    def takes_applications(self) -> bool:
        """True when limit, basis, materials and supervisors are set."""
        return not self.gaps

    def rows(self, key: str) -> list[dict[str, Any]]:
        """The list stored under ``key`` of the snapshot, empty when absent."""
        found: list[dict[str, Any]] = self.snapshot.get(key, [])
        return found
