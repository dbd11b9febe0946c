"""What must never happen in a page while a test drives it: an uncaught error, a word in the console, an answer of 500."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Response, WebError

# Chromium writes each answer of 400 and more into the console. Which of them a test provokes, it says (`expect`).
ANSWER = re.compile(r"Failed to load resource: the server responded with a status of (\d{3})")
# Violations of the content security policy that are only reported reach the console in no other way.
REPORT_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`));"""


@dataclass
class Watch:
    """Everything wrong that pages of the watched contexts met; `expect` names what a test provokes itself."""

    problems: list[str] = field(default_factory=list)
    expected: list[tuple[int, str]] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("weberror", self._error)
        context.on("console", self._console)
        context.on("response", self._response)

    def expect(self, status: int, part: str) -> None:
        """An address with `part` in it may answer `status` (below 500)."""
        self.expected.append((status, part))

    def _error(self, error: WebError) -> None:
        page = error.page.url if error.page else ""
        self.problems.append(f"uncaught on {page}: {error.error}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        place = message.location.get("url", "")
        answer = ANSWER.search(message.text)
        if answer and any(int(answer[1]) == status and part in place for status, part in self.expected):
            return
        self.problems.append(f"console: {message.text} ({place})")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} from {response.url}")

    def check(self) -> None:
        assert self.problems == [], "\n".join(self.problems)
