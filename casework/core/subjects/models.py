"""Legal subjects by their code: whoever applies, holds a licence or is supervised."""

from typing import ClassVar

from django.db import models

from portal.accounts.encryption import EncryptedTextField
from portal.accounts.masking import mask_id_number, mask_name


class SubjectKind(models.TextChoices):
    ORGANISATION = "organisation", "法人及非法人组织"
    BUSINESS = "business", "个体工商户"
    PERSON = "person", "自然人"


class CodeKind(models.TextChoices):
    USCC = "uscc", "统一社会信用代码"
    CITIZEN_ID = "citizen_id", "居民身份证"
    PASSPORT = "passport", "护照"
    OTHER = "other", "其他证件"


class Subject(models.Model):
    """An organisation, a business or a person. Numbers are encrypted; the blind index finds them again."""

    kind = models.CharField("类别", max_length=20, choices=SubjectKind.choices)
    name = models.CharField("名称", max_length=200)
    code_kind = models.CharField("证件类型", max_length=20, choices=CodeKind.choices)
    code = EncryptedTextField("证件号码")
    code_index = models.CharField("证件索引", max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "主体"
        indexes: ClassVar = [models.Index(fields=["name"], name="subject_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_person(self) -> bool:
        return self.kind == SubjectKind.PERSON

    @property
    def shown_code(self) -> str:
        """The code as it may stand on screen: organisation codes in full, personal numbers masked."""
        return self.code if self.code_kind == CodeKind.USCC else mask_id_number(self.code)

    @property
    def public_name(self) -> str:
        """The name for public pages: a natural person's is masked (domain §3)."""
        return mask_name(self.name) if self.is_person else self.name
