const PLAIN_PATIENCE_MS = 500;  // that a piece of work waits for a moment without other work

// Work in pieces of some milliseconds, each in a turn of the event loop of its own, so that the page beside it stays
// quick. A piece that returns true is asked again.
export class PlainTurns {
  #waiting = [];

  // Takes the place of what is still waiting.
  start(pieces) {
    this.#waiting = pieces;
    this.#later(pieces);
  }

  // The next piece at once.
  step() {
    const pieces = this.#waiting;
    const again = pieces[0]();
    // A piece may have started others.
    if (!again && this.#waiting === pieces) pieces.shift();
  }

  #later(pieces) {
    (window.requestIdleCallback ?? window.setTimeout)(() => {
      if (this.#waiting !== pieces || pieces.length === 0) return;
      this.step();
      // Pieces that took the place of these have a turn of their own already.
      if (this.#waiting === pieces) this.#later(pieces);
    }, {timeout: PLAIN_PATIENCE_MS});
  }
}
