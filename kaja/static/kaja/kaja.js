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
    all("form[data-composer]", root).forEach(takeDraft);
    all("form[data-tick]", root).forEach(rest);
    all("form[data-go] > button", root).forEach((one) => { one.hidden = true; });
    all("form[data-upload] button[data-once]", root).forEach((one) => { one.hidden = true; });
    underline(root);
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
    for (const id of ["feed", "goal", "calendar", "toasts"]) {
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

  const openMove = async (link) => {
    const dialog = await open("dialog", link);
    if (dialog) dialog.querySelector("input[type=date], a").focus();
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

  // A hint's button: the words it was about are put right, if they still stand where they stood. Places are counted in
  // whole characters, as the server counts them.
  const mend = (button) => {
    const { fix, from, to, was, start, end } = button.dataset;
    const field = button.closest("form").querySelector("[name=text]"), letters = Array.from(field.value);
    if (letters.slice(start, end).join("") === was) {
      field.value = [...letters.slice(0, from), fix, ...letters.slice(to)].join("");
      const place = Array.from(letters.slice(0, from).join("") + fix).join("").length;
      field.setSelectionRange(place, place);
    }
    field.focus();
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  };
  const showPlace = (button) => {
    const field = button.closest("form").querySelector("[name=text]"), letters = Array.from(field.value);
    const length = (to) => letters.slice(0, to).join("").length;
    field.focus();
    field.setSelectionRange(length(button.dataset.start), length(button.dataset.end));
  };
  // What the hints are about is underlined in the field: a layer behind the words, as wide, wrapped and scrolled as they.
  // While one writes, a mark moves with its words, and goes when they change; the next check draws all of them anew.
  const layers = new WeakMap();
  const layerOf = (field) => {
    if (layers.has(field)) return layers.get(field);
    const layer = document.createElement("div"), kept = { layer, text: Array.from(field.value), marks: [] };
    layer.className = `${field.className} marks`;
    layer.setAttribute("aria-hidden", "true");
    field.parentElement.classList.add("marked");
    field.before(layer);
    layers.set(field, kept);
    const place = () => {
      const look = getComputedStyle(field);
      for (const name of ["font", "lineHeight", "letterSpacing", "wordSpacing", "padding", "borderWidth", "textAlign", "tabSize"]) layer.style[name] = look[name];
      const edges = parseFloat(look.borderLeftWidth) + parseFloat(look.borderRightWidth);
      layer.style.top = `${field.offsetTop}px`;
      layer.style.left = `${field.offsetLeft}px`;
      layer.style.height = `${field.offsetHeight}px`;
      layer.style.width = `${field.clientWidth + edges}px`;
      layer.scrollTop = field.scrollTop;
    };
    // The form too: larger letters in a field of fixed height change nothing else.
    const watch = new ResizeObserver(place);
    for (const one of [field, field.form]) if (one) watch.observe(one);
    field.addEventListener("scroll", () => { layer.scrollTop = field.scrollTop; }, { passive: true });
    for (const name of ["input", "change"]) field.addEventListener(name, () => { shift(kept, Array.from(field.value)); draw(kept); place(); });
    place();
    return kept;
  };
  const shift = (kept, text) => {
    const { text: was, marks } = kept, most = Math.min(was.length, text.length);
    let before = 0, after = 0;
    while (before < most && was[before] === text[before]) before += 1;
    while (after < most - before && was[was.length - 1 - after] === text[text.length - 1 - after]) after += 1;
    const moved = text.length - was.length;
    kept.marks = marks.filter((one) => one.end <= before || one.start >= was.length - after)
      .map((one) => (one.end <= before ? one : { ...one, start: one.start + moved, end: one.end + moved }));
    kept.text = text;
  };
  const draw = ({ layer, text, marks }) => {
    const parts = [];
    let at = 0;
    for (const one of [...marks].sort((a, b) => a.start - b.start)) {
      if (one.start < at) continue;
      const mark = document.createElement("mark");
      mark.className = one.kind;
      mark.textContent = text.slice(one.start, one.end).join("");
      parts.push(text.slice(at, one.start).join(""), mark);
      at = one.end;
    }
    // A last empty line has no height without a letter.
    layer.replaceChildren(...parts, text.slice(at).join(""), "\u200b");
  };
  const underline = (root) => {
    const form = root.closest && root.closest("form");
    all("textarea[data-marked]", form || root).forEach((field) => {
      const kept = layerOf(field), text = Array.from(field.value);
      kept.text = text;
      kept.marks = [...all(".ghint[data-start]", field.form)].map((one) => ({
        start: Number(one.dataset.start), end: Number(one.dataset.end), words: one.dataset.words,
        kind: one.classList.contains("bad") ? "bad" : one.classList.contains("warn") ? "warn" : "hint",
      })).filter((one) => one.end > one.start && text.slice(one.start, one.end).join("") === one.words);
      draw(kept);
      kept.layer.scrollTop = field.scrollTop;
    });
  };
  // "Fix 1 thing to share" leads to that thing.
  const jump = (button) => {
    const there = button.closest("form").querySelector(button.dataset.jump);
    there.scrollIntoView({ block: "center" });
    (there.querySelector(".bad button") || there.querySelector("button") || button).focus();
  };
  // Said once: the same sentence again is no news.
  const announce = (root) => {
    const news = root.querySelector("[data-said]"), region = news && news.closest("form").querySelector("[data-announce]");
    if (region && region.textContent !== news.dataset.said) region.textContent = news.dataset.said;
  };

  // The day was changed: the button no longer says the old one.
  document.addEventListener("change", (event) => {
    const button = event.target.matches("[data-begins]") && document.querySelector("[data-otherwise]");
    if (button) button.querySelector("span").textContent = button.dataset.otherwise;
  });

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

  // The calendar: a grip moves a post, the bars at both ends of a campaign stretch it; by pointer, finger or arrow keys.
  // What is sent is the form behind the grip's link. A refused move falls back, and a toast says why.
  const dayUnder = (event) => document.elementsFromPoint(event.clientX, event.clientY).map((one) => one.closest("[data-day]")).find(Boolean);
  const sendDay = async (address, days) => {
    const form = document.querySelector("[data-drag-form]"), data = new FormData(form);
    for (const [name, day] of Object.entries(days)) data.set(name, day);
    const answer = await fetch(address, { method: "POST", body: data, headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer && answer.ok && !answer.redirected) { await refresh(); return ""; }
    if (!answer || answer.status !== 422) return form.dataset.offline;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // What is approved goes through review again: asked before anything is moved, with the new day filled in.
    if (page.querySelector("[data-ask]") && !page.querySelector("[role=alert], .hint.bad")) {
      const back = encodeURIComponent(location.search.slice(1));
      openMove({ focus() {}, href: `${address.split("?")[0]}?${new URLSearchParams(days)}&back=${back}` });
      return null;
    }
    return [...all("[role=alert], .hint.bad", page)].map((one) => one.textContent.trim()).join(" ");
  };
  const moveTo = async (grip, day) => {
    const wrong = await sendDay(grip.href, { [grip.dataset.drag]: day });
    if (wrong) say(wrong);
    if (wrong !== "") return false;
    const again = [...all(`[data-drag="${grip.dataset.drag}"]`)].find((one) => one.href === grip.href && one.offsetParent);
    if (again) again.focus();
    return true;
  };
  let pulled = null, justPulled = false;
  const letGo = () => {
    const { what } = pulled;
    document.body.classList.remove("dragging");
    all("[data-day].over").forEach((one) => one.classList.remove("over"));
    pulled = null;
    return () => { what.classList.remove("lift"); what.style.transform = ""; };
  };
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest && event.target.closest("[data-drag]");
    justPulled = false;
    if (grip && !event.button) pulled = { grip, what: grip.closest("[data-ev]"), x: event.clientX, y: event.clientY, moved: false };
  });
  document.addEventListener("pointermove", (event) => {
    if (!pulled) return;
    const x = event.clientX - pulled.x, y = event.clientY - pulled.y;
    if (!pulled.moved && Math.hypot(x, y) < 6) return;
    if (!pulled.moved) { pulled.moved = true; pulled.grip.setPointerCapture(event.pointerId); document.body.classList.add("dragging"); }
    if (pulled.grip.dataset.drag === "day") { pulled.what.classList.add("lift"); pulled.what.style.transform = `translate(${x}px, ${y}px)`; }
    const under = dayUnder(event);
    all("[data-day].over").forEach((one) => one.classList.toggle("over", one === under));
    if (under) under.classList.add("over");
  });
  document.addEventListener("pointerup", async (event) => {
    if (!pulled) return;
    const { grip, moved } = pulled, under = moved && dayUnder(event), putBack = letGo();
    justPulled = moved;
    if (!under || under.dataset.day === grip.dataset.on || !(await moveTo(grip, under.dataset.day))) putBack();
  });
  document.addEventListener("pointercancel", () => { if (pulled) letGo()(); });
  // The browser would drag the link itself.
  document.addEventListener("dragstart", (event) => { if (pulled) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest && event.target.closest("[data-drag]");
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (event.key === "Escape" && pulled) { justPulled = true; letGo()(); }
    if (!grip || !step) return;
    event.preventDefault();
    const day = new Date(`${grip.dataset.on}T12:00:00Z`);
    day.setUTCDate(day.getUTCDate() + step);
    moveTo(grip, day.toISOString().slice(0, 10));
  });
  // Taken back at once: the address of the toast names the days that were.
  const undo = async (link) => {
    const address = new URL(link.href), wrong = await sendDay(address.pathname, Object.fromEntries(address.searchParams));
    if (wrong) say(wrong);
  };

  // Confirm rests until the box is ticked. Without a script the box is required.
  const rest = (form) => {
    const box = form.querySelector("[type=checkbox]"), button = form.querySelector("button");
    const look = () => { button.disabled = !box.checked; };
    form.addEventListener("change", look);
    look();
  };

  // A still of a film: what it shows now is drawn and sent as if it had been chosen as a file; at its very beginning, where
  // many films are black, a second later.
  const happens = (what, name) => new Promise((done) => what.addEventListener(name, done, { once: true }));
  const takeFrame = async (button) => {
    const film = document.querySelector(button.dataset.frame), form = button.closest("form");
    button.disabled = true;
    film.pause();
    if (film.readyState < 2) { film.preload = "auto"; const loaded = happens(film, "loadeddata"); film.load(); await loaded; }
    if (film.currentTime === 0 && film.duration > 0.1) { const there = happens(film, "seeked"); film.currentTime = Math.min(1, film.duration / 3); await there; }
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [film.videoWidth, film.videoHeight];
    canvas.getContext("2d").drawImage(film, 0, 0);
    const drawn = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92)), chosen = new DataTransfer();
    chosen.items.add(new File([drawn], "still.jpg", { type: "image/jpeg" }));
    form.querySelector("[type=file]").files = chosen.files;
    form.submit();
  };

  // Uploading: each file by itself, so that each shows how far it is and one that is refused stops no other.
  const upload = async (form, files) => {
    const list = form.querySelector("[data-upload-list]"), field = form.querySelector("[type=file]");
    all("[role=alert]", list).forEach((one) => one.remove());
    for (const file of files) await uploadOne(form, list, file);
    field.value = "";
    const first = document.querySelector("#fresh:not([hidden]) input[name^=alt-]");
    if (first) first.focus();
  };
  const uploadOne = (form, list, file) => new Promise((done) => {
    const line = document.createElement("li"), name = document.createElement("span"), bar = document.createElement("progress"), told = document.createElement("span");
    line.className = "row small upload-line";
    name.className = "grow address";
    name.textContent = file.name;
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    told.className = "tiny faint num";
    line.append(name, bar, told);
    list.append(line);
    const data = new FormData(), request = new XMLHttpRequest();
    data.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    data.append("files", file);
    const fail = (sentence) => {
      line.className = "note bad";
      line.setAttribute("role", "alert");
      line.replaceChildren(`${file.name}: ${sentence}`);
      done();
    };
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = Math.round(event.loaded / event.total * 100);
      told.textContent = bar.value < 100 ? `${bar.value}%` : form.dataset.checking;
    });
    request.addEventListener("error", () => fail(form.dataset.lost));
    request.addEventListener("load", () => {
      if (request.status !== 200 && request.status !== 422) { fail(form.dataset.lost); return; }
      const came = document.createElement("template");
      came.innerHTML = request.responseText;
      const fresh = document.querySelector("[data-fresh]");
      line.remove();
      for (const one of [...came.content.querySelectorAll("li")]) {
        if (one.dataset.media && fresh) { if (!fresh.querySelector(`[data-media="${one.dataset.media}"]`)) fresh.append(one); }
        else list.append(one);
      }
      if (fresh && fresh.children.length) fresh.closest("form").hidden = false;
      form.dispatchEvent(new CustomEvent("kaja:uploaded", { bubbles: true }));
      done();
    });
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.send(data);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest && event.target.closest("form[data-upload]");
    if (form && event.target.files && event.target.files.length) upload(form, [...event.target.files]);
  });
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) document.addEventListener(name, (event) => {
    const form = event.dataTransfer && [...event.dataTransfer.types].includes("Files") && event.target.closest && event.target.closest("form[data-upload]");
    if (!form) return;
    event.preventDefault();
    form.classList.toggle("over", name === "dragenter" || name === "dragover");
    if (name === "drop" && event.dataTransfer.files.length) upload(form, [...event.dataTransfer.files]);
  });

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
    const fix = on("[data-fix]"), place = on("[data-show]"), stopped = on("[data-jump]");
    if (fix) { event.preventDefault(); mend(fix); return; }
    if (place) { showPlace(place); return; }
    if (stopped) { event.preventDefault(); jump(stopped); return; }
    const step = on("[data-word-step]"), compose = on("[data-compose]"), close = on("[data-close]");
    const figure = on("[data-drawer]");
    const pull = on("[data-drag]"), back = on("[data-undo]");
    if (event.target.id === "drawer") event.target.close();
    if (pull && justPulled) { event.preventDefault(); justPulled = false; return; }
    if (pull && window.htmx && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); openMove(pull); return; }
    const frame = on("[data-frame]");
    if (frame) { takeFrame(frame); return; }
    if (back && document.querySelector("[data-drag-form]")) { event.preventDefault(); undo(back); return; }
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
    // A button that leads elsewhere (all previews, in a tab of its own) is no press on Share.
    if (!button || (event.submitter && event.submitter.hasAttribute("formaction"))) return;
    if (button.getAttribute("aria-busy")) { event.preventDefault(); return; }
    button.style.minWidth = `${button.offsetWidth}px`;
    button.setAttribute("aria-busy", "true");
    const words = button.querySelector("span");
    if (button.dataset.busy && words) { button.dataset.words = words.textContent; words.textContent = button.dataset.busy; }
    if (form.matches("[data-composer]") && form.closest("dialog")) { event.preventDefault(); share(form); }
    else if (form.matches("[data-composer]")) sessionStorage.removeItem(draftOf(form));
  });
  window.addEventListener("pageshow", () => all("[aria-busy]").forEach(free));

  // A choice in such a form is enough: its button is for pages without a script.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-go]");
    if (form) form.requestSubmit();
  });

  document.addEventListener("DOMContentLoaded", () => {
    reveal(document);
    // A row of tabs that is wider than a phone shows where one is. Asked for when the page is laid out anyway, and all
    // places before the first row moves: else the browser lays the page out once more for each.
    requestAnimationFrame(() => setTimeout(() => {
      const rows = [...all(".tabs [aria-current]")].map((one) => [one.parentElement, one.offsetLeft - one.parentElement.offsetLeft - 16]);
      rows.forEach(([row, left]) => { if (left > 0) row.scrollLeft = left; });
    }));
    all("dialog").forEach((dialog) => dialog.addEventListener("close", () => {
      dialog.innerHTML = "";
      if (opener && opener.isConnected) opener.focus();
    }));
  });
  // What renews itself does so only while somebody looks at it and reads nothing unfolded in it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const one = event.target;
    if (!one.matches || !one.matches("[data-polite]")) return;
    if (document.hidden || one.querySelector("details[open]") || one.contains(document.activeElement)) event.preventDefault();
  });
  // Another preview is only shown: nothing is asked for it. An answer that was under way leaves the tab that was chosen
  // meanwhile.
  let looking = "";
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-look]")) return;
    looking = event.target.value;
    event.stopPropagation();
  }, true);
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.target.matches("[data-marked]")) looking = ""; });
  document.addEventListener("htmx:afterSwap", (event) => {
    const tab = looking && [...all("[data-look]", event.target)].find((one) => one.value === looking);
    if (tab) tab.checked = true;
  });
  document.addEventListener("htmx:afterSwap", (event) => reveal(event.target));
  document.addEventListener("htmx:oobAfterSwap", (event) => { const there = event.detail.target || event.target; reveal(there); announce(there); });
})();
