// The plain view's answers as tables and lists.

import {plainElement, plainTable} from './elements.mjs';

const PLAIN_DEEP = 3;  // levels of the derivation that are open at first
const PLAIN_ROWS = 200;  // of a ranking

function plainFit(view) { return {title: view.text('plain.fit'), value: (row) => view.text(`fit.${row.fit}`)}; }
function plainDecode(view) {
  return {title: view.text('plain.decode'), number: true, value: (row) => view.format.rate(row.decode_tok_s)};
}
function plainTtft(view) {
  return {title: view.text('plain.ttft'), number: true, value: (row) => view.format.seconds(row.ttft_s)};
}
function plainSafeContext(view) {
  return {title: view.text('plain.safe_context'), number: true, value: (row) => view.format.tokens(row.safe_context)};
}
function plainScore(view) {
  return {title: view.text('plain.score'), number: true, value: (row) => `${row.grade} ${row.score}`};
}

export function plainCards(estimate, view) {
  const {format} = view;
  const {on_devices: together} = estimate.memory;
  // The verdict says already why what does not fit has no speed.
  const absent = (reason) => (estimate.fit.status === 'does_not_fit' ? view.text('metric.does_not_run') : reason);
  const cards = [
    ['plain.fit', view.text(`fit.${estimate.fit.status}`)],
    ['plain.score', `${estimate.grade}, ${estimate.score} / 100`],
    ['plain.decode', format.rate(estimate.decode.tok_s) ?? absent(estimate.decode.reason)],
    ['plain.prefill', format.rate(estimate.prefill.tok_s) ?? absent(estimate.prefill.reason)],
    ['plain.ttft', format.seconds(estimate.ttft_s) ?? absent(estimate.ttft_reason)],
    ...(estimate.resolved.parallel > 1 && estimate.throughput
      ? [['plain.throughput', format.rate(estimate.throughput.tok_s)]] : []),
    ['plain.safe_context', format.tokens(estimate.safe_context)],
    ['plain.max_parallel', format.whole(estimate.max_parallel)],
    ['plain.memory_used', `${format.bytes(together.needed_bytes)} / ${format.bytes(together.usable_bytes)}`],
    ['plain.offload', format.share(estimate.offload_fraction)],
    ['plain.confidence', view.text(`plain.confidence_${estimate.confidence}`)],
  ];
  return cards.map(([key, value]) => plainElement('div', {}, plainElement('dt', {}, view.text(key)),
                                                  plainElement('dd', {}, value ?? '–')));
}

const PLAIN_PARTS = ['weights_bytes', 'kv_cache_bytes', 'recurrent_state_bytes', 'compute_bytes', 'output_bytes', 'engine_bytes',
                     'adapters_bytes', 'draft_bytes', 'projector_bytes', 'not_loaded_bytes', 'total_bytes'];

export function plainMemory(estimate, view) {
  const rows = PLAIN_PARTS.filter((part) => part === 'total_bytes' || estimate.memory[part] > 0);
  return plainTable(view.text('plain.memory_parts'), [
    {title: view.text('plain.part'), heading: true, value: (part) => view.text(`plain.${part}`)},
    {title: view.text('plain.size'), number: true, value: (part) => view.format.bytes(estimate.memory[part])},
    {title: view.text('plain.bytes'), number: true, value: (part) => view.format.exactBytes(estimate.memory[part])},
  ], rows);
}

export function plainDevices(estimate, view) {
  const {format} = view;
  const host = {...estimate.memory.host, name: view.text('plain.host')};
  const bytes = (key, name) => ({title: view.text(`plain.${name ?? key}`), number: true, value: (row) => format.bytes(row[key])});
  return plainTable(view.text('plain.memory_devices'), [
    {title: view.text('plain.device'), heading: true, value: (row) => row.name},
    bytes('weights_bytes'), bytes('kv_cache_bytes'), bytes('compute_bytes'), bytes('engine_bytes'), bytes('total_bytes'),
    bytes('usable_bytes'), {title: view.text('plain.layers'), number: true, value: (row) => format.whole(row.layers)},
  ], [...estimate.memory.devices, host]);
}

