// A real text field, laid transparently over the caret while a text field of the canvas is active. It brings the
// on-screen keyboard, input methods, dictation and autocorrection; what they change is passed on as backspaces and text.

export class TextAgent {
  // `page`: edit(removed, added), in characters before the caret.
  constructor(document, page) {
    this.page = page;
    this.active = false;
    this.composing = false;
    this.known = '';
    this.input = document.createElement('input');
    this.input.className = 'text-agent';
    this.input.type = 'text';
    this.input.tabIndex = -1;
    for (const [name, value] of Object.entries({
      autocomplete: 'off', autocapitalize: 'off', autocorrect: 'off', spellcheck: 'false', 'aria-hidden': 'true',
    })) {
      this.input.setAttribute(name, value);
    }
    this.input.addEventListener('compositionstart', () => { this.composing = true; });
    this.input.addEventListener('compositionend', () => {
      this.composing = false;
      this.#passOn();
    });
    this.input.addEventListener('input', () => this.#passOn());
  }

  // Shows or hides the field. `before` is the text of the canvas field up to its caret, at (x, y) and of that height.
  sync(active, before, x, y, height, numeric, fallbackFocus) {
    if (!active) {
      if (this.active && this.input.ownerDocument.activeElement === this.input) fallbackFocus.focus({preventScroll: true});
      this.active = false;
      return;
    }
    this.input.style.left = `${x}px`;
    this.input.style.top = `${y}px`;
    this.input.style.height = `${height}px`;
    this.input.inputMode = numeric ? 'decimal' : 'text';
    if (!this.composing && before !== this.known) {
      this.known = before;
      this.input.value = before;
      this.input.setSelectionRange(before.length, before.length);
    }
    if (!this.active || this.input.ownerDocument.activeElement === fallbackFocus) {
      this.input.focus({preventScroll: true});
    }
    this.active = true;
  }

  #passOn() {
    const now = this.input.value;
    const change = textChange(this.known, now);
    if (!change) return;
    this.known = now;
    this.page.edit(change.removed, change.added);
  }
}

// What turns `before` into `after` when typing at the end: how many characters to take back, and the text to add.
export function textChange(before, after) {
  if (before === after) return null;
  const a = Array.from(before);
  const b = Array.from(after);
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same += 1;
  return {removed: a.length - same, added: b.slice(same).join('')};
}
