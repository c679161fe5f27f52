// Files a person dropped or picked, read by slices of any size, and files made for them to keep. Nothing is uploaded.

export class Files {
  // `given(list)` is called with [{id, name, size}, ...].
  constructor(document, given) {
    this.document = document;
    this.given = given;
    this.files = new Map();
    this.nextId = 1;
    const window = document.defaultView;
    // Without this on the window the browser leaves the page to show a file dropped beside the canvas.
    for (const type of ['dragenter', 'dragover', 'drop']) {
      window.addEventListener(type, (event) => {
        if (!event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        if (type === 'drop') this.#take(event.dataTransfer.files);
      });
    }
  }

  pick(accept, multiple) {
    const input = this.document.createElement('input');
    input.type = 'file';
    input.accept = accept;
    input.multiple = multiple;
    input.addEventListener('change', () => this.#take(input.files));
    input.click();
  }

  // Bytes [offset, offset + length) of a file, fewer at its end; null when it cannot be read (moved or deleted).
  async read(id, offset, length) {
    const file = this.files.get(id);
    if (!file) return null;
    try {
      return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
    } catch {
      return null;
    }
  }

  save(name, mime, bytes) {
    const url = URL.createObjectURL(new Blob([bytes], {type: mime}));
    const link = this.document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    this.document.defaultView.setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  #take(list) {
    const taken = Array.from(list ?? [], (file) => {
      const id = this.nextId;
      this.nextId += 1;
      this.files.set(id, file);
      return {id, name: file.name, size: file.size};
    });
    if (taken.length > 0) this.given(taken);
  }
}
