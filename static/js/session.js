// Comfort only: says when the session is about to end. The server decides; without this file it ends just the same.
(() => {
  "use strict";
  const note = document.querySelector("[data-session-idle]");
  if (!note) return;
  const limit = Number(note.dataset.sessionIdle) * 1000;
  const lead = Math.min(120000, limit / 3); // how long before the end the warning stands
  const slack = 30000; // the server notes a request at most this late
  const soon = note.querySelector("[data-session-soon]");
  const over = note.querySelector("[data-session-over]");
  const left = note.querySelector("[data-session-left]");
  const key = "session-seen";
  let seen = Date.now();
  const share = () => { try { localStorage.setItem(key, String(seen)); } catch { /* storage is closed: only this window counts */ } };
  const alive = () => { seen = Date.now(); share(); show(); };
  const show = () => {
    const rest = limit - Math.min(slack, limit / 6) - (Date.now() - seen);
    soon.hidden = rest > lead || rest <= 0;
    over.hidden = rest > 0;
    note.hidden = soon.hidden && over.hidden;
    const seconds = Math.max(Math.ceil(rest / 1000), 0);
    const words = seconds > 60 ? `${Math.ceil(seconds / 60)}分钟` : `${Math.ceil(seconds / 10) * 10}秒`;
    if (!soon.hidden && left.textContent !== words) left.textContent = words; // a screen reader hears each change
  };
  // Another window of this browser is being worked in: it keeps the same session.
  window.addEventListener("storage", (event) => {
    if (event.key === key && Number(event.newValue) > seen) { seen = Number(event.newValue); show(); }
  });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) alive(); });
  window.addEventListener("pageshow", (event) => { if (!event.persisted) alive(); else show(); });
  document.addEventListener("visibilitychange", show);
  alive();
  setInterval(show, Math.min(5000, limit / 20));
})();
