"""The demo page in a browser, in the words of somebody who uses it."""

from __future__ import annotations

from urllib.parse import urlencode

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect

LIMIT_MILLISECONDS = 15_000
expect.set_options(timeout=LIMIT_MILLISECONDS)


class DemoPage:
    """One browser window of its own with the page in it, and what the browser complained about."""

    def __init__(self, browser: Browser, address: str, *, width: int = 1200, height: int = 900, dark: bool = False):
        self._context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            base_url=address,
            permissions=["clipboard-read", "clipboard-write"],
        )
        self._context.set_default_timeout(LIMIT_MILLISECONDS)
        self.page: Page = self._context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", self._error)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def open(self, **query: str) -> DemoPage:
        self.page.goto("/" + (f"?{urlencode(query)}" if query else ""))
        return self

    def connect(self) -> str:
        """Press Connect, wait until connected and return the connection id."""
        self.page.get_by_role("button", name="Connect", exact=True).click()
        return self.connected()

    def connected(self) -> str:
        expect(self.page.locator("#state-name")).to_have_text("Connected")
        return self.page.locator("#state-detail").inner_text()

    def state(self) -> tuple[str, str]:
        """The connection's state and what is said about it."""
        return self.page.locator("#state-name").inner_text(), self.page.locator("#state-detail").inner_text()

    def join(self, group: str) -> None:
        self.page.get_by_label("Group to join").fill(group)
        self.page.get_by_role("button", name="Join").click()
        expect(self.page.get_by_role("button", name=f"Leave group {group}")).to_be_visible()

    def leave(self, group: str) -> None:
        self.page.get_by_role("button", name=f"Leave group {group}").click()
        expect(self.page.get_by_role("button", name=f"Leave group {group}")).to_have_count(0)

    def send(self, text: str, *, to: str = "Everyone", recipient: str = "", exclude_myself: bool = False) -> None:
        """Send a message and wait until the function app has accepted it."""
        self.write(text, to=to, recipient=recipient)
        checkbox = self.page.get_by_label("Exclude myself")
        if checkbox.is_visible():
            checkbox.set_checked(exclude_myself)
        with self.page.expect_response(lambda response: response.request.method == "POST") as sent:
            self.page.get_by_label("Message", exact=True).press("Enter")
        assert sent.value.status == 202, sent.value.text()

    def write(self, text: str, *, to: str = "Everyone", recipient: str = "") -> None:
        """Fill in what to send to whom, without sending it."""
        # As a mouse does: the radio button itself is invisible behind its label.
        self.page.locator(".segments label", has_text=to).click()
        if recipient:
            self.page.locator("#recipient").fill(recipient)
        self.page.get_by_label("Message", exact=True).fill(text)

    def messages(self, *texts: str) -> None:
        """Wait until exactly these messages have come, in this order."""
        expect(self.page.locator("#messages > li > :is(p, pre)")).to_have_text(list(reversed(texts)))

    def problem(self, where: str) -> str:
        """The error told in the card `send` or `groups`."""
        shown = self.page.locator(f"#{where}-problem")
        expect(shown).to_be_visible()
        return shown.inner_text()

    def close(self) -> None:
        self._context.close()
