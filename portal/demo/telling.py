"""A story of the demo city while it is being told: its case so far, and who is in charge."""

from dataclasses import dataclass

from casework.approval.models import Circulation
from casework.core.cases.models import Case
from casework.core.clocks.models import Duty
from casework.supervision.models import ResultPush
from portal.accounts.models import User
from portal.demo.city import City
from portal.demo.stories import Story


@dataclass(frozen=True)
class Telling:
    """A story being told: its number (1, 2 …), its city, and the case once it was received."""

    story: Story
    number: int
    city: City
    case_ids: dict[int, int]

    @property
    def case(self) -> Case:
        """The case as it stands now, read anew."""
        return Case.objects.select_related("item", "applicant", "window", "approver", "guide_version").get(
            pk=self.case_ids[self.number]
        )

    @property
    def clerk(self) -> User:
        return self.city.people["window1" if self.number % 2 else "window2"]

    @property
    def handler(self) -> User:
        return self.city.people["handler1" if self.number % 2 else "handler2"]

    def of(self, role: str, code: str) -> User:
        return self.city.people[f"{role}_{code}"]

    def circulation(self, code: str) -> Circulation:
        rows = Circulation.objects.select_related("case", "unit")
        return rows.get(case_id=self.case_ids[self.number], unit__code=code)

    def push(self, code: str) -> ResultPush:
        rows = ResultPush.objects.select_related("case", "department", "recipient__letter")
        return rows.get(case_id=self.case_ids[self.number], department__code=code)

    @property
    def decision_duty(self) -> Duty:
        """The clock of the decision."""
        rows = Duty.objects.select_related("holder", "case__guide_version")
        return rows.get(key=f"decide:case:{self.case_ids[self.number]}")

    def basis(self) -> str:
        """The first legal basis that the case's guide version names."""
        row = self.case.guide_version.rows("bases")[0]
        return f"{row['law']}{row['article']}"
