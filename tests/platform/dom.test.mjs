// The parts of the browser layer that need no browser: when frames are drawn, what a finger means, what typing changed.

import assert from 'node:assert/strict';
import {describe, test} from 'node:test';

import {Address} from '../../wasm/platform/dom/address.mjs';
import {FramePacer} from '../../wasm/platform/dom/frame_pacer.mjs';
import {textChange} from '../../wasm/platform/dom/text_agent.mjs';
import {TouchScroll} from '../../wasm/platform/dom/touch.mjs';

// A window whose clock a test turns.
class FakeTimers {
  time = 0;
  nextId = 1;
  timeouts = new Map();
  frames = [];
  performance = {now: () => this.time};

  setTimeout(work, delay = 0) {
    const id = this.nextId;
    this.nextId += 1;
    this.timeouts.set(id, {work, due: this.time + delay});
    return id;
  }

  clearTimeout(id) { this.timeouts.delete(id); }

  requestAnimationFrame(work) { this.frames.push(work); }

  // Runs frames at 60 Hz and what is due, for so long.
  run(milliseconds) {
    for (const end = this.time + milliseconds; this.time < end;) {
      this.time += 1000 / 60;
      for (const [id, {work, due}] of [...this.timeouts]) {
        if (due <= this.time && this.timeouts.delete(id)) work();
      }
      this.frames.splice(0).forEach((work) => work());
    }
  }
}

describe('frames', () => {
  test('an event draws three, then nothing', () => {
    const timers = new FakeTimers();
    const pacer = new FramePacer(() => {}, timers);
    pacer.poke();
    timers.run(1000);
    assert.equal(pacer.count, 3);
    timers.run(5000);
    assert.equal(pacer.count, 3);
  });

  test('one asked for later comes once, at the earliest time asked for', () => {
    const timers = new FakeTimers();
    const times = [];
    const pacer = new FramePacer(() => times.push(timers.time), timers);
    pacer.wakeIn(0.8);
    pacer.wakeIn(0.4);
    pacer.wakeIn(2);
    timers.run(3000);
    assert.equal(times.length, 1);
    assert.ok(times[0] >= 400 && times[0] < 450, times[0]);
  });

  test('a hidden page draws nothing and catches up when shown', () => {
    const timers = new FakeTimers();
    const pacer = new FramePacer(() => {}, timers);
    pacer.setHidden(true);
    pacer.poke();
    timers.run(1000);
    assert.equal(pacer.count, 0);
    pacer.setHidden(false);
    timers.run(1000);
    assert.equal(pacer.count, 3);
  });
});

