// Starts the page: answers, and shows the canvas, or the plain view where there is no WebGL 2.
// Running it again, as a saved copy of the page does, begins from an empty root.

import {Host} from '../wasm/platform/dom/host.mjs';
import {wrapEstimator} from '../wasm/api/wrapper.mjs';
import {mountPlainView} from './plain/plain.mjs';
import {startModule} from './module.mjs';

function buildView(document) {
  const root = document.getElementById('headroom');
  root.replaceChildren();
  const make = (tag, className, attributes = {}) => {
    const element = document.createElement(tag);
    element.className = className;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    root.append(element);
    return element;
  };
  const door = () => make('button', 'skip visually-hidden', {type: 'button'});
  const before = door();
  const canvas = make('canvas', '', {id: 'headroom-canvas', tabindex: '0', role: 'application',
                                     'aria-label': 'Headroom. For a screen reader, use the plain view.'});
  const live = make('p', 'live', {role: 'status', 'aria-live': 'polite'});
  const plain = make('main', 'plain', {tabindex: '-1'});
  return {root, canvas, live, plain, doors: [before, door()]};
}

// Until what was changed is on the screen; a hidden page never draws.
function painted(window) {
  return new Promise((resolve) => {
    window.requestAnimationFrame(() => window.setTimeout(resolve));
    window.setTimeout(resolve, 100);
  });
}

// A Tab that leaves the canvas, or comes back to it from the end of the page, steps over the plain view to its door: to be
// met is not to be asked for. Listens after the canvas, which keeps the Tabs that stay in it.
function stepOverPlainView({document, window}, {canvas, doors, plain}) {
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Tab' || event.defaultPrevented || document.documentElement.dataset.view !== 'canvas') return;
    if (![canvas, ...doors].includes(document.activeElement)) return;
    plain.inert = true;
    window.setTimeout(() => { plain.inert = false; });
  });
}

function mark(name) { performance.mark(`headroom:${name}`); }

// Returns what keeps the page from being shown, as a sentence, or nothing.
export async function boot(window, wasmModule) {
  const {document} = window;
  const module = await startModule(wasmModule);
  mark('module');
  const estimator = new module.Estimator();
  const problem = estimator.problem();
  if (problem) return `The facts of this page are damaged: ${problem}`;
  mark('facts');

  const hr = wrapEstimator(estimator);
  const view = buildView(document);
  const asked = new URLSearchParams(window.location.search);

  const showPlain = () => {
    document.documentElement.dataset.view = 'plain';
    mountPlain().stand();
    view.plain.focus();
  };
  const host = new Host(view, showPlain);
  const mountPlain = () => mountPlainView(view.plain, hr, {
    fragment: () => host.address.current(),
    machine: () => host.machine(),
    language: () => host.language(),
    speak: (language) => host.speak(language),
  });
  window.addEventListener('beforeprint', () => mountPlain().standForPrint());
  for (const door of view.doors) {
    const word = () => { door.textContent = hr.texts(host.language())['action.plain_view']; };
    word();
    door.addEventListener('focus', word);
    door.addEventListener('click', showPlain);
  }
  // Beside the canvas the plain view is for screen readers; whoever's focus reaches it by reading on gets to see it.
  view.plain.addEventListener('focusin', () => {
    document.documentElement.dataset.view = 'plain';
    mountPlain().stand();
  });

  const inspect = asked.has('inspect');
  const page = module.makePage(estimator, host, inspect);
  if (inspect) window.__headroom = {host, page, hr, inspect: () => page.inspection(), memoryBytes: () => page.memoryBytes()};
  if (asked.has('plain')) {
    showPlain();
    mark('first-answer');
    return '';
  }
  // The first answer stands as text while the graphics context is made, which may take longer than everything else.
  document.documentElement.dataset.view = 'starting';
  page.answer();
  mark('first-answer');
  await painted(window);
  if (!page.start('#headroom-canvas')) {
    showPlain();
    return '';
  }
  document.documentElement.dataset.view = 'canvas';
  host.attach(page);
  stepOverPlainView({document, window}, view);
  mark('first-frame');
  // Screen readers meet the plain view beside the canvas.
  mountPlain();
  return '';
}
