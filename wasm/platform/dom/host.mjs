// Everything the page's C++ knows of the browser. One Host owns one canvas; it feeds the page's events in and does what
// the page asks for. Names without comment are those of wasm/platform/platform.h.

import {Address} from './address.mjs';
import {Files} from './files.mjs';
import {FramePacer} from './frame_pacer.mjs';
import {GlyphPainter} from './glyphs.mjs';
import {TextAgent} from './text_agent.mjs';
import {TouchScroll} from './touch.mjs';

const STORAGE_PREFIX = 'headroom.';
const LANGUAGE_KEY = 'language';  // as the application stores it
const MOUSE_BUTTONS = [0, 2, 1];  // the DOM counts left, middle, right; Dear ImGui left, right, middle
const LINE_PIXELS = 16;  // what a wheel that counts in lines scrolls
const CONTEXT_PATIENCE_MS = 5000;

// Keys that would scroll the page or move the focus away; everything else stays the browser's too.
const OWN_KEYS = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown', ' ',
                          'Backspace', 'Enter']);
const OWN_COMMANDS = new Set(['a', 'z', 'y']);  // with Ctrl or Cmd, while a text field is active

// Browsers tell the graphics hardware either at once or, from behind a common name, through an extension.
export function rendererName(gl) {
  if (!gl) return '';
  const plain = String(gl.getParameter(gl.RENDERER) ?? '');
  if (plain && !/webkit webgl|mozilla/i.test(plain)) return plain;
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  return extension ? String(gl.getParameter(extension.UNMASKED_RENDERER_WEBGL) ?? '') : '';
}

export class Host {
  // `view`: {root, canvas, live, plain}: the elements of web/index.html. `showPlain` switches the view.
  constructor(view, showPlain) {
    this.view = view;
    this.document = view.canvas.ownerDocument;
    this.window = this.document.defaultView;
    this.showPlain = showPlain;
    this.page = null;
    this.clipboard = '';
    this.glyphs = null;  // made when first asked for: a canvas costs tens of milliseconds
    this.mac = /Mac|iPhone|iPad/.test(this.window.navigator.platform);
    this.pacer = new FramePacer(() => this.page.frame(), this.window);
    this.pacer.setHidden(true);  // until there is a page
    this.address = new Address(this.window, (fragment) => {
      this.page?.addressChanged(fragment);
      this.pacer.poke();
    });
  }

  // Connects the page (the C++ object) and starts listening.
  attach(page) {
    this.page = page;
    this.agent = new TextAgent(this.document, {edit: (removed, added) => {
      page.edit(removed, added);
      this.pacer.poke();
    }});
    this.view.root.append(this.agent.input);
    this.files = new Files(this.document, (list) => {
      page.filesGiven(list);
      this.pacer.poke();
    });
    this.#listenToWishes();
    this.#listenToSize();
    this.#listenToPointers();
    this.#listenToKeys();
    this.#listenToClipboard();
    this.#listenToContext();
    this.document.addEventListener('visibilitychange', () => this.pacer.setHidden(this.document.hidden));
    this.window.addEventListener('pagehide', () => this.address.flush());
    this.pacer.setHidden(this.document.hidden);
    this.pacer.drawNow();
  }

  // --- what the person and the system wish ----------------------------------------------------------------------------

  preferences() {
    const matches = (query) => this.window.matchMedia(query).matches;
    return {
      dark: !matches('(prefers-color-scheme: light)'),
      reducedMotion: matches('(prefers-reduced-motion: reduce)'),
      coarsePointer: matches('(pointer: coarse)'),
      mac: this.mac,
      language: this.window.navigator.language || 'en',
    };
  }

  // What the browser tells of the machine. The canvas's own graphics context knows the renderer; where the canvas has
  // none, one is made for the question.
  machine() {
    const {navigator} = this.window;
    const hasContext = this.document.documentElement.dataset.view !== 'plain';
    const canvas = hasContext ? this.view.canvas : this.document.createElement('canvas');
    return {
      renderer: rendererName(canvas.getContext('webgl2')),
      platform: navigator.userAgentData?.platform || navigator.platform || '',
      memory_gib: navigator.deviceMemory ?? 0,
    };
  }

