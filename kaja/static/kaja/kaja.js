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
    all("form[data-composer]", root).forEach(takeDraft);
    all("form[data-tick]", root).forEach(rest);
    count();
  };

  // What is being written stays in this tab until it is shared: closing, Esc or a lost connection lose nothing.
  const draftOf = (form) => `draft:${new URL(form.action).pathname}`;
  const takeDraft = (form) => {
    const text = form.querySelector("[name=text]"), kept = sessionStorage.getItem(draftOf(form));
    if (kept && kept !== text.value && !form.querySelector("[role=alert]")) {
      text.value = kept;
      setTimeout(() => text.dispatchEvent(new Event("change", { bubbles: true })));
    }
    text.addEventListener("input", () => sessionStorage.setItem(draftOf(form), text.value));
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

  // Something of ours into a dialog. A skeleton stands there when the answer takes longer than a moment.
  let opener = null;
  const open = async (id, link) => {
    const dialog = document.getElementById(id);
    const late = setTimeout(() => { dialog.innerHTML = '<div class="skel waiting"></div>'; dialog.showModal(); }, 150);
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    clearTimeout(late);
    if (!answer || !answer.ok || answer.redirected) { location.href = link.href; return null; }
    opener = link;
    fill(dialog, await answer.text());
    if (!dialog.open) dialog.showModal();
    return dialog;
  };
  const fill = (dialog, page) => {
    dialog.innerHTML = page;
    window.htmx.process(dialog);
    reveal(dialog);
  };

  // The composer stands over the page on wide screens; on phones it is a page.
  const openComposer = async (link) => {
    const dialog = await open("dialog", link);
    if (dialog) dialog.querySelector("textarea").focus();
  };

  // Share in the dialog: refused, the form comes back filled; done, the card folds and a toast says what comes next.
  const share = async (form) => {
    const dialog = form.closest("dialog"), button = form.querySelector("[data-once]"), card = opener && opener.closest("article");
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer || answer.status >= 500) { say(form.dataset.offline); free(button); return; }
    if (answer.status === 422) {
      fill(dialog, await answer.text());
      (dialog.querySelector("[aria-invalid]") || dialog.querySelector("textarea")).focus();
      return;
    }
    sessionStorage.removeItem(draftOf(form));
    if (answer.status !== 204) { location.href = answer.headers.get("HX-Redirect") || answer.url; return; }
    dialog.close();
    if (card) card.querySelector("[data-compose]").classList.add("sent");
    await new Promise((done) => setTimeout(done, matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 700));
    await refresh();
    const folded = document.querySelector(`[data-share="${answer.headers.get("Kaja-Share")}"] a`);
    if (folded) folded.focus();
  };

  // The parts of this page that a share changes, anew.
  const refresh = async () => {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["feed", "goal", "toasts"]) {
      const now = document.getElementById(id), then = page.getElementById(id);
      if (now && then) { now.replaceChildren(...then.childNodes); window.htmx.process(now); reveal(now); }
    }
  };
  const say = (sentence) => {
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.setAttribute("role", "status");
    toast.textContent = sentence;
    document.getElementById("toasts").append(toast);
    setTimeout(() => toast.remove(), 6000);
  };

  // A figure opened: a drawer beside the page, on a phone from below. Without a script, or in a new tab, its own page.
  const openDrawer = async (link) => {
    const drawer = await open("drawer", link);
    if (drawer) drawer.scrollTop = 0;
  };

  const takeCaption = (option) => {
    const form = option.closest("form"), text = form.querySelector("[name=text]");
    form.querySelector("[name=caption]").value = option.dataset.caption;
    all(".opt", form).forEach((one) => {
      one.classList.toggle("on", one === option);
      one.setAttribute("aria-pressed", String(one === option));
    });
    text.value = option.dataset.text;
    text.focus();
    for (const name of ["input", "change"]) text.dispatchEvent(new Event(name, { bubbles: true }));
  };

  const showTime = (field) => {
    const form = field.closest("form"), at = form.querySelector("[name=when][value=at]");
    const show = () => { field.hidden = !at.checked; };
    form.addEventListener("change", show);
    show();
  };

  const copy = async (button) => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).innerText);
    if (button.dataset.copied) button.querySelector("span").textContent = button.dataset.copied;
  };

  // Pieces of the guidelines: dragged by their grip, or moved by the arrow keys while the grip has the focus. The place
  // is kept by the same form that the menu posts.
  const movePiece = async (piece, to) => {
    const list = piece.parentElement, form = piece.querySelector(`form[action="${piece.dataset.move}"]`), data = new FormData(form);
    data.set("to", String(to));
    const answer = await fetch(piece.dataset.move, { method: "POST", body: data }).catch(() => null);
    if (!answer || !answer.ok) { location.reload(); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html"), then = page.querySelector("[data-pieces]");
    if (!then) { location.reload(); return; }
    list.replaceChildren(...then.childNodes);
    reveal(list);
    const grip = document.querySelector(`#${CSS.escape(piece.id)} [data-grip]`);
    if (grip) grip.focus();
  };
  const placeOf = (piece) => [...piece.parentElement.children].indexOf(piece);
  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    const grip = event.target.closest && event.target.closest("[data-grip]");
    if (!grip) return;
    dragged = grip.closest(".piece");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
  });
  document.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest("[data-pieces] > .piece");
    if (!over) return;
    event.preventDefault();
    all(".piece.over").forEach((one) => one.classList.toggle("over", one === over));
    over.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const over = dragged && event.target.closest("[data-pieces] > .piece");
    if (!over) return;
    event.preventDefault();
    if (over !== dragged) movePiece(dragged, placeOf(over));
  });
  document.addEventListener("dragend", () => { dragged = null; all(".piece.over").forEach((one) => one.classList.remove("over")); });
  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest && event.target.closest("[data-grip]");
    if (!grip || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const piece = grip.closest(".piece"), to = placeOf(piece) + (event.key === "ArrowUp" ? -1 : 1);
    if (to >= 0 && to < piece.parentElement.children.length) movePiece(piece, to);
  });

  // Confirm rests until the box is ticked. Without a script the box is required.
  const rest = (form) => {
    const box = form.querySelector("[type=checkbox]"), button = form.querySelector("button");
    const look = () => { button.disabled = !box.checked; };
    form.addEventListener("change", look);
    look();
  };

  // Lists with boxes: all on this page at once, and how many are ticked.
  const count = () => {
    const ticked = all('[name="item"]:checked').length;
    all("[data-chosen]").forEach((one) => { one.textContent = ticked ? String(ticked) : ""; });
  };
  document.addEventListener("change", (event) => {
    const whole = event.target.dataset && event.target.dataset.checkAll;
    if (whole) all(`[name="${whole}"]`).forEach((one) => { one.checked = event.target.checked; });
    if (whole || event.target.name === "item") count();
  });

  // A list that could not be loaded says so where it stands; what was chosen is kept.
  const trouble = (event) => {
    const list = event.detail.target, said = list && list.dataset && list.dataset.trouble;
    if (!said) return;
    const note = document.createElement("p");
    note.className = "note bad lib-due";
    note.setAttribute("role", "alert");
    note.textContent = said;
    all(":scope > .note.bad", list).forEach((one) => one.remove());
    list.prepend(note);
  };
  for (const name of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(name, trouble);
  // The view that is kept is the list as it stands now.
  document.addEventListener("htmx:pushedIntoHistory", () => {
    all("[data-address]").forEach((one) => { one.value = location.search.slice(1); });
  });

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

  // A second press on Share changes nothing. The button keeps its width while it waits.
  const free = (button) => {
    button.removeAttribute("aria-busy");
    if (button.dataset.words) button.querySelector("span").textContent = button.dataset.words;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target, button = form.querySelector("[data-once]");
    if (!button) return;
    if (button.getAttribute("aria-busy")) { event.preventDefault(); return; }
    button.style.minWidth = `${button.offsetWidth}px`;
    button.setAttribute("aria-busy", "true");
    const words = button.querySelector("span");
    if (button.dataset.busy && words) { button.dataset.words = words.textContent; words.textContent = button.dataset.busy; }
    if (form.matches("[data-composer]") && form.closest("dialog")) { event.preventDefault(); share(form); }
    else if (form.matches("[data-composer]")) sessionStorage.removeItem(draftOf(form));
  });
  window.addEventListener("pageshow", () => all("[aria-busy]").forEach(free));

  document.addEventListener("DOMContentLoaded", () => {
    reveal(document);
    all("dialog").forEach((dialog) => dialog.addEventListener("close", () => {
      dialog.innerHTML = "";
      if (opener && opener.isConnected) opener.focus();
    }));
  });
  document.addEventListener("htmx:afterSwap", (event) => reveal(event.target));
})();
