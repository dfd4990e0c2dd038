// What a browser adds to the pages: formulas set by KaTeX, an outcome without a new page, how an answer is read while
// it is typed. Without it every form is sent as it stands.
(function () {
  "use strict";
  var one = function (query, root) { return (root || document).querySelector(query); };
  var all = function (query, root) { return Array.prototype.slice.call((root || document).querySelectorAll(query)); };

  function set(root) {
    all(".tex:not(.set)", root).forEach(function (element) {
      var plain = element.textContent;
      element.classList.add("set");
      try {
        katex.render(element.dataset.tex, element, {
          displayMode: element.classList.contains("display"), throwOnError: true, trust: false, strict: false,
          maxExpand: 500, maxSize: 12
        });
      } catch (fault) {
        element.textContent = plain;
      }
    });
    measure();
  }

  // What is wider than its place is scrolled, by keys too.
  function measure() {
    all(".where li, .rungs p, #preview div").forEach(function (element) {
      if (element.scrollWidth > element.clientWidth + 1) {
        element.tabIndex = 0;
      } else {
        element.removeAttribute("tabindex");
      }
    });
  }

  function kept(name, value) {
    try {
      if (value === undefined) { return localStorage.getItem(name); }
      localStorage.setItem(name, value);
    } catch (fault) { /* a browser that keeps nothing */ }
    return null;
  }

  // ---- the outcome of an answer, put into the page that is there

  var PARTS = ["outcome", "hints", "before"];

  function taken(page) {
    PARTS.forEach(function (id) {
      var fresh = page.getElementById(id), old = document.getElementById(id);
      if (fresh && old) {
        old.replaceWith(fresh);
        set(fresh);
      }
    });
    var once = one("#answering [name=once]", page), mine = one("#answering [name=once]");
    if (once && mine) { mine.value = once.value; }
    all("[name=token]", page).slice(0, 1).forEach(function (token) {
      all("[name=token]").forEach(function (held) { held.value = token.value; });
    });
    var nav = one("header nav", page);
    if (nav) { one("header nav").replaceWith(nav); }
    listen();
    again();
  }

  function page(response) {
    return response.text().then(function (text) {
      return new DOMParser().parseFromString(text, "text/html");
    });
  }

  function again() {
    var waits = one("[data-again]");
    if (!waits) {
      busy("");
      return;
    }
    setTimeout(function () {
      fetch(waits.dataset.again, { redirect: "follow" }).then(page).then(taken).catch(lost);
    }, 500);
  }

  function busy(text) {
    var place = one("#busy");
    if (place) { place.textContent = text; }
  }

  function lost() { busy("The server cannot be reached. Your answer stands here; send it again."); }

  function send(form, to) {
    return fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).then(function (response) {
      if (response.ok) {
        if (to === "verdict") { history.replaceState(null, "", response.url); }
        return page(response).then(taken).then(function () {
          var place = document.getElementById(to);
          if (place) {
            place.setAttribute("tabindex", "-1");
            place.focus({ preventScroll: true });
            place.scrollIntoView({ block: "nearest" });
          }
        });
      }
      return page(response).then(function (said) { busy((one("main p", said) || said.body).textContent); });
    }).catch(lost);
  }

  function listen() {
    var hinting = one("#hinting");
    if (hinting && !hinting.dataset.heard) {
      hinting.dataset.heard = "1";
      hinting.addEventListener("submit", function (event) {
        event.preventDefault();
        busy("The hint is being worked out …");
        send(hinting, "hints");
      });
    }
  }

  // ---- typing

  var answering = one("#answering"), box = one("#typed"), preview = one("#preview"), editor = one("#editor");
  var field = null, asked = 0, timer = 0, reading = false, stale = false;

  function shown(found) {
    preview.textContent = "";
    (found.lines || []).forEach(function (line, k) {
      var row = document.createElement("div"), formula = document.createElement("span");
      if (!k) { row.append("Read as "); }
      formula.className = "tex";
      formula.dataset.tex = line;
      formula.textContent = line;
      row.append(formula);
      preview.append(row);
    });
    (found.notes || []).concat(found.readings && found.readings.length ? ["Write " + found.readings.join(" or ")] : [])
      .forEach(function (note) {
        var row = document.createElement("p");
        row.className = "note";
        row.textContent = note;
        preview.append(row);
      });
    set(preview);
  }

  function read() {
    if (reading) {
      stale = true;
      return;
    }
    var text = box.value, number = ++asked;
    if (!text.trim() || /\\placeholder/.test(text)) {
      preview.textContent = "";
      return;
    }
    reading = true;
    var sent = new URLSearchParams({ token: one("[name=token]", answering).value, part: one("[name=part]", answering).value, answer: text });
    fetch("/read", { method: "POST", body: sent }).then(function (response) {
      return response.ok ? response.json() : null;
    }).then(function (found) {
      if (found && number === asked) { shown(found); }
    }).catch(function () { preview.textContent = ""; }).then(function () {
      reading = false;
      if (stale) {
        stale = false;
        read();
      }
    });
  }

  function typed() {
    clearTimeout(timer);
    timer = setTimeout(read, 60);
  }

  function loaded(source) {
    return new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = source;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
  }

  function edit() {
    if (field) { return Promise.resolve(); }
    return loaded(document.body.dataset.mathlive).then(function () {
      MathLive.MathfieldElement.fontsDirectory = document.body.dataset.fonts;
      MathLive.MathfieldElement.soundsDirectory = null;
      field = new MathLive.MathfieldElement();
      field.setAttribute("aria-label", "Your answer");
      editor.append(field);
      field.addEventListener("input", function () {
        box.value = field.getValue("latex");
        typed();
      });
      field.addEventListener("keydown", function (event) {
        if (event.key === "Enter" && !event.isComposing) {
          event.preventDefault();
          answering.requestSubmit();
        }
      });
    });
  }

  function way(name) {
    box.classList.toggle("code", name === "code");
    box.rows = name === "code" ? 8 : box.dataset.lines === undefined ? 2 : 5;
    if (name === "editor") {
      edit().then(function () {
        field.setValue(box.value, { silenceNotifications: true });
        editor.hidden = false;
        box.hidden = true;
      }).catch(function () { way("text"); });
    } else {
      editor.hidden = true;
      box.hidden = false;
    }
  }

  function keys() {
    var lines = box.dataset.lines !== undefined || box.dataset.kind === "text";
    box.addEventListener("keydown", function (event) {
      var several = lines || box.classList.contains("code");
      if (event.key === "Enter" && !event.isComposing && !event.shiftKey && (event.ctrlKey || event.metaKey || !several)) {
        event.preventDefault();
        answering.requestSubmit();
      }
    });
  }

  if (answering) {
    answering.addEventListener("submit", function (event) {
      event.preventDefault();
      busy("Being judged …");
      send(answering, "verdict");
    });
  }
  if (box) { keys(); }
  if (box && preview && preview.dataset.on !== undefined) {
    box.addEventListener("input", typed);
    var ways = one(".ways");
    ways.hidden = false;
    var chosen = one('[name=way][value="' + (kept("way") || "text").replace(/\W/g, "") + '"]', ways);
    if (chosen) {
      chosen.checked = true;
      way(chosen.value);
    }
    ways.addEventListener("change", function (event) {
      kept("way", event.target.value);
      way(event.target.value);
    });
    if (box.value) { read(); }
  }

  // ---- what changes while a teacher looks on

  function live() {
    var place = one("[data-live]");
    if (!place || document.hidden) { return; }
    fetch(location.href).then(page).then(function (fresh) {
      var now = one("[data-live]", fresh);
      if (now) {
        place.replaceWith(now);
        set(now);
      }
    }).catch(function () { /* the next look may succeed */ });
  }
  if (one("[data-live]")) { setInterval(live, 5000); }

  window.addEventListener("resize", measure);
  set(document);
  document.fonts.ready.then(measure);
  listen();
  again();
  document.body.dataset.ready = "1";
}());
