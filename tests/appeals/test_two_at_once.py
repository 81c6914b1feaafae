"""Two people do the same on one appeal at the same moment: one did it, the other is told."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from portal.appeals import desk_actions
from portal.appeals.actions import AlreadyFiled, StaleAppeal
from portal.common.instance import Instance
from portal.policies.actions import issue_one
from portal.policies.records import Policy
from tests.appeals import stories
from tests.appeals.stories import REASON, approve, file, member, propose
from tests.applications.desk import state_of
from tests.people import WU_GUOLIANG
from tests.samples import GIANT, apply_all, import_all


@pytest.fixture
def ready(either_instance: Instance) -> Instance:
    """The invented firms, decided, on either database."""
    import_all(either_instance)
    apply_all(either_instance)
    either_instance.issue_at_once = lambda number: issue_one(either_instance, number)
    return either_instance


def outcomes(*jobs: Callable[[], object]) -> list[str]:
    """What came of each job when all start together: `done`, or the name of what it raised."""
    start, found = threading.Barrier(len(jobs)), list[str]()

    def run(job: Callable[[], object]) -> None:
        start.wait()
        try:
            job()
        except Exception as error:
            found.append(type(error).__name__)
        else:
            found.append("done")

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def test_two_approvals_at_once_are_one_and_the_second_is_told(ready: Instance) -> None:
    number = file(ready, member(ready))
    made = propose(ready, number)
    people = (stories.second(ready), stories.approver(ready))
    came = outcomes(*[lambda who=who: approve(ready, number, made, who) for who in people])
    assert came == [StaleAppeal.__name__, "done"]
    with ready.database.reading() as session:
        assert session.execute(select(func.count()).select_from(Policy)).scalar_one() == 1
    assert state_of(ready, GIANT) == "issued"
    stories.all_holds(ready)


def test_one_approves_while_the_other_sends_back_and_only_one_of_them_does(ready: Instance) -> None:
    number = file(ready, member(ready))
    made = propose(ready, number)
    second, third = stories.second(ready), stories.approver(ready)
    came = outcomes(
        lambda: approve(ready, number, made, second),
        lambda: desk_actions.send_back(ready, third, number, made, REASON),
    )
    assert came == [StaleAppeal.__name__, "done"]
    upheld = stories.appeal(ready, number).state == "upheld"
    assert (state_of(ready, GIANT) == "issued") is upheld
    assert [one.state for one in stories.corrections(ready, number)] == ["approved" if upheld else "declined"]


def test_two_people_of_one_firm_file_at_once_and_there_is_one_appeal(ready: Instance) -> None:
    first, colleague = member(ready), member(ready, WU_GUOLIANG)
    came = outcomes(lambda: file(ready, first), lambda: file(ready, colleague))
    assert came == [AlreadyFiled.__name__, "done"]
