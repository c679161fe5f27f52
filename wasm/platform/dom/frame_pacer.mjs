// Draws when something happened, and for a few frames after: Dear ImGui needs them to lay out what opened. Then nothing,
// unless a frame was asked for at a later time.

const SETTLE_FRAMES = 3;

export class FramePacer {
  // `draw(milliseconds)` draws one frame. `timers` is the window, or a stand-in for tests: requestAnimationFrame,
  // setTimeout, clearTimeout.
  constructor(draw, timers) {
    this.draw = draw;
    this.timers = timers;
    this.left = 0;
    this.pending = false;
    this.hidden = false;
    this.deadline = 0;
    this.count = 0;
  }

  // Something happened.
  poke(frames = SETTLE_FRAMES) {
    this.left = Math.max(this.left, frames);
    this.#schedule();
  }

  // A frame no later than in so many seconds.
  wakeIn(seconds) {
    if (seconds <= 0) return this.poke(1);
    const due = this.timers.performance.now() + seconds * 1000;
    if (this.deadline && this.deadlineAt <= due) return;
    this.timers.clearTimeout(this.deadline);
    this.deadlineAt = due;
    this.deadline = this.timers.setTimeout(() => {
      this.deadline = 0;
      this.poke(1);
    }, seconds * 1000);
  }

  // Draws at once, inside the event: what a click does then still counts as the person's own action to the browser.
  drawNow() {
    this.#drawOne();
    this.#schedule();
  }

  setHidden(hidden) {
    this.hidden = hidden;
    if (!hidden) this.poke();
  }

  #schedule() {
    if (this.pending || this.hidden || this.left <= 0) return;
    this.pending = true;
    this.timers.requestAnimationFrame(() => {
      this.pending = false;
      if (this.hidden) return;
      this.#drawOne();
      this.#schedule();
    });
  }

  #drawOne() {
    this.left = Math.max(0, this.left - 1);
    this.count += 1;
    this.draw();
  }
}
