"""More of what happens in months of an archive's life: walls between accounts, handings over, coding, lost keys, a
signal of duress. Beside `months_of_life.py`, whose rules hold here.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final

import pytest

from testimony.domain.errors import NotFound, Refused, SignInFailed
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.roles import Role
from testimony.services import disclosing
from testimony.services.accounts import activate, suspend
from testimony.services.joint_acts import Kind
from testimony.services.own_account import set_duress_password
from testimony.services.reissuing import confirm_reissue, order_reissue
from testimony.services.signin import SignIn
from testimony.services.testimony_walls import confirm_testimony_wall, propose_testimony_wall
from testimony.services.throttling import Throttle
from tests.coded_accounts import PARTNER_RELEASE, put_act
from tests.months_of_life import ACTS, REASON, Life, gone
from tests.services.conftest import PASSWORD

RECIPIENT: Final = disclosing.Wanted(
    purpose=Purpose.CP09,
    audience=Audience.PARTNER,
    kind="RT02",
    name="Archive of the valley",
    of_the_state=False,
    death_penalty=False,
    fair_trial=False,
    protective=False,
)


def walling_two_accounts(life: Life) -> bool:
    """A wall between two accounts, most often of one case; where one stands, it is taken down."""
    codes = sorted(code for code, one in life.world.told.items() if one.state != "sealed")
    if len(codes) < 2:
        return False
    low, high = sorted(life.random.sample(codes, 2))
    does = Kind.WALL_LIFT if (low, high) in life.world.walls else Kind.WALL_SET
    first, second = life.two(Role.CUSTODIAN)
    words = ("a person named in one gave the other", "")
    step = propose_testimony_wall(life.enter(first), (low, high), does, words, life.clock())
    confirm_testimony_wall(life.enter(second), step, REASON, life.clock())
    if does is Kind.WALL_SET:
        life.close("wall", f"{low} | {high}")
    life.world.walls ^= {(low, high)}
    life.world.ticks += 1
    life.world.first.setdefault((low, high), life.world.ticks)
    return True


def handing_over(life: Life) -> bool:
    """A reviewer prepares it, a custodian approves; it is sent. What is taken back later is to be called back."""
    now = life.clock()
    one = life.some(
        lambda one: (
            one.state == "released"
            and one.layer
            and Purpose.CP09 in one.yes
            and now.date() < one.review_due
            and not any(one.code in pair for pair in life.world.walls)
        )
    )
    if one is None:
        return False
    first, second = life.two(Role.CUSTODIAN)
    gone_out = disclosing.prepare(life.enter(life.one(Role.REVIEWER)), one.code, RECIPIENT, now)
    disclosing.approve(life.enter(first), gone_out, now)
    disclosing.mark_sent(life.enter(second), gone_out, "in_person", now)
    return True


def coding(life: Life) -> bool:
    """A reviewer codes an act from the layer; it opens and closes nothing."""
    one = life.some(lambda one: one.state == "released" and one.layer and bool(one.yes & {Purpose.CP09}))
    if one is None or life.clock().date() >= one.review_due:
        return False
    put_act(life.enter(life.one(Role.REVIEWER)), one.code, life.clock, source=PARTNER_RELEASE)
    return True


def losing_a_password(life: Life) -> bool:
    """Somebody's password is lost: two custodians give them new keys, and a new password is theirs."""
    lost = [
        handle
        for role in (Role.INTERVIEWER, Role.REVIEWER)
        for handle in life.those(role)
        if handle not in ("interviewer-1", "reviewer-1")
    ]
    if not lost:
        return False
    handle, now = life.random.choice(lost), life.clock()
    account_id = life.enter(handle).account.id
    first, second = life.two(Role.CUSTODIAN)
    one = order_reissue(life.enter(first), account_id, REASON, now)
    other = confirm_reissue(life.enter(second), account_id, REASON, now)
    life.leave()
    activate(life.archive, Throttle(), handle, f"{one} {other}", PASSWORD, now + timedelta(seconds=1))
    life.world.people[handle].password = PASSWORD
    return True


def signalling_duress(life: Life) -> bool:
    """Somebody who came later is forced to sign in, signals it, and is suspended by who hears of it."""
    newcomers = [h for h in sorted(life.world.people) if h.startswith("newcomer")]
    if not newcomers:
        return False
    handle = life.random.choice(newcomers)
    emergency = "merry otters juggle lemons"
    set_duress_password(life.enter(handle), life.world.people[handle].password, emergency, life.clock())
    life.leave()
    with pytest.raises(SignInFailed):
        SignIn(life.archive, Throttle()).sign_in(handle, emergency, None, life.clock())
    with suppress(NotFound, Refused):
        suspend(life.enter("custodian-1"), handle, life.clock())
    gone(life.world, handle)
    life.close("person", handle)
    return True


MORE: Final[Mapping[Callable[[Life], bool], int]] = {
    walling_two_accounts: 3, handing_over: 2, coding: 2, losing_a_password: 2, signalling_duress: 1,
}  # fmt: skip
ALL: Final[Mapping[Callable[[Life], bool], int]] = {**ACTS, **MORE}
"""What may happen, and how often."""
