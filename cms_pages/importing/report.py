"""The report of an import, in Chinese."""

from collections.abc import Iterator

from cms_pages.importing.plan import Plan

SHOWN = 20


def report(
    plan: Plan, *, dry_run: bool, written: bool, resumed: bool = False, full: bool = False
) -> Iterator[str]:
    """Lines that say what came in, what was wrong and where; ``full`` lists every finding.

    ``resumed``: an earlier run on the same file was interrupted.
    """
    yield f"文件 {plan.table.file_name}：{len(plan.table.rows)} 行"
    if resumed:
        verb = "将从" if dry_run else "已从"
        yield f"上次导入这个文件时中断，{verb}中断处接着导入：上次已写入的 {len(plan.unchanged)} 个事项没有重复导入"
    verb = "将" if dry_run else "已"
    if written or dry_run:
        yield (
            f"{verb}新增 {len(plan.create)} 个事项，{verb}更新 {len(plan.change)} 个，"
            f"未变 {len(plan.unchanged)} 个，未导入 {plan.refused} 行"
        )
    else:
        yield f"全部未变（{len(plan.unchanged)} 个事项，未导入 {plan.refused} 行），没有写入任何内容"
    if plan.departments:
        names = "、".join(department.name for department in plan.departments[:SHOWN])
        more = "等" if len(plan.departments) > SHOWN else ""
        yield f"{verb}登记清单中新出现的单位 {len(plan.departments)} 个：{names}{more}"
    yield (
        f"机构代码格式不符 {plan.count('org_malformed')} 个，校验码错误 {plan.count('org_check')} 个，"
        f"重复名称 {plan.repeated_names} 个"
    )
    yield from _findings(plan, full=full)
    if dry_run:
        yield "这是试运行，没有写入任何内容。"


def _findings(plan: Plan, *, full: bool) -> Iterator[str]:
    refused_first = sorted(plan.findings, key=lambda finding: finding.level != "refused")
    shown = refused_first if full else refused_first[:SHOWN]
    for finding in shown:
        yield f"  {finding}"
    if len(shown) < len(plan.findings):
        yield f"  另有 {len(plan.findings) - len(shown)} 条，加 --full 查看全部，或在后台“导入批次”中查看。"
