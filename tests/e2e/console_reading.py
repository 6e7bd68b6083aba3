"""What would keep somebody from reading a page, found in the page itself by what its browser has computed."""

from playwright.sync_api import Page

FAULTS = """() => {
  const found = [];
  const seen = (one) => one.checkVisibility({ checkVisibilityCSS: true }) && !one.closest(".sr, [hidden]");
  const short = (one) => one.outerHTML.replace(/\\s+/g, " ").slice(0, 120);
  const channels = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return { rgb: [r, g, b], a };
  };
  const over = (top, under) => top.rgb.map((one, place) => one * top.a + under[place] * (1 - top.a));
  const ground = (one) => {
    if (!one) return [255, 255, 255];
    const here = channels(getComputedStyle(one).backgroundColor);
    return here.a === 1 ? here.rgb : over(here, ground(one.parentElement));
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((one) => one <= 10 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const done = new Set();
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || done.has(one) || !seen(one)) continue;
    if (one.closest("script, option, :disabled")) continue;
    done.add(one);
    const style = getComputedStyle(one);
    const size = parseFloat(style.fontSize);
    const under = ground(one);
    const drawn = over(channels(one.closest("svg") ? style.fill : style.color), under);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) || one.matches(".i") ? 3 : 4.5;
    const is = contrast(drawn, under);
    if (is < least) found.push(`contrast ${is.toFixed(2)}: ${short(one)}`);
  }
  const named = (one) => one.ariaLabel || one.getAttribute("aria-labelledby") || one.labels?.length
    || (!one.matches("svg") && (one.textContent + one.title + (one.alt || "")).trim());
  const SAID = "a, button, input:not([type=hidden]), select, textarea, img, svg[role=img], [role=region], dialog, nav";
  document.querySelectorAll(SAID).forEach((one) => { if (!named(one)) found.push(`no name: ${short(one)}`); });
  document.querySelectorAll("[aria-labelledby], [aria-describedby]").forEach((one) => {
    for (const id of (one.getAttribute("aria-labelledby") || one.getAttribute("aria-describedby")).split(" "))
      if (!document.getElementById(id)) found.push(`points to nothing: ${short(one)}`);
  });
  document.querySelectorAll("th:not([scope])").forEach((one) => found.push(`no scope: ${short(one)}`));
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  ids.filter((id, place) => ids.indexOf(id) !== place).forEach((id) => found.push(`twice: ${id}`));
  const heads = [...document.querySelectorAll("main :is(h1, h2, h3, h4)")].filter((one) => !one.closest("dialog"));
  const levels = heads.map((one) => Number(one.tagName[1]));
  if (levels.filter((one) => one === 1).length !== 1 || levels[0] !== 1) found.push(`headings begin: ${levels}`);
  levels.forEach((one, place) => { if (place && one > levels[place - 1] + 1) found.push(`headings skip: ${levels}`); });
  if (document.querySelectorAll("main").length !== 1) found.push("not one main part");
  return found;
}"""


def faults(page: Page) -> list[str]:
    """Too little contrast (WCAG AA), controls without a name, headings out of order, ids twice."""
    found: list[str] = page.evaluate(FAULTS)
    return found