  #listenToWishes() {
    const update = () => {
      const preferences = this.preferences();
      if (this.touch) this.touch.rollsOn = !preferences.reducedMotion;
      this.page.setPreferences(preferences);
      this.pacer.poke();
    };
    for (const query of ['(prefers-color-scheme: light)', '(prefers-reduced-motion: reduce)',
                         '(pointer: coarse)']) {
      this.window.matchMedia(query).addEventListener('change', update);
    }
    this.window.addEventListener('languagechange', update);
  }

  // --- size: the canvas is as sharp as the screen, at any zoom --------------------------------------------------------

  #listenToSize() {
    const {canvas} = this.view;
    let pixels = null;
    const apply = () => {
      const box = canvas.getBoundingClientRect();
      const ratio = this.window.devicePixelRatio || 1;
      // The exact box is in the screen's own pixels, which an emulated pixel ratio does not change.
      const exact = pixels && Math.abs(pixels.width - box.width * ratio) < 2 ? pixels : null;
      const width = exact?.width ?? Math.round(box.width * ratio);
      const height = exact?.height ?? Math.round(box.height * ratio);
      pixels = null;
      if (!(box.width > 0 && box.height > 0)) return;
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      const inset = this.window.getComputedStyle(this.view.root);
      this.page.resize(box.width, box.height, width / box.width, height / box.height,
                       ['left', 'top', 'right', 'bottom'].map((side) => parseFloat(inset.getPropertyValue(`padding-${side}`)) || 0));
      this.pacer.poke();
      if (!this.pacer.hidden) this.pacer.drawNow();  // an emptied canvas must not be seen
    };
    const observer = new ResizeObserver((entries) => {
      const exact = entries.at(-1).devicePixelContentBoxSize?.[0];
      pixels = exact ? {width: exact.inlineSize, height: exact.blockSize} : null;
      apply();
    });
    try {
      observer.observe(canvas, {box: 'device-pixel-content-box'});
    } catch {
      observer.observe(canvas);  // WebKit has no such box
    }
    // The pixel ratio changes without a change of size when the window moves to another screen.
    const watchRatio = () => {
      const query = this.window.matchMedia(`(resolution: ${this.window.devicePixelRatio}dppx)`);
      query.addEventListener('change', () => {
        apply();
        watchRatio();
      }, {once: true});
    };
    watchRatio();
    apply();
  }

  // --- mouse, pen, fingers --------------------------------------------------------------------------------------------

  #listenToPointers() {
    const {canvas} = this.view;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    this.touch = new TouchScroll({
      pointer: (x, y) => { this.page.pointer(x, y, true); this.pacer.drawNow(); },
      press: (down) => { this.page.button(0, down, true); this.pacer.poke(); this.page.settle(); },
      scroll: (dx, dy) => { this.page.scroll(dx, dy); this.pacer.poke(); },
      leave: () => { this.page.pointerLeft(); this.pacer.poke(); },
      scrollsSideways: (x, y) => {
        this.page.pointer(x, y, true);
        this.pacer.drawNow();
        return this.page.scrollsSideways();
      },
    }, this.window);
    this.touch.rollsOn = !this.preferences().reducedMotion;

    canvas.addEventListener('mousedown', (event) => event.preventDefault());  // focus is given below
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener('pointerdown', (event) => {
      const [x, y] = place(event);
      if (this.document.activeElement !== this.agent.input) canvas.focus({preventScroll: true});
      canvas.setPointerCapture(event.pointerId);
      if (event.pointerType === 'mouse') {
        this.page.pointer(x, y, false);
        this.page.button(MOUSE_BUTTONS[event.button] ?? event.button, true, false);
        this.pacer.poke();
      } else {
        this.touch.down(x, y);
      }
    });
    canvas.addEventListener('pointermove', (event) => {
      const [x, y] = place(event);
      if (event.pointerType === 'mouse') {
        this.page.pointer(x, y, false);
        this.pacer.poke(1);
      } else {
        this.touch.move(x, y);
      }
    });
    canvas.addEventListener('pointerup', (event) => {
      const [x, y] = place(event);
      if (event.pointerType === 'mouse') {
        this.page.pointer(x, y, false);
        this.page.button(MOUSE_BUTTONS[event.button] ?? event.button, false, false);
        this.#act();
      } else {
        this.touch.up(x, y);
        this.#act();
      }
    });
    canvas.addEventListener('pointercancel', () => this.touch.cancel());
    canvas.addEventListener('pointerleave', (event) => {
      if (event.pointerType !== 'mouse') return;
      this.page.pointerLeft();
      this.pacer.poke();
    });
    canvas.addEventListener('wheel', (event) => {
      if (event.ctrlKey) return;  // the browser's zoom
      event.preventDefault();
      const unit = [1, LINE_PIXELS, canvas.clientHeight][event.deltaMode];
      const [dx, dy] = event.shiftKey && !event.deltaX ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      const [x, y] = place(event);
      this.page.pointer(x, y, false);
      this.page.scroll(-dx * unit, -dy * unit);
      this.pacer.poke();
    }, {passive: false});
  }

  // Lets the page see what was just done while the browser still counts it as the person's own action, which copying,
  // opening a dialog and raising the on-screen keyboard need.
  #act() {
    this.page.settle();
    this.pacer.poke();
  }

  // --- keys -----------------------------------------------------------------------------------------------------------

  #listenToKeys() {
    const {canvas} = this.view;
    const mine = (event) => event.target === canvas || event.target === this.agent.input;
    this.document.addEventListener('keydown', (event) => {
      if (!mine(event) || event.isComposing || event.keyCode === 229) return;
      const command = event.ctrlKey || event.metaKey;
      const typed = event.key.toLowerCase();
      if (event.key === 'Tab') return this.#tab(event);
      // Copy, cut and paste come as events of their own, which preventing the key would suppress.
      if (command && ['c', 'v', 'x'].includes(typed)) return;
      this.#modifiers(event);
      this.page.key(event.code, event.key, true);
      const typing = event.target === this.agent.input;
      const own = OWN_KEYS.has(event.key) && !event.altKey && !(event.metaKey && !typing) && !(typing && event.key === ' ');
      if (own || (command && typing && OWN_COMMANDS.has(typed))) event.preventDefault();
      if (!typing && !command && Array.from(event.key).length === 1) this.page.text(event.key);
      this.#act();
    });
    this.document.addEventListener('keyup', (event) => {
      if (!mine(event)) return;
      this.#modifiers(event);
      this.page.key(event.code, event.key, false);
      // While Meta is held, letters report no release.
      if (event.key === 'Meta') this.page.releaseKeys();
      this.pacer.poke();
    });
    const focus = () => {
      const inside = this.document.hasFocus() && [canvas, this.agent.input].includes(this.document.activeElement);
      if (inside === this.focused) return;
      this.focused = inside;
      this.page.focus(inside);
      this.pacer.poke();
    };
    for (const element of [canvas, this.agent.input]) {
      element.addEventListener('focus', focus);
      element.addEventListener('blur', () => this.window.setTimeout(focus, 0));
    }
    this.window.addEventListener('blur', focus);
    this.window.addEventListener('focus', focus);
  }

  // Tab walks through the canvas and leaves it at its ends, so that a keyboard is not trapped.
  #tab(event) {
    this.#modifiers(event);
    const leaves = this.page.tab();
    if (leaves) {
      this.view.canvas.focus({preventScroll: true});  // the browser moves on from there
    } else {
      event.preventDefault();
    }
    this.pacer.poke();
  }

  #modifiers(event) { this.page.modifiers(event.ctrlKey, event.shiftKey, event.altKey, event.metaKey); }

  // --- clipboard ------------------------------------------------------------------------------------------------------

  #listenToClipboard() {
    const {body, documentElement} = this.document;
    const mine = () => [this.view.canvas, this.agent.input].includes(this.document.activeElement);
    // Before anything has the focus, the canvas is what a person sees.
    const seen = () => mine() || (this.document.activeElement === body && documentElement.dataset.view === 'canvas');
    for (const type of ['copy', 'cut']) {
      this.document.addEventListener(type, (event) => {
        if (!seen()) return;
        this.clipboard = '';
        this.page.copyShortcut(type === 'cut');
        if (!this.clipboard) return;
        event.clipboardData.setData('text/plain', this.clipboard);
        event.preventDefault();
        this.pacer.poke();
      });
    }
    this.document.addEventListener('paste', (event) => {
      if (!mine()) return;
      const text = event.clipboardData.getData('text/plain');
      event.preventDefault();
      if (text) this.page.paste(text);
      this.pacer.poke();
    });
  }

  // What a text field of the canvas copies; reaches the system's clipboard through the event that asked for it.
  keepClipboard(text) { this.clipboard = text; }

  copyText(text) {
    const byHand = () => {
      const area = this.document.createElement('textarea');
      area.value = text;
      area.className = 'text-agent';
      this.view.root.append(area);
      area.select();
      this.document.execCommand('copy');
      area.remove();
      this.view.canvas.focus({preventScroll: true});
    };
    const {clipboard} = this.window.navigator;
    if (clipboard?.writeText) clipboard.writeText(text).catch(byHand);
    else byHand();
  }

  // --- the graphics context -------------------------------------------------------------------------------------------

  #listenToContext() {
    const {canvas} = this.view;
    canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();  // asks for it back
      this.page.contextLost();
      this.patience = this.window.setTimeout(() => this.showPlain(), CONTEXT_PATIENCE_MS);
    });
    canvas.addEventListener('webglcontextrestored', () => {
      this.window.clearTimeout(this.patience);
      this.page.contextRestored();
      this.pacer.poke();
    });
  }

  // --- asked for by the page ------------------------------------------------------------------------------------------

  requestFrame(seconds) { this.pacer.wakeIn(seconds); }

  canDrawGlyphs() {
    this.glyphs = new GlyphPainter(this.document);
    return this.glyphs.truthful();
  }

  drawGlyph(codepoint, em, weight) { return this.glyphs.draw(codepoint, em, weight); }

  setCursor(name) { this.view.canvas.style.cursor = name; }

  setTextInput(active, before, x, y, height, numeric) {
    const box = this.view.canvas.getBoundingClientRect();
    this.agent.sync(active, before, box.left + x, box.top + y, height, numeric, this.view.canvas);
  }

  fragment() { return this.address.current(); }

  navigate(fragment, push) {
    if (push) this.address.push(fragment);
    else this.address.replace(fragment);
  }

  pageUrl() { return this.window.location.href.replace(/#.*$/s, ''); }

  openUrl(url) { this.window.open(url, '_blank', 'noopener'); }

  // The plain view, alone on the screen, has a title of its own.
  setTitle(title) { if (this.document.documentElement.dataset.view !== 'plain') this.document.title = title; }

  // What the page speaks; without a canvas, what was chosen here before, else the browser's.
  language() {
    if (this.page) return this.document.documentElement.lang;
    return this.load(LANGUAGE_KEY) ?? this.window.navigator.language;
  }

  // What a person chose beside the canvas or without it.
  speak(language) {
    this.store(LANGUAGE_KEY, language);
    if (!this.page) this.setLanguage(language);
  }

  setLanguage(language) { this.document.documentElement.lang = language; }

  setPageColors(dark, background) {
    const color = `#${background.toString(16).padStart(6, '0')}`;
    const style = this.document.documentElement.style;
    style.colorScheme = dark ? 'dark' : 'light';
    style.background = color;
    this.document.querySelector('meta[name=theme-color]')?.setAttribute('content', color);
  }

  pickFiles(accept, multiple) { this.files.pick(accept, multiple); }

  async readFile(id, offset, length, read) {
    const bytes = await this.files.read(id, offset, length);
    this.page.finishRead(read, bytes ?? new Uint8Array(0), bytes !== null);
    this.pacer.poke();
  }

  download(name, mime, bytes) { this.files.save(name, mime, bytes.slice()); }

  load(key) {
    try {
      return this.window.localStorage.getItem(STORAGE_PREFIX + key);
    } catch {
      return null;  // blocked by the browser's settings
    }
  }

  store(key, value) {
    try {
      this.window.localStorage.setItem(STORAGE_PREFIX + key, value);
    } catch {
      // Blocked or full: preferences are a convenience.
    }
  }

  announce(sentence) {
    this.view.live.textContent = sentence;
  }

  showPlainView() { this.showPlain(); }
}