// What training the model further holds on each device; nothing where it is not asked for.
export function plainTuning(estimate, view) {
  const {finetune} = estimate;
  if (!finetune) return '';
  const {format} = view;
  const bytes = {needed: format.bytes(finetune.device_bytes), usable: format.bytes(finetune.usable_bytes)};
  const verdict = view.text(finetune.fits ? 'tune.fits' : 'tune.too_large').replace(/\{(\w+)\}/g, (_, name) => bytes[name]);
  const parts = [['memory.weights', 'weights'], ['trace.master', 'master'], ['trace.adapters', 'adapters'],
                 ['trace.gradients', 'gradients'], ['trace.optimizer', 'optimizer'], ['trace.activations', 'activations'],
                 ['trace.logits', 'logits'], ['plain.total_bytes', 'total']];
  return plainElement('div', {}, plainElement('p', {}, verdict), plainTable(view.text('tune.title'), [
    {title: view.text('plain.part'), heading: true, value: ([key]) => view.text(key)},
    {title: view.text('plain.size'), number: true, value: ([, name]) => format.bytes(finetune[`${name}_bytes`])},
    {title: view.text('plain.bytes'), number: true, value: ([, name]) => format.exactBytes(finetune[`${name}_bytes`])},
  ], parts.filter(([, name]) => finetune[`${name}_bytes`] > 0)));
}

// `chosen`: the format of the answer, which a report shows beside the usual ones that fit.
export function plainFormatTable(rows, chosen, view) {
  const {format} = view;
  const increase = (quality) => (quality.ppl_increase > 0 ? `${quality.label} (+${format.share(quality.ppl_increase)})`
                                                         : quality.label);
  return plainTable(view.text('plain.formats'), [
    {title: view.text('plain.quantization'), heading: true, value: (row) => row.name},
    {title: view.text('plain.bits'), number: true, value: (row) => format.number(row.bits_per_weight)},
    {title: view.text('plain.weights_bytes'), number: true, value: (row) => format.bytes(row.weights_bytes)},
    {title: view.text('plain.total_bytes'), number: true, value: (row) => format.bytes(row.total_bytes)},
    plainFit(view), plainDecode(view), plainSafeContext(view),
    {title: view.text('plain.quality'), value: (row) => increase(row.quality)},
  ], rows, (row) => row.quantization === chosen || (row.short_listed && row.fit !== 'does_not_fit'));
}

export function plainWorkloads(rows, view) {
  return plainTable(view.text('plain.workloads'), [
    {title: view.text('plain.workload'), heading: true, value: (row) => view.text(`workload.${row.workload}`)},
    plainScore(view), plainFit(view), plainDecode(view), plainTtft(view),
    {title: view.text('plain.context'), number: true, value: (row) => view.format.tokens(row.context)},
  ], rows);
}

export function plainUpgrades(rows, view) {
  const {format} = view;
  if (rows.length === 0) return plainElement('p', {}, view.text('plain.no_upgrades'));
  const button = (row) => {
    const apply = plainElement('button', {type: 'button'}, view.text('plain.apply'));
    apply.setAttribute('aria-label', `${view.text('plain.apply')}: ${row.text}`);
    apply.addEventListener('click', () => view.apply(row.scenario));
    return apply;
  };
  return plainTable(view.text('plain.upgrades'), [
    {title: view.text('plain.change'), heading: true, value: (row) => row.text},
    {title: view.text('plain.fit'), value: (row) => view.text(`fit.${row.gain.fit}`)},
    {title: view.text('plain.decode'), number: true, value: (row) => format.ratio(row.gain.decode_ratio)},
    {title: view.text('plain.safe_context'), number: true, value: (row) => format.tokens(row.gain.safe_context)},
    {title: view.text('plain.price'), number: true, value: (row) => format.dollars(row.price_usd)},
    {title: '', value: button},
  ], rows);
}

export function plainScaling(rows, view) {
  const {format} = view;
  return plainTable(view.text('plain.scaling'), [
    {title: view.text('plain.count'), heading: true, value: (row) => format.whole(row.count)},
    plainFit(view), plainDecode(view),
    {title: view.text('plain.prefill'), number: true, value: (row) => format.rate(row.prefill_tok_s)},
    {title: view.text('plain.models_fit'), number: true, value: (row) => `${format.whole(row.models_fit)} / ${format.whole(row.models_total)}`},
    {title: view.text('plain.communication'), number: true, value: (row) => format.share(row.communication_share)},
  ], rows);
}

export function plainQuestions(rows) {
  return plainElement('dl', {class: 'questions'}, ...rows.flatMap(
      ({question, answer}) => [plainElement('dt', {}, question), plainElement('dd', {}, answer)]));
}

