"""What waits around testimonies, for the custodians' front page."""

from flask import url_for
from flask_babel import ngettext

from testimony.services import joint_reviews, next_of_kin, public_material, referrals, testimony_walls
from testimony.services.sessions import Session
from testimony.web.rooms import Waiting


def waiting(session: Session) -> tuple[Waiting, ...]:
    """The most pressing first."""
    return (_referrals(session), *_two_people(session), _public(session), _dead(session))


def _line(sentence: str, codes: tuple[str, ...], endpoint: str = "around.account") -> Waiting:
    return Waiting(sentence, url_for(endpoint, code=codes[0]) if codes else "", len(codes))


def _referrals(session: Session) -> Waiting:
    codes = referrals.waiting_referrals(session)
    sentence = ngettext(
        "%(num)s referral out of danger waits for a second custodian",
        "%(num)s referrals out of danger wait for a second custodian",
        len(codes),
    )
    return _line(sentence, codes)


def _two_people(session: Session) -> tuple[Waiting, ...]:
    walls = testimony_walls.waiting_testimony_walls(session)
    risks = joint_reviews.waiting_reviews(session)
    return (
        _line(
            ngettext(
                "%(num)s wall between testimonies waits for a second custodian",
                "%(num)s walls between testimonies wait for a second custodian",
                len(walls),
            ),
            walls,
        ),
        _line(
            ngettext(
                "%(num)s joint review of risk waits for a second person",
                "%(num)s joint reviews of risk wait for a second person",
                len(risks),
            ),
            risks,
        ),
    )


def _public(session: Session) -> Waiting:
    codes = tuple(task.code for task in public_material.open_tasks(session))
    sentence = ngettext(
        "%(num)s witness took back what is public: edit it or take it down",
        "%(num)s witnesses took back what is public: edit it or take it down",
        len(codes),
    )
    return _line(sentence, codes)


def _dead(session: Session) -> Waiting:
    codes = next_of_kin.identities_to_close(session)
    sentence = ngettext(
        "%(num)s witness has died: their identity is to be closed",
        "%(num)s witnesses have died: their identities are to be closed",
        len(codes),
    )
    return _line(sentence, codes, "custody.closing_page")
