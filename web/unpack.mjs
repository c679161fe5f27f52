// Unpacks what assemble_page.mjs packed: the module as LZMA, decoded by a small module of its own (wasm/unpack).

const PAGE = 65536;  // WebAssembly's unit of memory

function bytesOf(base64) {
  return Uint8Array.fromBase64 ? Uint8Array.fromBase64(base64)
                               : Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

export async function unpack({decoder, content, size}) {
  const {instance} = await WebAssembly.instantiate(bytesOf(decoder), {env: {emscripten_notify_memory_growth() {}}});
  const {memory, unpack: decode} = instance.exports;
  const packed = bytesOf(content);
  const from = memory.buffer.byteLength;
  const to = from + packed.length;
  memory.grow(Math.ceil((packed.length + size) / PAGE));
  new Uint8Array(memory.buffer).set(packed, from);
  if (!decode(from, packed.length, to, size)) throw new Error('the page is damaged');
  return new Uint8Array(memory.buffer, to, size);
}