export function plainRoofline(machine, view) {
  const {format} = view;
  const rows = [['roofline.decode', machine.decode], ['roofline.prefill', machine.prefill]].filter(([, point]) => point);
  const peaks = [`${format.number(machine.bandwidth_gbs)} GB/s`,
                 machine.peak_tflops === null ? null : `${format.number(machine.peak_tflops)} TFLOP/s ${machine.units}`];
  return plainElement('div', {}, plainElement('p', {}, peaks.filter((peak) => peak).join(' · ')),
                      plainTable(view.text('plot.roofline'), [
                        {title: '', heading: true, value: ([key]) => view.text(key)},
                        {title: view.text('plain.intensity'), number: true, value: ([, point]) => format.number(point.intensity)},
                        {title: view.text('plain.reached'), number: true, value: ([, point]) => format.number(point.tflops)},
                        {title: view.text('plain.roof'), number: true, value: ([, point]) => format.number(point.limit_tflops)},
                      ], rows));
}

export function plainMeasurements(estimate, view) {
  const {format} = view;
  if (estimate.measurements.length === 0) return plainElement('p', {}, view.text('plain.no_measurements'));
  const source = (row) => (row.url ? plainElement('a', {href: row.url, rel: 'noreferrer'}, row.source || row.url) : row.source);
  const device = (row) => view.catalog.hardware.find((entry) => entry.id === row.device)?.name ?? row.device;
  const counted = (row) => view.text(row.prompts_included ? 'measurements.together' : 'measurements.together_generating');
  const rate = (row) => format.number(row.tok_s) + (row.served ? ` ${counted(row)}` : '');
  return plainTable(view.text('plain.measurements'), [
    {title: view.text('plain.test'), heading: true, value: (row) => [row.test, ...row.differs].join(' · ')},
    {title: view.text('plain.device'), value: (row) => (row.devices > 1 ? `${row.devices} × ${device(row)}` : device(row))},
    {title: 'tok/s', number: true, value: rate},
    {title: view.text('plain.quantization'), value: (row) => row.quantization},
    {title: view.text('plain.engine'), value: (row) => row.engine},
    {title: view.text('plain.source'), value: source},
    {title: view.text('plain.date'), value: (row) => row.date},
  ], estimate.measurements);
}

// Where the facts of the model and the devices come from; nothing of those a person gave.
export function plainSources({model, hardware}, view) {
  const devices = typeof hardware === 'string' ? [hardware] : [hardware, ...hardware.others ?? []].map(({device}) => device);
  const known = [[model, view.hr.model], ...devices.map((device) => [device, view.hr.hardware])]
      .filter(([given]) => typeof given === 'string').map(([given, look]) => look(given));
  return plainElement('dl', {}, ...known.flatMap(({name, sources}) => [
    plainElement('dt', {}, name), ...sources.map((source) => plainElement('dd', {lang: 'en'}, source))]));
}

// A tree of nested details; branches beyond the first levels are made when they are opened.
export function plainDerivation(node, view, level = 0) {
  const figure = `${node.label}: ${view.format.figure(node.value, node.unit)}`;
  const notes = [node.formula, node.source && `${view.text('plain.source')}: ${node.source}`].filter((note) => note);
  if (node.inputs.length === 0) return plainElement('p', {class: 'leaf'}, [figure, ...notes].join(' · '));
  const details = plainElement('details', {}, plainElement('summary', {}, [figure, ...notes].join(' · ')));
  const fill = () => {
    if (details.childElementCount === 1) details.append(...node.inputs.map((input) => plainDerivation(input, view, level + 1)));
  };
  if (level < PLAIN_DEEP) fill();
  details.open = level === 0;
  details.addEventListener('toggle', fill);
  return details;
}

export function plainModelRanking(rows, view) {
  const {format} = view;
  const choose = (row) => {
    const button = plainElement('button', {type: 'button'}, row.name);
    button.addEventListener('click', () => view.apply({engine: view.engine, ...view.scenario, model: row.model, quantization: row.quantization}));
    return button;
  };
  return plainTable(view.text('plain.rank_models'), [
    {title: view.text('plain.model'), heading: true, value: choose},
    {title: view.text('plain.quantization'), value: (row) => row.quantization},
    plainScore(view), plainFit(view), plainDecode(view), plainTtft(view), plainSafeContext(view),
    {title: view.text('plain.weights_bytes'), number: true, value: (row) => format.bytes(row.weights_bytes)},
  ], rows.slice(0, PLAIN_ROWS));
}

export function plainHardwareRanking(rows, view) {
  const {format} = view;
  return plainTable(view.text('plain.rank_hardware'), [
    {title: view.text('plain.device'), heading: true, value: (row) => `${row.count} × ${row.name}`},
    plainScore(view), plainFit(view), plainDecode(view), plainTtft(view), plainSafeContext(view),
    {title: view.text('plain.price'), number: true, value: (row) => format.dollars(row.price_usd)},
  ], rows.slice(0, PLAIN_ROWS));
}
