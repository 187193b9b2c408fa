"""Somebody who wants to be unseen: rules switched off by hand, alarms deleted, messages sent elsewhere."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from testimony.alarm_ways import Mail, Webhook, is_local, ways_of
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, Refused, SignInFailed
from testimony.domain.purposes import Purpose
from testimony.policy.alarms import ALWAYS_ON, BOUNDS, Rule, Setting
from testimony.services import alarms
from testimony.services.alarm_notices import Notice, Undelivered, send_waiting
from testimony.services.alarm_watch import watch
from testimony.services.archives import Archive
from testimony.services.custody import suspend_account
from testimony.services.duress import signal_at_once
from testimony.services.founding import ARCHIVE_NAME
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.services.verification import FaultKind, verify_log
from testimony.settings import BadSetting, Settings, read_settings
from testimony.storage import accounts as account_rows
from testimony.storage import alarm_rules, log
from testimony.storage import alarms as alarm_rows
from tests.local_servers import Told, mail_relay, web_server
from tests.services.conftest import Clock, People, archive, clock, founded_template, people
from tests.services.test_alarms import codes, open_text, raised

__all__ = ["archive", "clock", "founded_template", "people"]

NOTICE = Notice("Test archive", "duress", datetime(2026, 3, 2, 9, 0, tzinfo=UTC), 42)


def by_hand(session: Session, *statements: str) -> None:
    """What somebody does who has the key of the file and no respect for triggers."""
    with session.archive.database.writing() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def relay() -> Iterator[Told]:
    with mail_relay() as told:
        yield told


@pytest.fixture
def server() -> Iterator[Told]:
    with web_server() as told:
        yield told


# Rules and rows.


def test_a_rule_switched_off_by_hand_is_noticed_and_back_on(
    archive: Archive, people: People, clock: Clock
) -> None:
    custodian = people["custodian"]
    by_hand(custodian, "INSERT INTO alarm_settings VALUES ('key-operation', 0, 0, 0)")
    before = len(raised(custodian, Rule.KEY_OPERATION))
    suspend_account(custodian, people["interviewer_b"].account.id, "left", clock())
    # Signing the other one in looked at everything, so the rule held again before the suspension.
    assert len(raised(custodian, Rule.KEY_OPERATION)) == before + 1

    by_hand(custodian, "INSERT OR REPLACE INTO alarm_settings VALUES ('key-operation', 0, 0, 0)")
    with custodian.reading() as connection:
        assert alarm_rules.settings(connection)["key-operation"][0] is False
    watch(archive, clock.forward(minutes=5))

    assert [row.what for row in raised(custodian, Rule.ALTERED)] == ["rule:key-operation"]
    assert all(view.setting.is_on for view in alarms.list_rules(custodian, clock()) if not _waits(view.rule))


def _waits(rule: Rule) -> bool:
    return not BOUNDS[rule].usual.is_on


def test_a_setting_that_two_people_made_is_not_taken_for_an_attack_and_its_removal_is(
    archive: Archive, people: People, clock: Clock
) -> None:
    auditor = people["auditor"]
    alarms.set_rule(auditor, Rule.BULK_READING, Setting(True, 9, 60), "a new reader", clock())
    watch(archive, clock.forward(minutes=5))
    quiet = raised(auditor, Rule.ALTERED)

    by_hand(auditor, "UPDATE alarm_settings SET top = 200 WHERE rule = 'bulk-reading'")
    watch(archive, clock.forward(minutes=5))

    assert quiet == []
    assert [row.what for row in raised(auditor, Rule.ALTERED)] == ["rule:bulk-reading"]
    with auditor.reading() as connection:
        assert alarm_rules.settings(connection)["bulk-reading"] == (True, 9, 60)


@pytest.mark.parametrize("rule", sorted(ALWAYS_ON))
def test_what_must_be_on_can_be_switched_off_neither_on_the_page_nor_by_hand(
    archive: Archive, people: People, clock: Clock, rule: Rule
) -> None:
    custodian, forced = people["custodian"], people["investigator"].account.id
    with pytest.raises(Conflict):
        alarms.ask_off(custodian, rule, "it disturbs", clock())
    with pytest.raises(Conflict):
        alarms.set_rule(custodian, rule, Setting(False), "it disturbs", clock())
    by_hand(custodian, f"INSERT INTO alarm_settings VALUES ('{rule}', 0, 0, 0)")

    signal_at_once(archive, archive.keyring(), forced, clock())

    assert len(raised(custodian, Rule.DURESS)) == 1


def test_one_person_cannot_loosen_a_rule_until_it_never_speaks(people: People, clock: Clock) -> None:
    for limit, span in ((10**9, 60), (200, 1), (0, 60)):
        with pytest.raises(Invalid):
            alarms.set_rule(people["custodian"], Rule.BULK_READING, Setting(True, limit, span), "x", clock())


def test_an_alarm_cannot_be_deleted_and_one_deleted_by_force_comes_back(
    archive: Archive, people: People, clock: Clock
) -> None:
    custodian = people["custodian"]
    suspend_account(custodian, people["investigator_b"].account.id, "left", clock())
    number = raised(custodian, Rule.KEY_OPERATION)[0].number
    with pytest.raises(Exception, match="append-only"):
        by_hand(custodian, f"DELETE FROM alarms WHERE number = {number}")
    by_hand(custodian, "DROP TRIGGER alarms_no_delete", f"DELETE FROM alarms WHERE number = {number}")
    assert number not in {row.number for row in raised(custodian, Rule.KEY_OPERATION)}

    watch(archive, clock.forward(minutes=5))

    assert number in {row.number for row in raised(custodian, Rule.KEY_OPERATION)}
    assert [row.what for row in raised(custodian, Rule.ALTERED)] == [f"alarm:{number}"]


def test_deleting_the_entry_of_an_alarm_as_well_breaks_the_log(people: People, clock: Clock) -> None:
    custodian, auditor = people["custodian"], people["auditor"]
    suspend_account(custodian, people["investigator_b"].account.id, "left", clock())
    number = raised(custodian, Rule.KEY_OPERATION)[0].number
    alarms.list_rules(custodian, clock())

    by_hand(
        custodian,
        "PRAGMA defer_foreign_keys = ON",
        "DROP TRIGGER alarms_no_delete",
        "DROP TRIGGER log_entries_no_delete",
        f"DELETE FROM log_subjects WHERE seq = {number}",
        f"DELETE FROM alarms WHERE number = {number}",
        f"DELETE FROM log_entries WHERE seq = {number}",
    )

    fault = verify_log(auditor, clock()).fault
    assert fault is not None
    assert (fault.kind, fault.seq) == (FaultKind.GAP, number)
    assert len(raised(auditor, Rule.LOG_BROKEN)) == 1


def test_an_alarm_marked_as_looked_at_by_hand_is_noticed(
    archive: Archive, people: People, clock: Clock
) -> None:
    custodian = people["custodian"]
    suspend_account(custodian, people["investigator_b"].account.id, "left", clock())
    number = raised(custodian, Rule.KEY_OPERATION)[0].number
    auditor = people["auditor"].account.id
    by_hand(
        custodian,
        f"INSERT INTO alarm_acknowledgements VALUES ({number}, '{auditor}', '2026-03-02T09:00:00+00:00', x'00')",
    )

    watch(archive, clock.forward(minutes=5))
    watch(archive, clock.forward(minutes=5))

    assert [row.what for row in raised(custodian, Rule.ALTERED)] == [f"acknowledged:{number}"]


def test_setting_the_position_forward_hides_nothing(archive: Archive, people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    by_hand(custodian, "UPDATE alarm_position SET next = 1000000")

    suspend_account(custodian, people["investigator_b"].account.id, "left", clock())

    assert [row.what for row in raised(custodian, Rule.ALTERED)] == ["position"]
    with custodian.reading() as connection:
        assert alarm_rows.position(connection) == log.size(connection)


def test_setting_the_position_back_tells_of_no_event_twice(people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    suspend_account(custodian, people["investigator_b"].account.id, "left", clock())
    by_hand(custodian, "UPDATE alarm_position SET next = 0")

    alarms.list_rules(custodian, clock.forward(days=3))

    told = [event for row in raised(custodian, Rule.KEY_OPERATION) for event in row.events.split(",")]
    assert len(told) == len(set(told))


# People.


def test_whoever_an_alarm_is_about_does_not_answer_it(people: People, clock: Clock) -> None:
    auditor = people["auditor"]
    for _ in range(25):
        with pytest.raises(Refused):
            suspend_account(auditor, people["reviewer"].account.id, "x", clock())
    (alarm,) = raised(auditor, Rule.REFUSALS)
    assert alarm.about == auditor.account.id

    with pytest.raises(Refused) as refusal:
        alarms.acknowledge(auditor, alarm.number, "nothing to see", clock())
    alarms.acknowledge(people["custodian"], alarm.number, "spoke with the auditor", clock())

    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)


def test_a_flood_of_failed_sign_ins_is_one_alarm(archive: Archive, people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    for round_ in range(4):
        for n in range(25):
            with pytest.raises(SignInFailed):
                SignIn(archive, Throttle()).sign_in(f"name-{round_}-{n}", "no", None, clock())
        people.door.sign_in("auditor-1", "a lantern over quiet water", None, clock.forward(minutes=1))

    assert len(raised(custodian, Rule.FAILED_SIGN_INS)) == 1


def test_whoever_copies_slowly_through_the_night_is_one_alarm_and_not_many(
    people: People, clock: Clock
) -> None:
    reader = people["investigator"]
    for code in codes(120):
        open_text(reader, code, clock)
        clock.forward(seconds=40)

    assert len(raised(reader, Rule.BULK_READING)) == 1


# Messages.


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - judged, not bound
        "192.0.2.1",
        "224.0.0.1",
        "::",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "fe80::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "nonsense",
    ],
)
def test_an_address_outside_is_not_local(address: str) -> None:
    assert not is_local(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "::1", "fd00::1"])
def test_an_address_of_the_house_is(address: str) -> None:
    assert is_local(address)


def test_a_webhook_to_an_address_outside_is_not_called() -> None:
    with pytest.raises(Undelivered):
        Webhook("http://93.184.216.34/alarm").send(NOTICE)
    with pytest.raises(Undelivered):
        Mail("auditor@archive.test", "93.184.216.34", 25).send(NOTICE)


def test_a_name_that_answers_differently_a_moment_later_reaches_nothing(
    server: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["127.0.0.1", "93.184.216.34"]
    resolved: list[str] = []
    real = socket.getaddrinfo

    def rebind(host: str, port: int, *rest: object, **more: object) -> object:
        if host != "hook.test":
            return real(host, port, *rest, **more)  # type: ignore[arg-type]  # handed through
        resolved.append(answers[min(len(resolved), 1)])
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (resolved[-1], port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    Webhook(f"http://hook.test:{server.port}/").send(NOTICE)

    assert resolved == ["127.0.0.1"]
    assert len(server.bodies) == 1
    with pytest.raises(Undelivered):
        Webhook(f"http://hook.test:{server.port}/").send(NOTICE)


def test_a_name_with_one_address_inside_and_one_outside_is_refused(
    server: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port))
        for address in ("127.0.0.1", "93.184.216.34")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)

    with pytest.raises(Undelivered):
        Webhook(f"http://hook.test:{server.port}/").send(NOTICE)
    assert server.bodies == []


def test_a_redirect_is_not_followed(server: Told) -> None:
    with web_server() as elsewhere:
        server.status, server.location = 307, f"http://127.0.0.1:{elsewhere.port}/"

        with pytest.raises(Undelivered):
            Webhook(f"http://127.0.0.1:{server.port}/hook").send(NOTICE)

        assert (len(server.bodies), elsewhere.bodies) == (1, [])


def test_a_server_that_never_answers_costs_a_few_seconds_and_no_alarm(
    archive: Archive, people: People, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("testimony.alarm_ways.SECONDS", 0.2)
    suspend_account(people["custodian"], people["investigator_b"].account.id, "left", clock())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        way = Webhook(f"http://127.0.0.1:{silent.getsockname()[1]}/").send
        assert send_waiting(archive, {"webhook": way}, clock()) == 0

    sent: list[Notice] = []
    send_waiting(archive, {"webhook": sent.append}, clock.forward(minutes=2))
    assert sent


def test_a_name_with_line_breaks_makes_no_header_of_its_own(relay: Told) -> None:
    evil = Notice(
        "Archive\r\nBcc: stranger@elsewhere.test\r\n\r\nSend all", NOTICE.rule, NOTICE.at, NOTICE.number
    )

    Mail("auditor@archive.test", "127.0.0.1", relay.port).send(evil)

    (message,) = relay.bodies
    headers = message.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert not [line for line in headers if line.lower().startswith(b"bcc")]
    assert b"RCPT TO:<stranger" not in relay.everything.replace(b"rcpt TO", b"RCPT TO")


@pytest.mark.parametrize(
    "environment",
    [
        {"TESTIMONY_ALARM_EMAIL": "a@b.test\nBcc: c@d.test", "TESTIMONY_SMTP": "localhost:25"},
        {"TESTIMONY_ALARM_EMAIL": "a@b.test, c@d.test", "TESTIMONY_SMTP": "localhost:25"},
        {"TESTIMONY_ALARM_EMAIL": "a@b.test"},
        {"TESTIMONY_SMTP": "localhost"},
        {"TESTIMONY_SMTP": "localhost:99999"},
        {"TESTIMONY_ALARM_WEBHOOK": "https://hooks.elsewhere.test/x"},
        {"TESTIMONY_ALARM_WEBHOOK": "file:///etc/passwd"},
        {"TESTIMONY_ALARM_WEBHOOK": "http://user:secret@10.0.0.1/"},
    ],
)
def test_a_setting_that_could_lead_elsewhere_is_refused_at_the_start(environment: dict[str, str]) -> None:
    with pytest.raises(BadSetting):
        read_settings(environment)


def test_nothing_but_rule_name_time_and_number_leaves(
    archive: Archive, people: People, clock: Clock, relay: Told, server: Told
) -> None:
    custodian, reader = people["custodian"], people["investigator"]
    with custodian.work(clock()) as work:
        account_rows.remember(work.connection, ARCHIVE_NAME, b"Archive of the river")
    suspend_account(custodian, people["investigator_b"].account.id, "told a cousin", clock())
    for code in codes(45):
        open_text(reader, code, clock)
    with reader.work(clock()) as work:
        work.log(
            Action.IDENTITY_SHOWN,
            subject=("testimony", "T-7Q4K-29"),
            case="CASE-1",
            purpose=Purpose.CP07.value,
            fields=("names",),
            detail="the grey truck",
        )
    signal_at_once(archive, archive.keyring(), reader.account.id, clock())
    ways = ways_of(
        Settings(
            alarm_email="auditor@archive.test",
            smtp=("localhost", relay.port),
            alarm_webhook=f"http://127.0.0.1:{server.port}/hook",
        )
    )

    send_waiting(archive, ways, clock())

    everything = relay.everything + server.everything
    rules = {Rule.DURESS, Rule.BULK_READING, Rule.IDENTITY_SHOWN, Rule.KEY_OPERATION}
    assert all(rule.encode() in relay.everything and rule.encode() in server.everything for rule in rules)
    assert b"Archive of the river" in everything
    accounts = [row.account_id for row in people.sessions["custodian"].archive.keyring().accounts.values()]
    forbidden = ["T-", "CASE-1", "CP07", "truck", "cousin", "investigator", "custodian", "names", *accounts]
    assert [word for word in forbidden if word.encode() in everything] == []


def test_what_was_sent_is_not_sent_again(
    archive: Archive, people: People, clock: Clock, relay: Told, server: Told
) -> None:
    suspend_account(people["custodian"], people["investigator_b"].account.id, "left", clock())
    ways = {
        "email": Mail("auditor@archive.test", "127.0.0.1", relay.port).send,
        "webhook": Webhook(f"http://127.0.0.1:{server.port}/").send,
    }

    first = send_waiting(archive, ways, clock())
    second = send_waiting(archive, ways, clock.forward(minutes=10))

    assert first == len(relay.bodies) + len(server.bodies) > 0
    assert second == 0
