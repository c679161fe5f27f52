// The plain view's form and the scenario it states: one into the other, without a default of its own.

import {plainOptions} from './elements.mjs';
import {plainReadExtras} from './extras.mjs';

const PLAIN_GIB = 2 ** 30;
// Numbers that stand at the top of a scenario under the name of their control.
const PLAIN_COUNTS = ['context', 'parallel', 'batch', 'ubatch', 'gpu_layers', 'cpu_moe_layers', 'tensor_parallel',
                      'pipeline_parallel', 'data_parallel'];
const PLAIN_IDS = ['engine', 'backend', 'quantization', 'split', 'mode'];

// The scenario of the form's controls. What the form has no control for is kept from `base`.
export function plainScenario(form, base, custom) {
  const text = (name) => form.elements[name].value;
  const number = (name) => (text(name) === '' ? undefined : Number(text(name)));
  const gib = (name) => (text(name) === '' ? undefined : Math.round(Number(text(name)) * PLAIN_GIB));
  const put = (target, name, value) => {
    if (value === undefined || value === '' || value === false) delete target[name];
    else target[name] = value;
  };
  const scenario = structuredClone(base);
  scenario.model = text('model') === '' && custom ? custom : text('model');
  const hardware = typeof scenario.hardware === 'object' ? scenario.hardware : {};
  scenario.hardware = hardware;
  if (text('device') !== '') hardware.device = text('device');
  put(hardware, 'count', number('count'));
  // The form tells one of them, and none that stands there with figures of its own.
  const [first, ...others] = hardware.others ?? [];
  const other = text('other_device'), count = number('other_count') ?? 1;
  if (other !== '' && count > 0) others.unshift({device: other, count});
  else if (other === '' && typeof first?.device === 'object') others.unshift(first);
  put(hardware, 'others', others.length > 0 ? others : undefined);
  if (typeof hardware.interconnect !== 'object' || text('interconnect') !== '') put(hardware, 'interconnect', text('interconnect'));
  put(hardware, 'reserved_bytes', gib('reserved_gib'));
  const host = {...hardware.host};
  put(host, 'memory_bytes', gib('host_gib'));
  put(host, 'mem_bandwidth_gbs', number('host_gbs'));
  put(hardware, 'host', Object.keys(host).length > 0 ? host : undefined);
  for (const name of PLAIN_COUNTS) put(scenario, name, number(name));
  for (const name of PLAIN_IDS) put(scenario, name, text(name));
  const cache = {};
  put(cache, 'k', text('kv_k'));
  put(cache, 'v', text('kv_v'));
  put(scenario, 'kv_cache', Object.keys(cache).length > 0 ? cache : undefined);
  put(scenario, 'flash_attention', text('flash_attention') === '' ? undefined : text('flash_attention') === 'on');
  if (text('flash_attention') === 'off') scenario.flash_attention = false;
  for (const name of ['swa_full', 'mmproj']) put(scenario, name, form.elements[name].checked);
  plainReadExtras(form, scenario);
  const lengths = ['prompt', 'output', 'cached_prefix'];
  scenario.workload = text('workload') !== '' ? text('workload')
                                              : Object.fromEntries(lengths.map((name) => [name, number(name) ?? 0]));
  return scenario;
}

