// One finger: a tap is a click, a vertical drag scrolls and keeps rolling, a sideways drag scrolls what scrolls sideways
// and otherwise drags what is under it (a slider). Nothing is pressed before it is known which.

const SLOP = 8;  // CSS pixels a finger trembles
const HOLD_MS = 450;  // a finger that stays this long drags
const FRICTION_MS = 325;  // time for the speed to fall to 1/e
const MIN_SPEED = 0.02;  // CSS pixels per millisecond

export class TouchScroll {
  // `page`: pointer(x, y), press(down), scroll(dx, dy), leave(), scrollsSideways(x, y).
  // `timers`: setTimeout, clearTimeout, requestAnimationFrame, performance.
  constructor(page, timers) {
    this.page = page;
    this.timers = timers;
    this.phase = 'idle';  // idle | waiting | scrolling | dragging
    this.rollsOn = true;
    this.glide = 0;  // the id of the running glide
  }

  down(x, y) {
    this.glide += 1;
    if (this.phase !== 'idle') return this.cancel();  // a second finger: the browser's pinch
    this.phase = 'waiting';
    this.start = {x, y};
    this.last = {x, y, time: this.timers.performance.now()};
    this.speed = {x: 0, y: 0};
    this.hold = this.timers.setTimeout(() => this.#drag(), HOLD_MS);
  }

  move(x, y) {
    if (this.phase === 'waiting') {
      const dx = x - this.start.x;
      const dy = y - this.start.y;
      if (Math.hypot(dx, dy) < SLOP) return;
      const sideways = Math.abs(dx) > Math.abs(dy);
      if (sideways && !this.page.scrollsSideways(this.start.x, this.start.y)) {
        this.#drag();
      } else {
        this.timers.clearTimeout(this.hold);
        this.phase = 'scrolling';
        this.axis = sideways ? 'x' : 'y';
        this.page.pointer(this.start.x, this.start.y);
      }
    }
    if (this.phase === 'dragging') this.page.pointer(x, y);
    if (this.phase === 'scrolling') this.#scrollTo(x, y);
  }

  up(x, y) {
    this.timers.clearTimeout(this.hold);
    const phase = this.phase;
    this.phase = 'idle';
    if (phase === 'waiting') {
      this.page.pointer(x, y);
      this.page.press(true);
      this.page.press(false);
      this.page.leave();
    } else if (phase === 'dragging') {
      this.page.pointer(x, y);
      this.page.press(false);
      this.page.leave();
    } else if (phase === 'scrolling') {
      this.#roll();
    }
  }

  cancel() {
    this.timers.clearTimeout(this.hold);
    if (this.phase === 'dragging') this.page.press(false);
    this.phase = 'idle';
    this.page.leave();
  }

  #drag() {
    this.timers.clearTimeout(this.hold);
    this.phase = 'dragging';
    this.page.pointer(this.start.x, this.start.y);
    this.page.press(true);
  }

  #scrollTo(x, y) {
    const time = this.timers.performance.now();
    const elapsed = Math.max(1, time - this.last.time);
    const dx = this.axis === 'x' ? x - this.last.x : 0;
    const dy = this.axis === 'y' ? y - this.last.y : 0;
    // The speed at the end of a flick counts, a finger that rests before lifting stops the roll.
    const weight = Math.min(1, elapsed / 40);
    this.speed.x += (dx / elapsed - this.speed.x) * weight;
    this.speed.y += (dy / elapsed - this.speed.y) * weight;
    this.last = {x, y, time};
    this.page.scroll(dx, dy);
  }

  #roll() {
    let time = this.timers.performance.now();
    if (!this.rollsOn || time - this.last.time > 60) return this.page.leave();
    const glide = this.glide;
    const step = () => {
      if (glide !== this.glide) return;
      const now = this.timers.performance.now();
      const elapsed = Math.min(50, now - time);
      time = now;
      const slowing = Math.exp(-elapsed / FRICTION_MS);
      this.speed.x *= slowing;
      this.speed.y *= slowing;
      if (Math.hypot(this.speed.x, this.speed.y) < MIN_SPEED) return this.page.leave();
      this.page.scroll(this.speed.x * elapsed, this.speed.y * elapsed);
      this.timers.requestAnimationFrame(step);
    };
    this.timers.requestAnimationFrame(step);
  }
}
