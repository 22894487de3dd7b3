"""The demo page in real Chromium: two people connect, join, send and watch, and every error is told in words."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.conftest import RunningEmulator
from tests.end_to_end.demo_page import DemoPage
from tests.end_to_end.function_app import LIMIT_SECONDS, RunningFunctionApp
from tests.processes import ROOT, ServerProcess

NewPage = Callable[..., DemoPage]
ARTEFACTS = ROOT / "artefacts"


@pytest.fixture
def hub() -> str:
    return f"hub{uuid4().hex[:8]}"


@pytest.fixture
def new_page(browser: Browser, emulator: RunningEmulator) -> Iterator[NewPage]:
    """Open windows that close with the test."""
    pages: list[DemoPage] = []

    def make(**options: Any) -> DemoPage:
        pages.append(DemoPage(browser, emulator.endpoint, **options))
        return pages[-1]

    yield make
    for page in pages:
        page.close()


@pytest.fixture
def alice_and_bob(new_page: NewPage, function_app: RunningFunctionApp, hub: str) -> Iterator[tuple[DemoPage, DemoPage]]:
    """Two connected windows; neither browser may complain about anything in the whole test."""
    pages = tuple(new_page().open(hub=hub, user=user, api=function_app.api) for user in ("alice", "bob"))
    for page in pages:
        page.connected()
    yield pages[0], pages[1]
    assert [page.complaints for page in pages] == [[], []]


def test_somebody_connects_sends_and_sees_the_message(
    new_page: NewPage, function_app: RunningFunctionApp, hub: str
) -> None:
    page = new_page().open(api=function_app.api)
    assert page.state() == ("Disconnected", "")
    page.page.get_by_label("Hub").fill(hub)
    connection_id = page.connect()
    assert function_app.call("GET", f"hubs/{hub}/connections/{connection_id}").status_code == 200
    assert function_app.call("GET", f"hubs/{hub}/users/alice").status_code == 200
    page.send("Hello")
    page.messages("Hello")
    assert page.complaints == []


def test_nobody_need_have_a_name(new_page: NewPage, function_app: RunningFunctionApp, hub: str) -> None:
    page = new_page().open(hub=hub, user="", api=function_app.api)
    page.connected()
    page.send("Hello from nobody")
    page.messages("Hello from nobody")


def test_two_people_get_what_is_meant_for_them(alice_and_bob: tuple[DemoPage, DemoPage]) -> None:
    alice, bob = alice_and_bob
    alice.send("for everyone")
    alice.send("for everyone else", exclude_myself=True)
    alice.send("for bob", to="User", recipient="bob")
    alice.send("for this connection", to="Connection", recipient=alice.connected())
    alice.send("the end")
    alice.messages("for everyone", "for this connection", "the end")
    bob.messages("for everyone", "for everyone else", "for bob", "the end")


def test_a_group_is_joined_used_and_left(alice_and_bob: tuple[DemoPage, DemoPage]) -> None:
    alice, bob = alice_and_bob
    for page in (alice, bob):
        page.join("night shift/ä")
    alice.send("for us", to="Group", recipient="night shift/ä")
    alice.send("for the others", to="Group", recipient="night shift/ä", exclude_myself=True)
    bob.leave("night shift/ä")
    alice.send("without bob", to="Group", recipient="night shift/ä")
    alice.send("the end")
    alice.messages("for us", "without bob", "the end")
    bob.messages("for us", "for the others", "the end")


def test_the_curl_line_does_what_the_page_would_do(alice_and_bob: tuple[DemoPage, DemoPage]) -> None:
    alice, bob = alice_and_bob
    alice.page.get_by_label("Exclude myself").check()
    alice.write("""it's "quoted", $HOME and `date`""")
    alice.page.get_by_role("button", name="Copy").click()
    expect(alice.page.get_by_role("button", name="Copied")).to_be_visible()
    line = alice.page.evaluate("navigator.clipboard.readText()")
    assert line == alice.page.locator("#curl").inner_text()
    subprocess.run(["sh", "-c", line.replace("curl ", "curl -sS --fail ", 1)], check=True, timeout=LIMIT_SECONDS)
    alice.send("the end")
    alice.messages("the end")
    bob.messages("""it's "quoted", $HOME and `date`""", "the end")


