// What makes Kaja's pages quicker. Every page works without it.
"use strict";
(() => {
  const all = (selector, root = document) => root.querySelectorAll(selector);

  // Elements that only a script can serve are hidden until there is one.
  const reveal = (root) => {
    all("[data-script], [data-copy][hidden], .arrows[hidden]", root).forEach((one) => { one.hidden = false; });
    if (navigator.share) all("[data-share-text]", root).forEach((one) => { one.hidden = false; });
    else all("[data-share-sheet]", root).forEach((one) => { const label = one.closest("label"); if (label) label.hidden = true; });
    all("[data-toast]", root).forEach((one) => setTimeout(() => one.remove(), 6000));
    all("[data-at]", root).forEach(showTime);
  };

  // Suggested words on a card: the arrows turn them, Share takes the ones that show.
  const turnWords = (button) => {
    const card = button.closest("article"), words = [...all("[data-word]", card)];
    const now = words.findIndex((one) => !one.hidden);
    const next = (now + Number(button.dataset.wordStep) + words.length) % words.length;
    words[now].hidden = true;
    words[next].hidden = false;
    card.querySelector("[data-word-number]").textContent = String(next + 1);
    const link = card.querySelector("[data-word-link]"), address = new URL(link.href);
    address.searchParams.set("caption", words[next].dataset.word);
    link.href = address;
  };

  // The composer beside the page on wide screens; on phones its own page.
  let opener = null;
  const openComposer = async (link) => {
    const dialog = document.getElementById("dialog");
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) { location.href = link.href; return; }
    dialog.innerHTML = await answer.text();
    opener = link;
    window.htmx.process(dialog);
    reveal(dialog);
    dialog.showModal();
    dialog.querySelector("textarea").focus();
  };

  // A figure opened: a drawer beside the page, on a phone from below. Without a script, or in a new tab, its own page.
  const openDrawer = async (link) => {
    const drawer = document.getElementById("drawer");
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) { location.href = link.href; return; }
    drawer.innerHTML = await answer.text();
    opener = link;
    window.htmx.process(drawer);
    drawer.showModal();
    drawer.scrollTop = 0;
  };

  const takeCaption = (option) => {
    const form = option.closest("form"), text = form.querySelector("[name=text]");
    form.querySelector("[name=caption]").value = option.dataset.caption;
    all(".opt", form).forEach((one) => one.classList.toggle("on", one === option));
    text.value = option.dataset.text;
    text.focus();
    text.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const showTime = (field) => {
    const form = field.closest("form"), at = form.querySelector("[name=when][value=at]");
    const show = () => { field.hidden = !at.checked; };
    form.addEventListener("change", show);
    show();
  };

  const copy = async (button) => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).innerText);
    if (button.dataset.copied) { button.lastChild.textContent = " " + button.dataset.copied; }
  };

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    const step = on("[data-word-step]"), compose = on("[data-compose]"), close = on("[data-close]");
    const figure = on("[data-drawer]");
    if (event.target.id === "drawer") event.target.close();
    const caption = on("[data-caption]"), copied = on("[data-copy]"), sheet = on("[data-share-text]");
    if (step) turnWords(step);
    else if (compose && innerWidth > 900 && window.htmx && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); openComposer(compose); }
    else if (figure && window.htmx && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); openDrawer(figure); }
    else if (close && close.closest("dialog")) { event.preventDefault(); close.closest("dialog").close(); }
    else if (caption) takeCaption(caption);
    else if (copied) copy(copied);
    else if (sheet) navigator.share({ title: sheet.dataset.shareTitle, text: sheet.dataset.shareText, url: sheet.dataset.shareUrl }).catch(() => {});
  });

  // A second press on Share changes nothing.
  document.addEventListener("submit", (event) => {
    const button = event.target.querySelector("[data-once]");
    if (!button) return;
    if (button.getAttribute("aria-busy")) event.preventDefault();
    button.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => all("[aria-busy]").forEach((one) => one.removeAttribute("aria-busy")));

  document.addEventListener("DOMContentLoaded", () => {
    reveal(document);
    all("dialog").forEach((dialog) => dialog.addEventListener("close", () => { dialog.innerHTML = ""; if (opener) opener.focus(); }));
  });
  document.addEventListener("htmx:afterSwap", (event) => reveal(event.target));
})();
