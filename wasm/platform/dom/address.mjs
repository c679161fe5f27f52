// The fragment of the address: the state of the page as a link. Browsers limit how often it may be rewritten and throw,
// or ignore it, beyond that.

const QUIET_MS = 400;

export class Address {
  // `changed(fragment)` is called when the person went back, forward, or edited the address.
  constructor(window, changed) {
    this.window = window;
    this.pending = null;
    this.timer = 0;
    this.known = this.#read();
    const look = () => {
      const fragment = this.#read();
      if (fragment === this.known) return;
      this.known = fragment;
      this.pending = null;
      changed(fragment);
    };
    window.addEventListener('hashchange', look);
    window.addEventListener('popstate', look);
  }

  current() { return this.pending ?? this.#read(); }

  replace(fragment) {
    if (fragment === this.current()) return;
    this.pending = fragment;
    this.window.clearTimeout(this.timer);
    this.timer = this.window.setTimeout(() => this.flush(), QUIET_MS);
  }

  push(fragment) {
    if (fragment === this.current()) return;
    this.flush();
    this.#write('pushState', fragment);
  }

  // Writes a replacement that still waits; called when the page is about to be left or copied.
  flush() {
    this.window.clearTimeout(this.timer);
    if (this.pending === null) return;
    const fragment = this.pending;
    this.pending = null;
    this.#write('replaceState', fragment);
  }

  #read() { return this.window.location.hash.replace(/^#/, ''); }

  #write(how, fragment) {
    try {
      this.window.history[how](null, '', `#${fragment}`);
      this.known = this.#read();
    } catch {
      // Too often for this browser: the next change writes the state as it is then.
      this.pending = fragment;
      this.timer = this.window.setTimeout(() => this.flush(), 10 * QUIET_MS);
    }
  }
}
