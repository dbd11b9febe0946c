"""What must never happen in a page while a test drives it: an uncaught error, a word in the console, an answer of 500."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Response, WebError

# Violations of the content security policy that are only reported reach the console in no other way.
REPORT_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`));"""


@dataclass
class Watch:
    """Everything wrong that pages of the watched contexts met; `allow` names what a test provokes itself."""

    problems: list[str] = field(default_factory=list)
    allowed: list[tuple[str, str]] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("weberror", self._error)
        context.on("console", self._console)
        context.on("response", self._response)

    def allow(self, said: str, at: str) -> None:
        """The console may say something with `said` in it of an address with `at` in it.

        Chromium says there every answer of 400 and more, and every request that broke off (net::ERR_…).
        """
        self.allowed.append((said, at))

    def allow_answer(self, status: int, at: str) -> None:
        self.allow(f"the server responded with a status of {status}", at)

    def _error(self, error: WebError) -> None:
        page = error.page.url if error.page else ""
        self.problems.append(f"uncaught on {page}: {error.error}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        place = message.location.get("url", "")
        if not any(said in message.text and at in place for said, at in self.allowed):
            self.problems.append(f"console: {message.text} ({place})")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} from {response.url}")

    def check(self) -> None:
        assert self.problems == [], "\n".join(self.problems)
