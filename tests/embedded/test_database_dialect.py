"""Translation of MariaDB's SQL for SQLite: pure functions, no site."""

import pytest

import hosts

pytestmark = pytest.mark.skipif(hosts.is_bench(), reason="tests the embedded bench's own modules")


def translated(query, values=None):
    from frappe.database.dialect import bind, translate

    sql, parameters = bind(translate(query, values is not None), values)
    return " ".join(sql.split()), list(parameters)


@pytest.mark.parametrize(
    ("query", "values", "sql", "parameters"),
    [
        ("select a from t where b = %s", (1,), "select a from t where b = ?", [1]),
        ("select a from t where b in %s", ((1, 2),), "select a from t where b in (?, ?)", [1, 2]),
        ("select a where b=%(x)s or c=%(x)s", {"x": 5}, "select a where b=? or c=?", [5, 5]),
        ("select '50%%' where a = %s", (1,), "select '50%' where a = ?", [1]),
        ("select '50%' from t", None, "select '50%' from t", []),
        ("select 'a?b', %s", (1,), "select 'a?b', ?", [1]),
        ('select "it\'s"', None, "select 'it''s'", []),
        (r"select 'it\'s \\'", None, "select 'it''s \\'", []),
        ("select a/2 from t", None, "select a*1.0/2 from t", []),
        ("select a from t for update nowait", None, "select a from t", []),
        ("select a from t for update skip locked", None, "select a from t", []),
        ("insert ignore into t values (1)", None, "insert or ignore into t values (1)", []),
        (
            "select ifnull(`a`, '') != %s",
            ("x",),
            "select ifnull(`a`, '') COLLATE UNICODE_CI != ?",
            ["x"],
        ),
    ],
)
def test_statement(query, values, sql, parameters):
    assert translated(query, values) == (sql, parameters)


def test_too_many_values_are_refused():
    with pytest.raises(TypeError, match="not all arguments converted"):
        translated("select %s", (1, 2))


def test_locking_reads_are_known():
    from frappe.database.dialect import translate

    assert translate("select a from t for update", False).locking
    assert not translate("select 'for update'", False).locking


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("ABC", "abc", 0),
        ("José", "jose", 0),
        ("a ", "a", 0),
        (" a", "a", -1),
        ("", " ", 0),
        ("a", "b", -1),
        ("料号", "料号", 0),
        ("料号", "料", 1),
        ("ＡＢＣ", "abc", 0),
    ],
)
def test_collation(left, right, expected):
    from frappe.database.functions import compare_text

    assert compare_text(left, right) == expected
    assert compare_text(right, left) == -expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("2024-02-29", "2024-02-29 00:00:00.000000", 0),
        ("2024-02-29 10:00:00", "2024-02-29 10:00:00.000000", 0),
        ("2024-02-29 10:00:00", "2024-02-29", 1),
        ("2024-02-28", "2024-02-29 00:00:00", -1),
        ("09:00:00", "9:00:00.000000", 0),
        ("09:00:00.000001", "09:00:00", 1),
    ],
)
def test_order_of_dates_and_times(left, right, expected):
    from frappe.database.functions import compare_temporal

    assert compare_temporal(left, right) == expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("a%", "ABC", 1),
        ("%é%", "cafe x", 1),
        ("a_c", "abc", 1),
        ("a_c", "abbc", 0),
        (r"50\%", "50%", 1),
        (r"50\%", "505", 0),
        ("%", "", 1),
        ("a", "ab", 0),
        ("螺丝%", "螺丝M3", 1),
    ],
)
def test_like(pattern, value, expected):
    from frappe.database.functions import _like

    assert _like(pattern, value) == expected


def test_writers_are_served_in_order():
    import threading

    from frappe.database.sqlite import WriteLock

    lock, served, started = WriteLock(), [], []
    assert lock.acquire(1)

    def work(number):
        started.append(number)
        assert lock.acquire(10)
        served.append(number)
        lock.release()

    threads = []
    for number in range(5):
        thread = threading.Thread(target=work, args=(number,))
        thread.start()
        while len(lock._waiting) <= number:
            pass
        threads.append(thread)
    assert not lock.acquire(1), "a thread that holds the lock must not wait for itself"
    lock.release()
    for thread in threads:
        thread.join(10)
    assert served == [0, 1, 2, 3, 4]
    assert lock.owner is None


def test_write_lock_gives_up_in_time():
    import threading

    from frappe.database.sqlite import WriteLock

    lock, result = WriteLock(), []
    assert lock.acquire(1)
    thread = threading.Thread(target=lambda: result.append(lock.acquire(0.05)))
    thread.start()
    thread.join(5)
    assert result == [False]
    lock.release()
    assert lock.acquire(1), "a waiter that gave up must not keep its place"
