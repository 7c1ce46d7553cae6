"""Which thread an email joins."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pabal.mailboxes.threads import keys_of
from pabal.model.ids import Uid
from tests.mailboxes.conftest import SUMMARY, Account, AccountOf, filing


async def thread_of(account: Account, message_id: str, *references: str, subject: str = "Hello") -> int:
    filed = await account.file(message_id=message_id, references=references, base_subject=subject)
    (message,) = await account.messages([filed.uid])
    return message.thread_id


async def test_an_answer_joins_the_thread_of_what_it_answers(account: Account) -> None:
    first = await thread_of(account, "1@a")
    assert await thread_of(account, "2@a", "1@a") == first
    assert await thread_of(account, "3@a", "1@a", "2@a") == first
    assert await thread_of(account, "4@a", "3@a") == first


async def test_an_answer_that_came_first_is_joined_by_what_it_answers(account: Account) -> None:
    answer = await thread_of(account, "2@a", "1@a")
    assert await thread_of(account, "1@a") == answer


async def test_another_subject_is_another_thread(account: Account) -> None:
    first = await thread_of(account, "1@a")
    assert await thread_of(account, "2@a", "1@a", subject="Something else") != first
    assert await thread_of(account, "3@a", "1@a", subject="HELLO") == first


async def test_a_shared_subject_alone_is_not_enough(account: Account) -> None:
    assert await thread_of(account, "1@a") != await thread_of(account, "2@a")


async def test_messages_without_an_id_stand_alone(account: Account) -> None:
    assert await thread_of(account, "") != await thread_of(account, "")


async def test_threads_are_never_merged(account: Account) -> None:
    one, two = await thread_of(account, "1@a"), await thread_of(account, "2@a")
    both = await thread_of(account, "3@a", "1@a", "2@a")
    assert both == two
    assert await thread_of(account, "4@a", "1@a") in (one, two)
    (first,) = await account.messages([1])
    assert first.thread_id == one


async def test_a_full_thread_goes_on_in_a_new_one(account_of: AccountOf) -> None:
    account = await account_of(thread_emails=2)
    threads = [await thread_of(account, f"{number}@a", "0@a") for number in range(1, 6)]
    assert threads == [threads[0], threads[0], threads[2], threads[2], threads[4]]
    assert len(set(threads)) == 3


async def test_the_same_message_twice_is_one_thread(account: Account) -> None:
    assert await thread_of(account, "1@a") == await thread_of(account, "1@a")


async def test_accounts_do_not_share_threads(account_of: AccountOf) -> None:
    one, two = await account_of(), await account_of()
    for account in (one, two):
        await account.run(account.service.file_in_inbox, filing(message_id="1@a"))
        assert await account.value("SELECT count(*) FROM thread_key WHERE account_id = $1") == 1


async def test_a_thread_is_known_as_long_as_one_of_its_emails_is_there(account: Account) -> None:
    first = await thread_of(account, "1@a")
    await thread_of(account, "2@a", "1@a")
    await account.expunge([Uid(1)], only_deleted=False)
    assert await thread_of(account, "3@a", "1@a") == first


async def test_nothing_is_remembered_of_a_thread_that_is_gone(account: Account) -> None:
    first = await thread_of(account, "1@a", "0@a")
    await thread_of(account, "2@a", "1@a")
    await account.expunge(only_deleted=False)
    assert await account.value("SELECT count(*) FROM thread_key WHERE account_id = $1") == 0
    assert await thread_of(account, "3@a", "2@a") > first


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=5), st.text(max_size=20))
def test_keys_fit_a_signed_column_and_are_told_apart(message_id: str, references: list[str], subject: str) -> None:
    summary = replace(SUMMARY, message_id=message_id, references=tuple(references), base_subject=subject)
    keys = keys_of(summary)
    assert all(0 <= key < 1 << 63 for key in keys)
    assert len(keys) == len(set(keys)) == len({message_id, *references} - {""})
