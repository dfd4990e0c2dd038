// Renders every formula of the page from the text of its element; what KaTeX does not take stays as it stands.
(function () {
  "use strict";
  var names = { "#010f01": "wrong", "#010f02": "carried", "#010f03": "undecided", "#010f04": "unreadable" };
  var macros = {
    "\\label": "\\@secondoftwo{#1}{}", "\\ref": "\\text{#1}", "\\eqref": "\\text{(#1)}", "\\cite": "\\text{[#1]}",
    "\\mathds": "\\mathbb{#1}", "\\intertext": "\\text{#1}"
  };
  function options(display, strict) {
    return {
      displayMode: display, throwOnError: strict, trust: false, strict: false, maxExpand: 500, maxSize: 12,
      errorColor: "currentcolor", macros: Object.assign({}, macros)
    };
  }
  function macro(code) {
    var into = options(false, true);
    into.globalGroup = true;
    try {
      katex.renderToString(code.textContent, into);
      Object.assign(macros, into.macros);
    } catch (fault) { /* a command that KaTeX does not take: formulas with it stay as they stand */ }
  }
  function coloured(element) {
    element.querySelectorAll("[style*='color']").forEach(function (part) {
      var rgb = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(part.style.color);
      var name = rgb && rgb[1] === "1" && rgb[2] === "15" && names["#010f0" + rgb[3]];
      if (name) {
        part.style.removeProperty("color");
        part.classList.add("in-" + name);
      }
    });
  }
  function render(element) {
    var source = element.textContent, display = element.classList.contains("display"), marked = element.dataset.marked;
    element.dataset.source = source;
    element.classList.add("done");
    if (marked) {
      try {
        katex.render(marked, element, options(display, true));
        coloured(element);
        return;
      } catch (fault) { /* the colours do not fit in: without them */ }
    }
    try {
      katex.render(source, element, options(display, false));
    } catch (fault) {
      element.textContent = source;
    }
    if (element.querySelector(".katex-error") || !element.querySelector(".katex")) {
      element.textContent = source;
      element.classList.add("raw");
    }
  }
  // What is wider than its place is scrolled, by keys too.
  function measure() {
    document.querySelectorAll(".tex.done, .codeblock > code").forEach(function (element) {
      var wide = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
      var display = element.classList.contains("display") || element.tagName === "CODE";
      element.classList.toggle("wide", wide && !display && element.scrollWidth > element.clientWidth + 1);
      if (wide && (display || element.classList.contains("wide"))) {
        element.tabIndex = 0;
      } else {
        element.removeAttribute("tabindex");
      }
    });
  }
  var waiting = Array.prototype.slice.call(document.querySelectorAll(".tex"));
  function done() {
    measure();
    document.fonts.ready.then(measure);
    document.body.dataset.ready = "1";
  }
  function some(end) {
    while (waiting.length && performance.now() < end) { render(waiting.shift()); }
    if (waiting.length) {
      setTimeout(function () { some(performance.now() + 30); }, 0);
    } else {
      done();
    }
  }
  function start(source) {
    var script = document.createElement("script");
    script.textContent = source;
    document.head.appendChild(script);
    document.querySelectorAll("#macros code").forEach(macro);
    window.addEventListener("beforeprint", function () { some(Infinity); });
    some(performance.now() + 300);
  }
  function unpacked(text) {
    var bytes = Uint8Array.from(atob(text), function (sign) { return sign.charCodeAt(0); });
    var stream = new DecompressionStream("gzip"), writer = stream.writable.getWriter();
    var reader = stream.readable.getReader(), decoder = new TextDecoder(), out = "";
    function more(part) {
      if (part.done) { return out + decoder.decode(); }
      out += decoder.decode(part.value, { stream: true });
      return reader.read().then(more);
    }
    writer.write(bytes);
    writer.close();
    return reader.read().then(more);
  }
  window.addEventListener("resize", measure);
  // In a browser that cannot unpack, formulas stay as they stand.
  Promise.resolve(packed).then(unpacked).then(start).catch(done);
}());
