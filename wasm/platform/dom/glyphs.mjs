// Draws single characters in the system's typeface, for those that the page's own fonts lack.

const FAMILIES = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", ' +
    '"Noto Sans CJK SC", "Noto Sans SC", sans-serif';

export class GlyphPainter {
  constructor(document) {
    const canvas = document.createElement('canvas');
    canvas.width = 64;
    canvas.height = 64;
    this.context = canvas.getContext('2d', {willReadFrequently: true});
  }

  // Browsers that resist fingerprinting answer with noise.
  truthful() {
    if (!this.context) return false;
    const {context} = this;
    context.clearRect(0, 0, 16, 16);
    context.fillStyle = '#fff';
    context.fillRect(0, 0, 8, 16);
    const pixels = context.getImageData(0, 0, 16, 16).data;
    for (let i = 0; i < 256; i += 1) {
      if (pixels[i * 4 + 3] !== (i % 16 < 8 ? 255 : 0)) return false;
    }
    return true;
  }

  // The coverage (0..255) of a character, its box relative to the baseline origin, and its advance, all in pixels.
  draw(codepoint, em, weight) {
    const {context} = this;
    const character = String.fromCodePoint(codepoint);
    const font = `${weight} ${em}px ${FAMILIES}`;
    context.font = font;
    const size = context.measureText(character);
    const left = Math.floor(-size.actualBoundingBoxLeft) - 1;
    const top = Math.floor(-size.actualBoundingBoxAscent) - 1;
    const width = Math.ceil(size.actualBoundingBoxRight) + 1 - left;
    const height = Math.ceil(size.actualBoundingBoxDescent) + 1 - top;
    if (!(width > 2 && height > 2)) return {advance: size.width, width: 0, height: 0, left: 0, top: 0, coverage: null};
    if (context.canvas.width < width || context.canvas.height < height) {
      context.canvas.width = Math.max(context.canvas.width, width);
      context.canvas.height = Math.max(context.canvas.height, height);
      context.font = font;  // resizing resets the context
    }
    context.clearRect(0, 0, width, height);
    context.fillStyle = '#fff';
    context.fillText(character, -left, -top);
    const pixels = context.getImageData(0, 0, width, height).data;
    const coverage = new Uint8Array(width * height);
    for (let i = 0; i < coverage.length; i += 1) coverage[i] = pixels[i * 4 + 3];
    return {advance: size.width, width, height, left, top, coverage};
  }
}
