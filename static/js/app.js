// Comfort only: every page works without this file.
(() => {
  "use strict";
  const box = () => document.getElementById("messages");
  const reveal = (root) => root.querySelectorAll("[data-dismiss][hidden]").forEach((b) => { b.hidden = false; });
  // Focus: an error summary or a refusal always wins; otherwise only when a swap has lost the focus.
  const focusIn = (root, lost) => {
    const urgent = ".error-summary, [data-refused] [data-focus]";
    const own = root.matches(urgent) ? root : root.querySelector(urgent);
    const target = own || (lost && (root.querySelector("[data-focus]") || root.querySelector("h1, h2, h3")));
    if (!target) return;
    if (!target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
    target.focus();
  };
  // A request that failed without a usable fragment is told in the message region.
  const tell = (text) => {
    const template = document.getElementById("failed-request");
    if (!template || !box()) return;
    const note = template.content.cloneNode(true);
    if (text) note.querySelector("[data-text]").textContent = text;
    reveal(note);
    box().replaceChildren(note);
    box().scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    if (button) button.closest(".message").remove();
  });
  // One submit at a time; the lock opens again after an answer, on return, or (a plain form) after 5 s.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "get") return;
    if (form.dataset.busy) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    form.dataset.busy = "1";
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
    if (!form.hasAttribute("hx-post")) setTimeout(() => release(form), 5000);
  }, true);
  const release = (form) => {
    delete form.dataset.busy;
    form.querySelectorAll("[aria-busy]").forEach((b) => b.removeAttribute("aria-busy"));
  };
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach(release));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!form.isConnected || !form.matches("form")) return;
    const pressed = form.querySelector("[aria-busy]");
    release(form);
    // a button that was disabled while in flight has lost the focus: give it back when the form stays
    if (pressed && document.activeElement === document.body) pressed.focus();
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    reveal(document);
    focusIn(event.target, document.activeElement === document.body);
    if (event.detail.requestConfig?.verb === "post" && box()?.hasChildNodes()) box().scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 || !/^\s*<!doctype/i.test(xhr.responseText)) return;
    event.detail.shouldSwap = false; // a whole error page never lands inside a fragment
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    tell(page.querySelector("[data-error-message]")?.textContent.trim());
  });
  ["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, () => tell("")));
  reveal(document);
  focusIn(document.documentElement, false);
})();
