"""Plausible checklists of the demo city: examples, not the lists of any real authority."""

from cms_pages.catalogue.models import Material

REQUIRED, OPTIONAL, OWED = Material.Necessity.REQUIRED, Material.Necessity.OPTIONAL, Material.Necessity.OWED
Row = tuple[str, str, str, str]  # name, necessity, form, note

_FORM: Row = ("申请书", REQUIRED, "原件", "按格式文本填写，加盖公章或签名")
_LICENCE: Row = ("营业执照", REQUIRED, "复印件", "可由窗口从电子证照库调取打印")
_AGENT: Row = ("授权委托书及经办人身份证明", OPTIONAL, "原件及复印件", "委托他人办理的提交")

MATERIALS: dict[str, tuple[Row, ...]] = {
    "premises": (
        _FORM,
        _LICENCE,
        ("经营场所平面图", REQUIRED, "电子件", "标明功能分区和面积"),
        ("管理制度文本", OWED, "电子件", "可在受理后补充"),
        _AGENT,
    ),
    "health": (
        _FORM,
        _LICENCE,
        ("场所平面图和卫生设施说明", REQUIRED, "电子件", "标明卫生设施位置"),
        ("卫生检测或者评价报告", REQUIRED, "复印件", "由有资质的机构出具"),
        _AGENT,
    ),
    "person": (
        ("注册申请表", REQUIRED, "原件", "本人签名"),
        ("身份证明", REQUIRED, "复印件", "交验原件"),
        ("资格证书", REQUIRED, "复印件", "可由电子证照库调取"),
        ("拟聘用单位证明", OPTIONAL, "原件", "已有聘用单位的提交"),
    ),
    "school": (
        _FORM,
        ("举办者资格证明", REQUIRED, "复印件", "法人或者自然人分别提交"),
        ("章程和资产证明", REQUIRED, "复印件", "写明经费来源"),
        ("教师和校舍情况说明", OWED, "电子件", "可在受理后补充"),
    ),
    "works": (
        _FORM,
        ("项目批准、核准或者备案文件", REQUIRED, "复印件", "可由投资项目在线审批监管平台调取"),
        ("工程方案和图纸", REQUIRED, "电子件", "由有资质的单位编制"),
        ("第三方评估或者检测报告", OPTIONAL, "电子件", "法律法规要求的提交"),
        _AGENT,
    ),
    "transport": (
        _FORM,
        _LICENCE,
        ("车辆或者设施情况表", REQUIRED, "电子件", "逐辆、逐项填写"),
        ("从业人员资格证明", OWED, "复印件", "可在受理后补充"),
        _AGENT,
    ),
    "land": (
        _FORM,
        ("用地、林地权属证明", REQUIRED, "复印件", "可由不动产登记系统调取"),
        ("位置图和面积说明", REQUIRED, "电子件", "使用国家大地坐标系"),
        _AGENT,
    ),
    "staff": (
        _FORM,
        _LICENCE,
        ("专职工作人员名册", REQUIRED, "电子件", "写明岗位和资格"),
        ("办公场所使用证明", REQUIRED, "复印件", "产权证或者租赁合同"),
        _AGENT,
    ),
}