describe('a finger', () => {
  function touching({sideways = false} = {}) {
    const timers = new FakeTimers();
    const said = [];
    const touch = new TouchScroll({
      pointer: (x, y) => said.push(['pointer', x, y]),
      press: (down) => said.push(['press', down]),
      scroll: (dx, dy) => said.push(['scroll', dx, dy]),
      leave: () => said.push(['leave']),
      scrollsSideways: () => sideways,
    }, timers);
    const names = () => said.map(([name]) => name).join(' ');
    const scrolled = (axis) => said.filter(([name]) => name === 'scroll').reduce((sum, entry) => sum + entry[axis], 0);
    return {timers, touch, said, names, scrolled};
  }

  test('that taps clicks', () => {
    const {touch, names} = touching();
    touch.down(10, 10);
    touch.move(12, 13);
    touch.up(12, 13);
    assert.equal(names(), 'pointer press press leave');
  });

  test('that drags down scrolls without pressing, and rolls on', () => {
    const {timers, touch, names, scrolled} = touching();
    touch.down(10, 300);
    for (let y = 290; y >= 100; y -= 10) {
      timers.run(16);
      touch.move(11, y);
    }
    const dragged = scrolled(2);
    touch.up(11, 100);
    timers.run(3000);
    assert.ok(!names().includes('press'));
    assert.ok(dragged <= -180, dragged);
    assert.ok(scrolled(2) < dragged - 50, 'rolls on');
    assert.ok(names().endsWith('leave'), 'comes to rest');
  });

  test('that rests before lifting does not roll on', () => {
    const {timers, touch, scrolled} = touching();
    touch.down(10, 300);
    for (let y = 290; y >= 100; y -= 10) {
      timers.run(16);
      touch.move(10, y);
    }
    timers.run(300);
    const before = scrolled(2);
    touch.up(10, 100);
    timers.run(1000);
    assert.equal(scrolled(2), before);
  });

  test('that drags sideways moves a slider, or scrolls what scrolls sideways', () => {
    const slider = touching();
    slider.touch.down(10, 10);
    slider.touch.move(40, 12);
    slider.touch.up(60, 12);
    assert.equal(slider.names(), 'pointer press pointer pointer press leave');
    const table = touching({sideways: true});
    table.touch.down(100, 10);
    table.touch.move(60, 12);
    assert.equal(table.names(), 'pointer scroll');
    assert.equal(table.scrolled(1), -40);
  });

  test('that stays drags; a second finger ends it', () => {
    const {timers, touch, names} = touching();
    touch.down(10, 10);
    timers.run(500);
    assert.equal(names(), 'pointer press');
    touch.down(50, 50);
    assert.equal(names(), 'pointer press press leave');
  });
});

describe('typing', () => {
  for (const [before, after, removed, added] of [
    ['', 'a', 0, 'a'], ['ab', 'abc', 0, 'c'], ['abc', 'ab', 1, ''], ['helo', 'hello', 1, 'lo'], ['ni hao', '你好', 6, '你好'],
    ['a🙂', 'a', 1, ''], ['a', 'a🙂', 0, '🙂'],
  ]) {
    test(`"${before}" to "${after}"`, () => assert.deepEqual(textChange(before, after), {removed, added}));
  }
  test('nothing changed', () => assert.equal(textChange('a', 'a'), null));
});

describe('the address', () => {
  function page() {
    const timers = new FakeTimers();
    const listeners = {};
    const written = [];
    const window = Object.assign(timers, {
      location: {hash: ''},
      history: {},
      addEventListener: (type, listener) => { listeners[type] = listener; },
    });
    for (const how of ['pushState', 'replaceState']) {
      window.history[how] = (_, __, hash) => {
        if (window.refuse) throw new Error('too often');
        written.push([how, hash]);
        window.location.hash = hash;
      };
    }
    const changes = [];
    const address = new Address(window, (fragment) => changes.push(fragment));
    return {window, listeners, written, changes, address};
  }

  test('follows a slider once it rests', () => {
    const {window, written, address} = page();
    for (let i = 0; i < 50; i += 1) {
      address.replace(`v=${i}`);
      window.run(16);
    }
    assert.equal(written.length, 0);
    assert.equal(address.current(), 'v=49');
    window.run(1000);
    assert.deepEqual(written, [['replaceState', '#v=49']]);
  });

  test('a deliberate step is an entry of its own, after what was pending', () => {
    const {written, address} = page();
    address.replace('v=1');
    address.push('v=2');
    assert.deepEqual(written, [['replaceState', '#v=1'], ['pushState', '#v=2']]);
  });

  test('what the browser refuses is written later', () => {
    const {window, written, address} = page();
    window.refuse = true;
    address.push('v=1');
    assert.equal(address.current(), 'v=1');
    window.refuse = false;
    window.run(10000);
    assert.equal(written.length, 1);
  });

  test('going back is told once, our own writing never', () => {
    const {window, listeners, changes, address} = page();
    address.push('v=1');
    listeners.hashchange();
    assert.deepEqual(changes, []);
    window.location.hash = '#v=0';
    listeners.popstate();
    listeners.hashchange();
    assert.deepEqual(changes, ['v=0']);
  });
});