// Fills the controls from a scenario. `texts` words what is automatic; `runs` is the engine it resolves to.
export function plainFill(form, scenario, catalog, texts, runs) {
  const control = form.elements;
  const automatic = ['', texts('plain.auto')];
  const termed = (name) => (texts(`term.${name}`) === `term.${name}` ? name : texts(`term.${name}`));
  const own = (given) => (given ? [['', texts('plain.own')]] : []);
  const hardware = scenario.hardware ?? {};
  const engine = catalog.engines.find((entry) => entry.id === (scenario.engine ?? runs)) ?? catalog.engines[0];

  plainFillMatching(control.device, catalog.hardware, control.device_search.value, hardware.device,
                    own(typeof hardware.device === 'object'));
  plainFillMatching(control.model, catalog.models.filter((model) => !['image', 'video', 'tts', 'audio'].includes(model.kind)),
                    control.model_search.value, scenario.model, own(typeof scenario.model === 'object'));
  plainOptions(control.interconnect, [automatic, ...catalog.links.map((link) => [link.id, link.name])],
               hardware.interconnect ?? '');
  const formats = catalog.quantizations.filter((format) => engine.format_families.includes(format.family));
  plainOptions(control.quantization, [automatic, ...formats.map((format) => [format.id, termed(format.name)])],
               scenario.quantization ?? '');
  plainOptions(control.engine, catalog.engines.map((entry) => [entry.id, entry.name]), engine.id);
  plainOptions(control.backend, [automatic, ...engine.backends.map((id) => [id, id])], scenario.backend ?? '');
  for (const [name, type] of [['kv_k', scenario.kv_cache?.k], ['kv_v', scenario.kv_cache?.v]]) {
    plainOptions(control[name], [automatic, ...engine.kv_types.map((id) => [id, id])], type ?? '');
  }
  plainOptions(control.split, [automatic, ...['layer', 'tensor', 'expert', 'none'].map((id) => [id, texts(`plain.split_${id}`)])],
               scenario.split ?? '');
  plainOptions(control.flash_attention, [automatic, ['on', texts('plain.on')], ['off', texts('plain.off')]],
               scenario.flash_attention === undefined ? '' : scenario.flash_attention ? 'on' : 'off');
  const workload = scenario.workload ?? 'chat';
  plainOptions(control.workload, [...catalog.workloads.map((entry) => [entry.id, texts(`workload.${entry.id}`)]), ['', texts('plain.own_lengths')]],
               typeof workload === 'string' ? workload : '');
  const lengths = typeof workload === 'string' ? catalog.workloads.find((entry) => entry.id === workload) ?? {} : workload;
  for (const name of ['prompt', 'output', 'cached_prefix']) {
    control[name].value = lengths[name] ?? '';
    control[name].readOnly = typeof workload === 'string';
  }
  plainOptions(control.mode, catalog.modes.map((mode) => [mode.id, texts(`mode.${mode.id}`)]), scenario.mode ?? 'balanced');

  control.count.value = hardware.count ?? 1;
  const [other] = hardware.others ?? [];
  const named = typeof other?.device === 'string' ? other.device : '';
  plainOptions(control.other_device,
               [['', other && !named ? texts('plain.own') : texts('plain.none')],
                ...catalog.hardware.map((device) => [device.id, device.name])], named);
  control.other_count.value = other ? other.count ?? 1 : '';
  control.other_count.disabled = !other;
  control.host_gib.value = hardware.host?.memory_bytes === undefined ? '' : hardware.host.memory_bytes / PLAIN_GIB;
  control.host_gbs.value = hardware.host?.mem_bandwidth_gbs ?? '';
  control.reserved_gib.value = hardware.reserved_bytes === undefined ? '' : hardware.reserved_bytes / PLAIN_GIB;
  for (const name of PLAIN_COUNTS) control[name].value = typeof scenario[name] === 'number' ? scenario[name] : '';
  // Copies asked for of an engine that makes none can still be taken back.
  control.data_parallel.disabled = !engine.data_parallel && scenario.data_parallel === undefined;
  for (const name of ['swa_full', 'mmproj']) control[name].checked = scenario[name] === true;
}

// Shows in the fields that are left to the program what it chose; `resolved` is missing where there is no answer.
export function plainFillAutomatic(form, resolved, word) {
  const chosen = {...resolved, host_gib: resolved && resolved.host.memory_bytes / PLAIN_GIB,
                  host_gbs: resolved?.host.mem_bandwidth_gbs};
  for (const name of [...PLAIN_COUNTS, 'host_gib', 'host_gbs']) {
    form.elements[name].placeholder = Number.isFinite(chosen[name]) ? word(chosen[name]) : '';
  }
  const [automatic] = form.elements.interconnect.options;
  automatic.dataset.name ??= automatic.textContent;
  const several = Number(form.elements.count.value) > 1 || form.elements.other_device.value !== '';
  const link = several && resolved ? resolved.interconnect.name : '';
  automatic.textContent = link ? `${automatic.dataset.name} · ${link}` : automatic.dataset.name;
}

// The options whose name or id holds all words of the search, and always the chosen one.
export function plainFillMatching(select, entries, search, chosen, leading = []) {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const matches = (entry) => {
    const text = `${entry.name} ${entry.id}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const wanted = words.join(' ');
  const distance = ({name, id}) => {
    const names = [name.toLowerCase(), id.toLowerCase()];
    if (names.includes(wanted)) return 0;
    return names.some((text) => text.startsWith(wanted)) ? 1 : 2;
  };
  const shown = entries.filter((entry) => entry.id === chosen || matches(entry));
  // What is called so stands before what only holds the words; without a search the order stays.
  if (wanted) shown.sort((a, b) => distance(a) - distance(b));
  // One that is not known stays what is asked for, and the verdict says that it is not known.
  const unknown = typeof chosen === 'string' && chosen !== '' && !entries.some((entry) => entry.id === chosen);
  plainOptions(select, [...leading, ...(unknown ? [[chosen, chosen]] : []), ...shown.map((entry) => [entry.id, entry.name])], typeof chosen === 'string' ? chosen : '');
}
