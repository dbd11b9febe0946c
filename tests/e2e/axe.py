"""axe-core on a page, light and dark."""

from __future__ import annotations

from functools import cache

from playwright.sync_api import Page

from tests.conftest import ROOT

RUN = """async (options) => {
  const found = await axe.run(options);
  const told = (rule) => rule.nodes.map((node) => ({ rule: rule.id, html: node.html, why: node.failureSummary }));
  return found.violations.flatMap(told);
}"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Two frames: until the colours of the other theme are drawn.
SET_THEME = """(theme) => {
  document.documentElement.dataset.theme = theme;
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}"""
# media-chrome writes the names of its own controls: “playback time” over 0:00, “Playback rate 1” over 1x.
NAMED_BY_MEDIA_CHROME = ("<media-time-display", "<media-playback-rate-button")


@cache
def source() -> str:
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text()


def violations(page: Page) -> list[str]:
    """What it finds in a page as it stands: all rules in the light; in the dark, where only contrast can differ, that one."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(source())
    found: list[dict[str, str]] = []
    for theme, options in (
        ("light", {"runOnly": TAGS, "resultTypes": ["violations"]}),
        ("dark", {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}),
    ):
        page.evaluate(SET_THEME, theme)
        found += page.evaluate(RUN, options)
    return [
        f"{one['rule']}: {one['html']}\n{one['why']}"
        for one in found
        if not (one["rule"] == "label-content-name-mismatch" and one["html"].startswith(NAMED_BY_MEDIA_CHROME))
    ]
