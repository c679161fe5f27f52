// The fit card: what the core says of the scenario in the address, as one small page for somebody else's.

import {plainElement, plainProblem} from '../plain/elements.mjs';
import {plainFormats} from '../plain/format.mjs';
import {plainHardwareName, plainModelName, plainSubject} from '../plain/names.mjs';

const CARD_LANGUAGES = ['en', 'es', 'zh'];
// Parts of a device's memory as the page's bar has them; their colours are classes of embed.css.
const CARD_PARTS = [
  {text: 'memory.weights', look: 'weights', fields: ['weights_bytes']},
  {text: 'memory.kv', look: 'kv', fields: ['kv_cache_bytes'], less: ['pool_left_bytes']},
  {text: 'memory.pool', look: 'pool', fields: ['pool_left_bytes']},
  {text: 'memory.state', look: 'state', fields: ['recurrent_state_bytes']},
  {text: 'memory.compute', look: 'compute', fields: ['compute_bytes']},
  {text: 'memory.engine', look: 'engine', fields: ['engine_bytes']},
  {text: 'memory.extras', look: 'extras', fields: ['adapters_bytes', 'draft_bytes', 'projector_bytes']},
];

function cardSum(rows, fields) { return rows.reduce((sum, row) => sum + fields.reduce((own, field) => own + row[field], 0), 0); }

export class FitCard {
  constructor(root, hr) {
    this.root = root;
    this.hr = hr;
  }

  // `fragment` as the page's address holds it, without its "#"; `language` is a browser's tag.
  show(fragment, language) {
    this.setLanguage(language);
    let content;
    try {
      if (fragment === '') throw new Error(this.texts['embed.empty']);
      const scenario = this.hr.decodeLink(fragment);
      if (scenario.language) this.setLanguage(scenario.language);
      content = this.answer(scenario, this.hr.estimate({...scenario, language: this.language}));
    } catch (error) {
      content = [plainElement('div', {class: 'problem', role: 'alert'}, plainElement('h1', {}, this.texts['error.title']),
                              plainElement('p', {}, ...plainProblem(error, this.texts)))];
    }
    this.root.replaceChildren(...content, this.link(fragment));
  }

  setLanguage(tag) {
    const spoken = tag.slice(0, 2);
    this.language = CARD_LANGUAGES.includes(spoken) ? spoken : 'en';
    this.texts = this.hr.texts(this.language);
    this.format = plainFormats(this.language);
    this.root.ownerDocument.documentElement.lang = this.language;
  }

  // The page that this card is about; it stands beside this file.
  link(fragment) {
    return plainElement('a', {href: `index.html#${fragment}`, target: '_blank', rel: 'noopener'}, this.texts['embed.open']);
  }

  answer(scenario, estimate) {
    const {resolved} = estimate;
    const names = [plainModelName(scenario, this.hr), plainHardwareName(scenario, this.hr)];
    this.root.ownerDocument.title = `${plainSubject(scenario, this.hr, this.texts)} · Headroom`;
    const setting = [resolved.quantization, resolved.engine_name, `${this.format.tokens(resolved.context)} ${this.texts['unit.tokens']}`];
    return [
      plainElement('div', {class: 'head'},
                   plainElement('span', {class: 'grade', 'data-grade': estimate.grade, title: `${this.texts['plain.score']}: ${estimate.score} / 100`}, estimate.grade),
                   plainElement('div', {}, plainElement('h1', {}, names.join(' · ')),
                                plainElement('p', {class: 'setting'}, setting.join(' · ')))),
      plainElement('p', {class: 'verdict'}, estimate.fit.text),
      this.figures(estimate),
      ...this.memory(estimate.memory.devices),
    ];
  }

  figures(estimate) {
    const {format, texts} = this;
    // The verdict says already that it does not fit; any other reason for a missing figure is told with it.
    const absent = (reason) => ['–', estimate.fit.status === 'does_not_fit' ? texts['metric.does_not_run'] : reason];
    const ranged = (range, name, reason) => (range ? [format[`${name}Median`](range), format[`${name}Span`](range)]
                                                   : absent(reason));
    const {on_devices: together} = estimate.memory;
    const used = format.bytes(together.needed_bytes);
    const usable = format.bytes(together.usable_bytes);
    const rows = [
      ['metric.decode', 'decode', ranged(estimate.decode.tok_s, 'rate', estimate.decode.reason)],
      ['metric.ttft', 'ttft', ranged(estimate.ttft_s, 'seconds', estimate.ttft_reason)],
      ['metric.safe_context', 'context', [format.tokens(estimate.safe_context), texts['unit.tokens']]],
      ['memory.title', 'memory', [used, texts['memory.of'].replace('{usable}', () => usable)]],
    ];
    return plainElement('dl', {class: 'figures'}, ...rows.map(([key, name, [figure, note]]) => plainElement(
        'div', {}, plainElement('dt', {}, texts[key]),
        plainElement('dd', {'data-figure': name}, plainElement('b', {}, figure),
                     note ? plainElement('span', {class: 'note'}, note) : null))));
  }

  memory(devices) {
    const parts = CARD_PARTS.map(({text, look, fields, less = []}) => (
        {name: this.texts[text], look, bytes: cardSum(devices, fields) - cardSum(devices, less)}));
    const used = parts.reduce((sum, {bytes}) => sum + bytes, 0);
    const usable = cardSum(devices, ['usable_bytes']);
    if (usable > used) parts.push({name: this.texts['memory.free'], look: 'free', bytes: usable - used});
    const shown = parts.filter(({bytes}) => bytes > 0);
    const bar = plainElement('div', {class: 'bar', role: 'img', 'aria-label': this.texts['memory.title']},
                             ...shown.map(({look}) => plainElement('i', {class: look})));
    // A style attribute in markup would be the page's own; set from here it needs no leave of a content policy.
    shown.forEach(({bytes}, at) => { bar.children[at].style.width = `${100 * bytes / Math.max(used, usable)}%`; });
    const legend = shown.map(({name, look, bytes}) => plainElement('li', {}, plainElement('i', {class: look}),
                                                                   `${name} ${this.format.bytes(bytes)}`));
    return [bar, plainElement('ul', {class: 'legend'}, ...legend)];
  }
}
