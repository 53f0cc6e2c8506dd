"""The style guide: every component in every state, on pages one can look at and test.

Open while DEBUG is on; in production only for people who are signed in. Nothing here is read from the
database, and nothing is written.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_http_methods

from portal.styleguide_samples import desk_samples, samples


class SampleForm(forms.Form):
    """One field of every kind the product uses."""

    applicant = forms.CharField(label="申请人名称", help_text="与营业执照或身份证上的名称一致。")
    code = forms.CharField(label="统一社会信用代码", min_length=18, max_length=18, required=False)
    phone = forms.CharField(label="联系电话", widget=forms.TextInput(attrs={"type": "tel"}))
    item = forms.ChoiceField(
        label="申请事项",
        choices=[
            ("", "请选择"),
            ("1", "食品经营许可（示例）"),
            ("2", "公共场所卫生许可（示例）"),
        ],
    )
    outcome = forms.ChoiceField(
        label="审批意见",
        choices=[
            ("agree", "同意"),
            ("conditional", "附条件同意"),
            ("disagree", "不同意"),
        ],
        widget=forms.RadioSelect,
        help_text="不同意的，必须写明理由。",
    )
    units = forms.MultipleChoiceField(
        label="联合审批单位",
        choices=[("a", "市场监督管理局（示例）"), ("b", "卫生健康委员会（示例）")],
        widget=forms.CheckboxSelectMultiple,
    )
    reasons = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 4}), required=False)
    day = forms.DateField(label="踏勘日期", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    papers = forms.FileField(
        label="申请材料",
        required=False,
        help_text="PDF、Word、图片，单个不超过 20 MB。",
    )
    promise = forms.BooleanField(label="我已核对以上内容，情况属实")


@require_http_methods(["GET", "HEAD"])
def styleguide(request: HttpRequest) -> HttpResponse:
    """Public components."""
    return _show(request, "styleguide/index.html", {})


@require_http_methods(["GET", "HEAD"])
def desk(request: HttpRequest) -> HttpResponse:
    """The desk's shell with its navigation, alarm and lists."""
    return _show(request, "styleguide/desk.html", desk_samples())


def _show(request: HttpRequest, template: str, extra: dict[str, Any]) -> HttpResponse:
    if not settings.DEBUG and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    bad = SampleForm(
        {"applicant": "", "code": "123", "item": "1", "outcome": "agree"},
        auto_id="bad_%s",
    )
    forms_shown = {"bad_form": bad, "empty_form": SampleForm()}
    return TemplateResponse(request, template, samples() | forms_shown | extra)


# The route test reads the marker: signed in is enough, no permission of casework is asked.
styleguide.access_marker = desk.access_marker = "signed-in"  # type: ignore[attr-defined]

urlpatterns = [
    path("", styleguide, name="styleguide"),
    path("desk/", desk, name="styleguide-desk"),
]
