"""How Django forms are drawn: accessible Chinese markup from ``templates/forms/``."""

from django.forms.renderers import TemplatesSetting


class ChineseFormRenderer(TemplatesSetting):
    """``{{ form }}`` and ``{{ field.as_field_group }}`` come from our own templates."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
