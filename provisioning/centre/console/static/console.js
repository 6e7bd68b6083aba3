// The console's only script: live parts, bulk selection, questions before what cannot be undone, the keyboard.
// Without it every page still works: links and forms are plain.
"use strict";
(() => {
  const EVERY = 2000; // milliseconds between two looks
  const $ = (what, where = document) => where.querySelector(what);
  const $$ = (what, where = document) => [...where.querySelectorAll(what)];
  const typing = (el) => el && el.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");

  // -- live parts: [data-live=NAME] is the template's block of that name, fetched again while somebody looks
  const last = new Map();
  let failures = 0;
  let asking = false;

  const held = (part) => {
    const focus = document.activeElement;
    if (part.contains(focus) && typing(focus)) return true; // never take the words out of somebody's hands
    return part.contains($("dialog[open]"));
  };

  const known = (one) => one.id || one.getAttribute("href") || (one.name || "") + (one.value || "") || one.textContent.trim();

  const swap = (part, html) => {
    if (last.get(part.dataset.live) === html || held(part)) return;
    const focus = document.activeElement;
    const key = part.contains(focus) ? known(focus) : "";
    const scroll = $$(".table", part).map((one) => one.scrollLeft);
    const opened = new Set($$("details[open][id]", part).map((one) => one.id));
    const ticked = new Set($$("input[type=checkbox]:checked", part).map((one) => one.name + "=" + one.value));
    last.set(part.dataset.live, html);
    part.innerHTML = html;
    $$(".table", part).forEach((one, place) => { one.scrollLeft = scroll[place] || 0; });
    $$("details[id]", part).forEach((one) => { if (opened.has(one.id)) one.open = true; });
    $$("input[type=checkbox]", part).forEach((one) => { if (ticked.has(one.name + "=" + one.value)) one.checked = true; });
    if (key) {
      const again = $$("[id], a[href], input, button, summary", part).find((one) => known(one) === key);
      if (again) again.focus({ preventScroll: true });
    }
    markAt();
    counted();
  };

  // the session is over: to the door, unless somebody has typed here; what they send then is kept, and asks who they are
  let typed = false;
  let over = false;
  document.addEventListener("input", (event) => { typed = typed || Boolean(event.target.closest("main form[method=post]")); });
  const ended = () => {
    if (!typed) { location.reload(); return; }
    over = true;
    $("#out").hidden = false;
  };

  const look = async () => {
    const parts = $$("[data-live]");
    if (!parts.length || document.hidden || asking || over) return;
    asking = true;
    const url = new URL(location.href);
    url.searchParams.set("_parts", parts.map((one) => one.dataset.live).join(","));
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(10000) });
      if (answer.redirected || answer.status === 401) { ended(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const said = await answer.json();
      parts.forEach((one) => { if (one.dataset.live in said) swap(one, said[one.dataset.live]); });
      failures = 0;
    } catch {
      failures += 1;
    } finally {
      asking = false;
    }
    const lost = $("#lost");
    if (lost) lost.hidden = failures < 2;
  };
  if ($("[data-live]")) {
    setInterval(look, EVERY);
    document.addEventListener("visibilitychange", look);
  }

  // -- bulk selection: [data-bulk] form, its checkboxes named "id", one [data-all]
  let lastTick = null;
  const counted = () => {
    $$("[data-bulk]").forEach((form) => {
      const boxes = $$("input[name=id]", form);
      const n = boxes.filter((one) => one.checked).length;
      const found = $("[name=found]:checked", form); // everything that the filter finds, also on other pages
      const verb = $("[name=verb]", form);
      $$("[data-count]", form).forEach((one) => { one.textContent = found ? found.dataset.total : n; });
      $$("[data-verb]", form).forEach((one) => { one.textContent = verb.selectedOptions[0].text; });
      $$("[data-needs]", form).forEach((one) => { one.disabled = n === 0 && !found; });
      const all = $("[data-all]", form);
      if (all) { all.checked = n > 0 && n === boxes.length; all.indeterminate = n > 0 && n < boxes.length; }
    });
  };
  document.addEventListener("change", (event) => {
    const box = event.target;
    const form = box.closest("[data-bulk]");
    if (box.matches("[data-all]") && form) $$("input[name=id]", form).forEach((one) => { one.checked = box.checked; });
    if (box.matches("[data-submit]")) box.form.requestSubmit();
    if (form) counted();
  });
  document.addEventListener("click", (event) => {
    const box = event.target.closest("input[name=id]");
    if (!box || !box.closest("[data-bulk]")) return;
    const boxes = $$("input[name=id]", box.closest("[data-bulk]"));
    if (event.shiftKey && lastTick && boxes.includes(lastTick)) {
      const [a, b] = [boxes.indexOf(lastTick), boxes.indexOf(box)].sort((x, y) => x - y);
      boxes.slice(a, b + 1).forEach((one) => { one.checked = box.checked; });
      counted();
    }
    lastTick = box;
  });

  // -- questions: [data-ask=ID] opens the dialog; its main button sends the form that asked
  document.addEventListener("click", (event) => {
    const asker = event.target.closest("[data-ask]");
    if (asker) {
      const dialog = document.getElementById(asker.dataset.ask);
      if (dialog) { event.preventDefault(); dialog.showModal(); }
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) { event.preventDefault(); closer.closest("dialog").close(); }
  });
  document.addEventListener("submit", (event) => {
    const typed = $("[data-typed]", event.target);
    if (typed && typed.value.trim() !== typed.dataset.typed) {
      event.preventDefault();
      typed.setAttribute("aria-invalid", "true");
      typed.focus();
      return;
    }
    const button = event.submitter;
    document.body.setAttribute("data-busy", "");
    if (button && event.target.method === "post") setTimeout(() => { button.disabled = true; }, 0);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // -- the keyboard
  let at = -1;
  const rows = () => $$("[data-row]");
  const markAt = () => rows().forEach((one, place) => one.classList.toggle("at", place === at));
  const go = (by) => {
    const all = rows();
    if (!all.length) return;
    at = Math.max(0, Math.min(all.length - 1, at + by));
    markAt();
    all[at].scrollIntoView({ block: "nearest" });
    const first = $("a", all[at]);
    if (first) first.focus({ preventScroll: true });
  };
  const KEYS = { g: "/overview", t: "/terminals", a: "/alerts", d: "/drafts", r: "/rollouts", e: "/enrolment" };
  let led = false; // "g" was pressed just before
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const on = document.activeElement;
    if (event.key === "Escape" && typing(on)) { on.blur(); return; }
    if (typing(on) || $("dialog[open]")) return;
    const to = led && KEYS[event.key === "o" ? "g" : event.key];
    led = false;
    if (to) { event.preventDefault(); location.href = to; return; }
    switch (event.key) {
      case "/": { const box = $("[data-search]"); if (box) { event.preventDefault(); box.focus(); box.select(); } break; }
      case "j": event.preventDefault(); go(1); break;
      case "k": event.preventDefault(); go(-1); break;
      case "x": { const box = at >= 0 && $("input[name=id]", rows()[at]); if (box) { event.preventDefault(); box.click(); } break; }
      case "Enter": { const link = at >= 0 && on === document.body && rows()[at] && $("a", rows()[at]); if (link) link.click(); break; }
      case "Escape": at = -1; markAt(); break;
      case "g": led = true; break;
      case "?": { const help = $("#keys"); if (help) { event.preventDefault(); help.showModal(); } break; }
    }
  });

  // -- waiting: [data-slow] says at once that it works; a form or link that takes long shows it
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-slow]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) document.body.setAttribute("data-busy", "");
  });
  window.addEventListener("pageshow", () => document.body.removeAttribute("data-busy"));

  // -- a choice that asks for one more: [data-shows] shows the field [data-for] of its value, and not the others
  const shown = (choice) => $$("[data-for]", choice.form).forEach((one) => { one.hidden = one.dataset.for !== choice.value; });
  $$("[data-shows]").forEach((choice) => { choice.addEventListener("change", () => shown(choice)); shown(choice); });

  // -- small things
  const current = $(".menu [aria-current]");
  if (current) current.scrollIntoView({ block: "nearest", inline: "center" });
  counted();
})();