def test_any_target_is_shown_with_its_arguments(
    alice_and_bob: tuple[DemoPage, DemoPage], function_app: RunningFunctionApp, hub: str
) -> None:
    alice, _ = alice_and_bob
    function_app.send(f"hubs/{hub}", {"price": 42.5, "up": True}, target="priceChanged")
    alice.messages('{ "price": 42.5, "up": true }')
    expect(alice.page.locator("#messages .target")).to_have_text("priceChanged")
    alice.send('["three", 3, null]')
    expect(alice.page.locator("#messages li").first.locator("pre")).to_have_text('"three" 3 null')
    assert alice.page.locator("#count").inner_text() == "2"
    alice.page.get_by_role("button", name="Clear").click()
    alice.messages()


def test_what_is_received_is_text_and_nothing_else(alice_and_bob: tuple[DemoPage, DemoPage]) -> None:
    alice, bob = alice_and_bob
    attack = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    alice.send(attack)
    bob.messages(attack)
    assert bob.page.locator("#messages img, #messages script").count() == 0


def test_disconnecting_leaves_the_hub_and_connecting_returns(
    alice_and_bob: tuple[DemoPage, DemoPage], function_app: RunningFunctionApp, hub: str
) -> None:
    _, bob = alice_and_bob
    bob.page.get_by_role("button", name="Disconnect").click()
    expect(bob.page.locator("#state-name")).to_have_text("Disconnected")
    assert function_app.call("GET", f"hubs/{hub}/users/bob").status_code == 404
    bob.connect()
    assert function_app.call("GET", f"hubs/{hub}/users/bob").status_code == 200


def test_a_closed_connection_returns_with_its_groups(
    new_page: NewPage, function_app: RunningFunctionApp, hub: str
) -> None:
    alice = new_page().open(hub=hub, user="alice", api=function_app.api)
    before = alice.connected()
    alice.join("readers")
    function_app.manage("DELETE", f"hubs/{hub}/connections/{before}")
    expect(alice.page.locator("#state-detail")).not_to_have_text(before)
    assert alice.connected() != before
    alice.send("still here", to="Group", recipient="readers")
    alice.messages("still here")


def test_a_second_window_is_one_click_away(new_page: NewPage, function_app: RunningFunctionApp, hub: str) -> None:
    alice = new_page().open(hub=hub, user="alice", api=function_app.api)
    alice.connected()
    with alice.page.expect_popup() as opened:
        alice.page.get_by_role("link", name="Open a second window as bob").click()
    expect(opened.value.locator("#state-name")).to_have_text("Connected")
    assert opened.value.title() == f"bob on {hub}"
    alice.send("for bob", to="User", recipient="bob")
    expect(opened.value.locator("#messages > li > p")).to_have_text(["for bob"])
    expect(opened.value.get_by_role("link", name="Open a second window as alice")).to_be_visible()


@pytest.fixture
def deserted() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_function_app_that_is_not_there_is_named_with_what_to_do(new_page: NewPage, deserted: str) -> None:
    page = new_page().open(user="alice", api=f"{deserted}/api")
    detail = page.page.locator("#state-detail")
    expect(detail).to_contain_text(f"No answer from the function app at {deserted}.")
    expect(detail).to_contain_text("python3 dev.py run")
    assert page.state()[0] == "Disconnected"
    page.page.get_by_role("button", name="Send", exact=True).click()
    assert page.problem("send").startswith(f"No answer from the function app at {deserted}.")


def test_a_function_app_that_does_not_admit_the_page_is_told_with_the_page_s_origin(
    browser: Browser, function_app: RunningFunctionApp
) -> None:
    with ServerProcess("-m", "emulator", "--port", "0") as stranger:
        page = DemoPage(browser, stranger.address).open(user="alice", api=function_app.api)
        expect(page.page.locator("#state-detail")).to_contain_text(f"must name this page's origin, {stranger.address}")
        page.close()


def test_a_wrong_path_is_told_by_status_and_address(new_page: NewPage, function_app: RunningFunctionApp) -> None:
    page = new_page().open(user="alice", api=f"{function_app.address}/apj")
    detail = page.page.locator("#state-detail")
    expect(detail).to_contain_text(f"{function_app.address}/apj/hubs/chat/negotiate answered HTTP 404")
    expect(detail).to_contain_text("/api at its end")


