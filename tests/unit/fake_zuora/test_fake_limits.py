from workflow_mirror.fake_zuora.limits import RequestBudget, TokenBudget


def test_a_window_resets_after_its_length() -> None:
    budget = RequestBudget()
    spendings = [budget.spend([("minute", 2)], now) for now in (0.0, 10.0, 20.0, 60.0)]

    assert [s.exceeded for s in spendings if s] == [False, False, True, False]
    assert [s.remaining for s in spendings if s] == [1, 0, 0, 1]
    assert [s.reset for s in spendings if s] == [60, 50, 40, 60]


def test_the_headers_name_the_nearest_window_first() -> None:
    budget = RequestBudget()

    spending = budget.spend([("minute", 100), ("hour", 10), ("day", None)], 0.0)

    assert spending is not None
    assert spending.headers() == {
        "RateLimit-Limit": "10, 100;w=60, 10;w=3600",
        "RateLimit-Remaining": "9",
        "RateLimit-Reset": "3600",
    }


def test_no_limit_means_no_spending() -> None:
    assert RequestBudget().spend([("minute", None)], 0.0) is None


def test_token_calls_are_counted_by_address() -> None:
    budget = TokenBudget()

    assert [budget.spend("10.0.0.1", 0.0), budget.spend("10.0.0.1", 1.0)] == [1, 2]
    assert budget.spend("10.0.0.2", 1.0) == 1
    assert budget.spend("10.0.0.1", 60.0) == 1
