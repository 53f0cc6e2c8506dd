"""Invented data for the style guide; nothing here is a real case, person or result."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from casework.core.worktime.arithmetic import Due
from casework.core.worktime.strip import DayKind, Explanation, StripDay
from portal.accounts.models import Department

_ZONE = timezone(timedelta(hours=8))
_NOTICE = "关于2026年部分节假日安排的通知（示例）"


def _at(month: int, day: int, hour: int = 17, minute: int = 30) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=_ZONE)


def _clock(number: str, text: str, tone: str, **more: Any) -> dict[str, Any]:
    badge = {
        "text": text,
        "tone": tone,
        "due_at": more.get("due_at"),
        "provisional": more.get("provisional", False),
        "clause": more.get("clause", "第七条第三项"),
        "source_label": more.get("source_label", "条文"),
    }
    return {
        "number": number,
        "item": "食品经营许可（示例）",
        "badge": badge,
        "explanation": more.get("explanation"),
    }


def _explanation() -> Explanation:
    none, one = Decimal(0), Decimal(1)
    days = [
        StripDay(date(2026, 9, 29), DayKind.START, none, "收到"),
        StripDay(date(2026, 9, 30), DayKind.WORKDAY, one, "工作日"),
        *(
            StripDay(date(2026, 10, n), DayKind.HOLIDAY, none, "国庆节放假（国办通知）", notice=_NOTICE)
            for n in range(1, 8)
        ),
        StripDay(date(2026, 10, 8), DayKind.WORKDAY, one, "工作日"),
        StripDay(date(2026, 10, 9), DayKind.WORKDAY, one, "工作日"),
    ]
    words = "2026年9月29日收到，当日不计；期限3个工作日，扣除国庆节放假，至2026年10月9日17:30届满。"
    return Explanation(Due(_at(10, 9), date(2026, 10, 9)), tuple(days), words)


def _clocks() -> list[dict[str, Any]]:
    return [
        _clock(
            "CS2026-000012",
            "剩余3个工作日",
            "ok",
            due_at=_at(10, 9),
            explanation=_explanation(),
        ),
        _clock(
            "CS2026-000011",
            "即将到期，剩余半个工作日",
            "soon",
            due_at=_at(9, 30, 12, 0),
        ),
        _clock(
            "CS2026-000009",
            "已逾期1个工作日",
            "late",
            due_at=_at(9, 28),
            explanation=_explanation(),
        ),
        _clock("CS2026-000007", "已按时完成", "done", due_at=_at(9, 25)),
        _clock("CS2026-000006", "已完成，逾期2个工作日", "late_done", due_at=_at(9, 22)),
        _clock("CS2026-000005", "暂停计时：专家评审", "paused"),
        _clock("CS2026-000004", "不再计时", "void"),
        _clock(
            "CS2026-000003",
            "剩余68个工作日",
            "ok",
            due_at=_at(12, 31),
            provisional=True,
        ),
    ]


def _rows() -> list[list[dict[str, Any]]]:
    lines = [
        (
            "CS2026-000012",
            "食品经营许可（示例）",
            "海岸餐饮有限公司（示例）",
            "待认领",
            "info",
            3,
        ),
        (
            "CS2026-000011",
            "公共场所卫生许可（示例）",
            "木棠旅馆（示例）",
            "即将到期",
            "warn",
            1,
        ),
        (
            "CS2026-000009",
            "民办学校办学许可（示例）",
            "那大培训学校（示例）",
            "已逾期",
            "bad",
            0,
        ),
    ]
    return [
        [
            {"label": "办件编号", "text": number, "url": "#main"},
            {"label": "事项", "text": item},
            {"label": "申请人", "text": applicant},
            {"label": "状态", "text": state, "tone": tone},
            {"label": "剩余工作日", "text": str(left), "num": True},
        ]
        for number, item, applicant, state, tone, left in lines
    ]


def _timeline() -> list[dict[str, Any]]:
    return [
        {
            "title": "受理",
            "at": _at(9, 24, 9, 12),
            "who": "综合窗口 王示例",
            "clause": "第七条第一项",
            "tone": "good",
        },
        {
            "title": "流转至联合审批单位",
            "at": _at(9, 25, 10, 3),
            "who": "行政审批服务局 李示例",
            "clause": "第七条第二项",
            "text": "市场监督管理局、卫生健康委员会，各 3 个工作日。",
        },
        {
            "title": "审批意见逾期",
            "at": _at(9, 30, 17, 30),
            "who": "卫生健康委员会",
            "tone": "bad",
        },
        {"title": "作出决定", "state": "todo"},
    ]


def samples() -> dict[str, Any]:
    """Context of the public components."""
    return {
        "crumbs": [{"label": "首页", "url": "/"}],
        "tones": [
            {"name": "info", "label": "办理中", "icon": "clock"},
            {"name": "good", "label": "准予许可", "icon": "check"},
            {"name": "warn", "label": "待补正", "icon": "pencil"},
            {"name": "bad", "label": "不予许可", "icon": "x-mark"},
            {"name": "open", "label": "示例", "icon": "beaker"},
            {"name": "calm", "label": "已撤下", "icon": "archive-box"},
        ],
        "sample_messages": [
            {"level": "success", "text": "已受理，受理通知书已生成。"},
            {"level": "info", "text": "有 2 份文件仍在检查。"},
            {"level": "warning", "text": "该事项的承诺时限明天调整。"},
            {"level": "error", "text": "该结果刚刚已由其他人认领，请刷新页面查看。"},
        ],
        "facts": [
            {
                "label": "承诺办结时限",
                "number": 5,
                "unit": "个工作日",
                "note": "比法定压缩 75%",
            },
            {"label": "法定办结时限", "number": 20, "unit": "个工作日"},
            {"label": "到现场次数", "number": 0, "unit": "次"},
            {"label": "收费", "value": "不收费"},
            {"label": "事项类型", "value": "行政许可"},
        ],
        "entries": [
            {
                "label": "审批部门",
                "value": "行政审批服务局（示例）",
                "url": "#sg-facts",
            },
            {
                "label": "监管部门",
                "value": "市场监督管理局（示例）",
                "note": "投诉电话 0898-00000000（示例）",
            },
            {"label": "设定依据", "value": "《中华人民共和国食品安全法》第三十五条"},
            {"label": "办理地点", "value": ""},
        ],
        "department": Department(
            name="粮食局（示例）",
            valid_to=date(2026, 9, 30),
            successor=Department(pk=1, name="发展和改革局（示例）"),
        ),
        "files": [
            {
                "name": "食品经营许可申请书（空白表）",
                "url": "#sg-facts",
                "kind": "DOCX",
                "size": 48213,
            },
            {
                "name": "办理结果通知书",
                "url": "#sg-facts",
                "kind": "PDF",
                "size": 181204,
                "note": "2026年9月30日",
            },
        ],
        "tabs": [
            {"label": "待认领", "url": "#main", "count": 3, "current": True},
            {"label": "逾期", "url": "#main", "count": 1, "urgent": True},
            {"label": "待复函", "url": "#main", "count": 0},
            {"label": "全部", "url": "#main"},
        ],
        "columns": [
            {"label": "办件编号"},
            {"label": "事项"},
            {"label": "申请人"},
            {"label": "状态"},
            {"label": "剩余工作日", "num": True},
        ],
        "rows": _rows(),
        "clocks": _clocks(),
        "steps": [
            {"title": "一窗受理", "state": "done", "note": "9月24日"},
            {"title": "业务流转", "state": "done", "note": "9月25日"},
            {"title": "联合审批", "state": "current", "note": "2 个单位"},
            {"title": "作出决定"},
            {"title": "窗口出件"},
        ],
        "timeline": _timeline(),
        "confirm_facts": [
            {"label": "办件编号", "value": "CS2026-000012"},
            {"label": "行政相对人", "value": "海岸餐饮有限公司（示例）"},
        ],
    }


def desk_samples() -> dict[str, Any]:
    """What the desk's shell adds."""
    return {
        "desk_department": "市场监督管理局（示例）",
        "worker_alarm": "最近一次心跳：4 分钟前。",
        "crumbs": [{"label": "工作台", "url": "/desk/"}],
        "desk_nav": [
            {
                "label": "待办",
                "url": "/styleguide/desk/",
                "icon": "inbox",
                "count": 4,
                "current": True,
            },
            {"label": "办件", "url": "/styleguide/desk/", "icon": "folder-open"},
            {
                "label": "推送与认领",
                "url": "/styleguide/desk/",
                "icon": "paper-airplane",
                "count": 3,
            },
            {
                "label": "监管台账",
                "url": "/styleguide/desk/",
                "icon": "clipboard-document-list",
            },
        ],
    }
