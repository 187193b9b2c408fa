"""The ready question about walls between testimonies: who was shown words of both sides."""

from testimony.services.asking import ROWS, Asked, Row
from testimony.services.walled_testimonies import seen_both
from testimony.storage import accounts as account_rows
from testimony.storage import register


def both_sides(asked: Asked) -> list[Row]:
    """A row for each testimony whose wall somebody has seen both sides of; reviewers and interviewers among them."""
    rows: list[Row] = []
    for person in account_rows.all_accounts(asked.connection):
        for pair in seen_both(asked.keyring, asked.connection, person.account_id):
            for code, row in sorted(register.rows_of_codes(asked.connection, frozenset(pair)).items()):
                rows.append(Row(account=person.account_id, code=code, case_id=row.case_id))
        if len(rows) > ROWS:
            break
    return rows