def test_an_error_of_the_function_app_is_told_in_its_own_words(
    new_page: NewPage, function_app: RunningFunctionApp
) -> None:
    refusal = function_app.call("POST", "hubs/no-hyphens/negotiate").json()["error"]["message"]
    page = new_page().open(hub="no-hyphens", user="alice", api=function_app.api)
    expect(page.page.locator("#state-detail")).to_contain_text(f"{refusal} (HTTP 400")
    page.page.get_by_role("button", name="Send", exact=True).click()
    assert refusal in page.problem("send")


def test_an_empty_field_is_pointed_at_before_anything_is_sent(new_page: NewPage) -> None:
    page = new_page().open()
    sent: list[str] = []
    page.page.on("request", lambda request: sent.append(request.method))
    page.page.get_by_label("Hub").fill("")
    page.page.get_by_role("button", name="Send", exact=True).click()
    assert page.page.evaluate("document.activeElement.id") == "hub"
    assert "POST" not in sent


def test_the_keyboard_is_enough(new_page: NewPage, function_app: RunningFunctionApp, hub: str) -> None:
    page = new_page().open(api=function_app.api)
    page.page.get_by_label("Hub").fill(hub)
    page.page.get_by_role("textbox", name="User").press("Enter")
    page.connected()
    page.page.get_by_label("Group to join").fill("readers")
    page.page.get_by_label("Group to join").press("Enter")
    expect(page.page.get_by_role("button", name="Leave group readers")).to_be_visible()
    page.page.get_by_role("radio", name="Everyone").focus()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("ArrowRight")
    expect(page.page.get_by_role("textbox", name="Group", exact=True)).to_have_value("readers")
    page.page.get_by_label("Message", exact=True).fill("typed")
    page.page.keyboard.press("Enter")
    page.messages("typed")


def test_whatever_can_be_used_has_a_name_and_shows_its_focus(new_page: NewPage) -> None:
    page = new_page().open()
    for control in page.page.locator("input:visible, button:visible:enabled, a").all():
        assert control.evaluate("e => (e.labels?.[0] ?? e).textContent.trim()"), control.evaluate("e => e.outerHTML")
    page.page.keyboard.press("Tab")
    for _ in range(12):
        focused = page.page.evaluate(
            """() => {
                const e = document.activeElement;
                return getComputedStyle(e.matches("[type=radio]") ? e.nextElementSibling : e).outlineStyle;
            }"""
        )
        assert focused == "solid"
        page.page.keyboard.press("Tab")


def test_the_cdn_s_client_is_taken_where_npm_is_absent_and_only_if_it_is_the_right_one(
    new_page: NewPage, function_app: RunningFunctionApp, hub: str
) -> None:
    genuine = (ROOT / "node_modules/@microsoft/signalr/dist/browser/signalr.min.js").read_text(encoding="utf-8")
    for content, state in ((genuine, "Connected"), (genuine + " ", "Disconnected")):
        page = new_page()
        page.page.route("**/demo/signalr.min.js", lambda route: route.fulfill(status=404))
        page.page.route("https://cdn.jsdelivr.net/**", _serve(content))
        page.open(hub=hub, user="alice", api=function_app.api)
        expect(page.page.locator("#state-name")).to_have_text(state)
    expect(page.page.locator("#state-detail")).to_contain_text("npm ci")


def _serve(content: str) -> Callable[[Route], None]:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}
    return lambda route: route.fulfill(body=content, headers=headers)


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("light", {}),
        ("dark", {"dark": True}),
        ("narrow", {"width": 360, "height": 780}),
        ("narrow-dark", {"width": 360, "height": 780, "dark": True}),
    ],
)
def test_the_page_fits_and_is_kept_as_a_picture(
    new_page: NewPage, function_app: RunningFunctionApp, hub: str, name: str, look: dict[str, Any]
) -> None:
    page = new_page(**look).open(hub="demo" + hub, user="alice", api=function_app.api)
    page.connected()
    page.join("readers")
    page.send("w" * 300)
    page.send('[{"symbol": "MSFT", "price": 512.25}, ["nested", null]]')
    page.send("Good morning, readers.", to="Group", recipient="readers")
    expect(page.page.locator("#messages li")).to_have_count(3)
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ARTEFACTS.mkdir(exist_ok=True)
    page.page.screenshot(path=ARTEFACTS / f"demo-{name}.png", full_page=True, animations="disabled")
