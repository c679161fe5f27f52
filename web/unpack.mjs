// Unpacks what pack.mjs packed: one LZMA file, decoded by a small module of its own (wasm/unpack).

const PAGE = 65536;  // WebAssembly's unit of memory

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// The parts that were packed. Throws where they are damaged, or memory is short.
export async function unpack({decoder, content, sizes}) {
  const packed = bytesOf(content);
  const {instance} = await WebAssembly.instantiate(bytesOf(decoder), {env: {emscripten_notify_memory_growth() {}}});
  const {memory, unpack: decode} = instance.exports;
  const size = sizes.reduce((sum, part) => sum + part, 0);
  const from = memory.buffer.byteLength;
  let to = from + packed.length;
  memory.grow(Math.ceil((packed.length + size) / PAGE));
  new Uint8Array(memory.buffer).set(packed, from);
  if (!decode(from, packed.length, to, size)) throw new Error('its compressed content is damaged');
  return sizes.map((part) => {
    to += part;
    return new Uint8Array(memory.buffer, to - part, part);
  });
}
