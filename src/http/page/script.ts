/**
 * What runs in the browser: it looks again when the server says `changed`, and puts in place only what reads differently, so
 * that focus, scroll and what somebody types stay. Everything works without it.
 */
export const script = `'use strict';
(() => {
  const live = document.getElementById('live');
  const say = (text) => { if (live.textContent !== text) live.textContent = text; };
  const keyOf = (node) => node.nodeType === 1 ? node.getAttribute('data-key') || node.id : '';
  const fits = (a, b) => a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
  // What the browser or its user has set is theirs.
  const OWN = new Set(['value', 'hidden', 'open', 'selected']);

  function become(node, next) {
    if (node.isEqualNode(next)) return;
    if (node.nodeType !== 1) { node.nodeValue = next.nodeValue; return; }
    for (const { name, value } of next.attributes)
      if (!OWN.has(name) && node.getAttribute(name) !== value) node.setAttribute(name, value);
    for (const { name } of [...node.attributes])
      if (!OWN.has(name) && !next.hasAttribute(name)) node.removeAttribute(name);
    if (node.matches('input, select, textarea')) return;
    const keyed = new Map();
    for (const child of node.childNodes) if (keyOf(child) !== '') keyed.set(keyOf(child), child);
    let at = node.firstChild;
    for (const child of [...next.childNodes]) {
      const known = keyOf(child) === '' ? at : keyed.get(keyOf(child));
      if (known && fits(known, child)) {
        if (known !== at) node[node.moveBefore ? 'moveBefore' : 'insertBefore'](known, at);
        at = known.nextSibling;
        become(known, child);
      } else node.insertBefore(document.importNode(child, true), at);
    }
    while (at) { const gone = at; at = at.nextSibling; gone.remove(); }
  }

  let tag = '';
  let looking = false;
  let again = false;
  async function look() {
    if (looking) { again = true; return; }
    looking = true;
    try {
      const reply = await fetch(location.href, { cache: 'no-store', headers: tag ? { 'if-none-match': tag } : {} });
      if (reply.status === 200 || reply.status === 400 || reply.status === 404) {
        tag = reply.headers.get('etag') || '';
        show(await reply.text());
      } else if (reply.status !== 304) throw new Error(String(reply.status));
      say('live');
    } catch { say('not connected'); }
    looking = false;
    if (again) { again = false; look(); }
  }

  function show(text) {
    const next = new DOMParser().parseFromString(text, 'text/html');
    const main = next.getElementById('main');
    if (!main) throw new Error('another page');
    const focused = document.activeElement;
    become(document.getElementById('main'), main);
    if (document.activeElement !== focused && focused.isConnected) focused.focus({ preventScroll: true });
    document.title = next.title;
    copies();
  }

  function copies() {
    if (navigator.clipboard) for (const button of document.querySelectorAll('[data-copy][hidden]')) button.hidden = false;
  }
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]');
    if (!button) return;
    await navigator.clipboard.writeText(button.getAttribute('data-copy'));
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  // Empty fields say nothing in an address.
  document.addEventListener('formdata', ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === '') formData.delete(name);
  });

  // Browsers open few connections to one server: a page that nobody sees gives its own back.
  let events;
  function follow() {
    if (document.hidden) { if (events) events.close(); events = undefined; return; }
    if (events && events.readyState !== EventSource.CLOSED) return;
    const again = events !== undefined || live.textContent !== '';
    events = new EventSource('events');
    events.addEventListener('open', () => say('live'));
    events.addEventListener('changed', look);
    events.addEventListener('error', () => {
      say('not connected');
      if (events && events.readyState === EventSource.CLOSED) setTimeout(follow, 15000);
    });
    if (again) look();
  }
  document.addEventListener('visibilitychange', follow);
  copies();
  follow();
})();
`;
