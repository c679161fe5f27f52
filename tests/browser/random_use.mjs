// Somebody who clicks, types, scrolls and goes back without aim: the page's own event listeners and frames, driven from
// within it, so that thousands of actions take minutes.

// What leaves the page or asks the person something outside it.
const LEFT_ALONE = ['open-file', 'source', 'plain', 'print'];
const WORDS = ['qwen', '4090', 'h20', 'llama 70b', '8192', 'é模型', 'tg128 100 t/s', 'm4 max', 'gemma'];
const KEYS = ['Tab', 'Enter', 'Escape', 'ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight', 'PageDown', 'PageUp', 'End',
              'Home', 'Backspace', ' '];

// Does `actions` things on an open, inspected page (playwright's), the same for the same `seed`. What they cost.
export function useAtRandom(page, actions, seed = 1) {
  return page.evaluate(async ({actions, seed, words, keys, leftAlone}) => {
    const {host, inspect, memoryBytes} = window.__headroom;
    const canvas = document.querySelector('canvas');
    const problems = [];
    window.addEventListener('error', (event) => problems.push(event.message));

    // xorshift32
    let state = seed;
    const random = () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) / 2 ** 32;
    };
    const one = (list) => list[Math.floor(random() * list.length)];

    const pointer = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, {
      clientX: x, clientY: y, pointerId: 1, pointerType: 'mouse', button: 0, bubbles: true, cancelable: true}));
    let frames = 0;
    let milliseconds = 0;
    // As many as the page would draw by itself.
    const draw = () => {
      for (let most = 60; host.pacer.left > 0 && most > 0; most -= 1) {
        const begin = performance.now();
        host.pacer.drawNow();
        milliseconds += performance.now() - begin;
        frames += 1;
      }
    };
    const click = (x, y) => {
      pointer('pointermove', x, y);
      draw();
      pointer('pointerdown', x, y);
      host.pacer.drawNow();
      pointer('pointerup', x, y);
      draw();
    };
    const press = (key) => {
      const target = document.activeElement === host.agent.input ? host.agent.input : canvas;
      for (const type of ['keydown', 'keyup']) {
        target.dispatchEvent(new KeyboardEvent(type, {key, code: key === ' ' ? 'Space' : key, bubbles: true, cancelable: true}));
      }
      draw();
    };

    const addresses = [];
    for (let action = 0; action < actions; action += 1) {
      const kind = random();
      if (kind < 0.62) {
        const items = inspect().items.filter((item) => item.visible && item.label &&
                                                       !item.label.split('##').some((part) => leftAlone.includes(part)));
        const item = one(items);
        if (item) click(item.x + item.width * random(), item.y + item.height * random());
      } else if (kind < 0.7) {
        click(random() * innerWidth, random() * innerHeight);
      } else if (kind < 0.8) {
        canvas.dispatchEvent(new WheelEvent('wheel', {
          clientX: random() * innerWidth, clientY: random() * innerHeight, deltaY: (random() - 0.4) * 1200, bubbles: true,
          cancelable: true}));
        draw();
      } else if (kind < 0.9) {
        press(one(keys));
      } else if (kind < 0.97) {
        host.page.text(one(words));
        host.pacer.poke();
        draw();
      } else if (addresses.length > 0) {
        host.page.addressChanged(one(addresses));  // back or forward
        host.pacer.poke();
        draw();
      }
      const address = host.address.current();
      if (address && !addresses.includes(address)) addresses.push(address);
      // The browser's turn: its own events, its garbage, the picture.
      if (action % 20 === 0) await new Promise((resolve) => { setTimeout(resolve, 0); });
    }
    return {actions, scenarios: addresses.length, frames, milliseconds, memory: memoryBytes(), problems};
  }, {actions, seed, words: WORDS, keys: KEYS, leftAlone: LEFT_ALONE});
}
