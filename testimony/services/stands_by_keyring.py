"""Whether two people stand for an account, asked where no ledger is open: before a restore, and by a drill.

Stricter than `two_people.py`, which asks the log as well. Who counts by the log alone does not count here.
"""

from testimony.domain.accounts import AccountId
from testimony.services.certificates import certified_account, confirmed_by
from testimony.services.recovery_statements import serial_of_signer
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import ROOT, Keyring


def stands_by_keyring(
    keyring: Keyring, account_id: AccountId, asked: frozenset[AccountId] = frozenset()
) -> bool:
    """Whether two people stand for this account by what is signed in the keyring, without any log.

    It stands from the founding or by sheets of the founding, or another custodian than
    who enrolled it confirmed it and stands so too, and so does everybody who gave it new keys.
    """
    record = keyring.accounts.get(account_id)
    if record is None or account_id in asked:
        return False
    try:
        certified_account(keyring, account_id)
        by = None if record.enrolment.signer == ROOT else confirmed_by(keyring, account_id)
    except ArchiveDamaged:
        return False
    within = asked | {account_id}
    # Sheets of the founding: the first certificate there was, which the root signed.
    first = next((one for one in (*keyring.recovered, keyring.recovery) if one is not None), None)
    by_sheets = serial_of_signer(record.enrolment.signer) == 1 and first is not None and first.signer == ROOT
    enrolled = (
        record.enrolment.signer == ROOT
        or by_sheets
        or (by is not None and by != record.enrolment.signer and stands_by_keyring(keyring, by, within))
    )
    signers = (AccountId(one.signer) for two in record.reissues for one in (two.order, two.confirmation))
    return enrolled and all(stands_by_keyring(keyring, one, within) for one in signers)
