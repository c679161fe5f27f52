// The part of the plain view's form that is about what stands beside the model: a drafter, adapters, training.

import {plainOptions} from './elements.mjs';

const PLAIN_TUNING = ['rank', 'sequence', 'batch'];
const PLAIN_TARGETS = {
  attention: 'attention',
  usual: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
  all: 'all-linear',
};

// Puts what the controls say into the scenario; what they cannot say stays where it was.
export function plainReadExtras(form, scenario) {
  const text = (name) => form.elements[name].value;
  const given = (name, field) => (text(name) === '' ? {} : {[field]: Number(text(name))});
  const drafted = scenario.draft;
  delete scenario.draft;
  delete scenario.speculation;
  const kind = text('speculation');
  if (kind !== '') {
    const percent = text('acceptance');
    scenario.speculation = {kind, ...given('draft_tokens', 'draft_tokens'),
                            ...(percent === '' ? {} : {acceptance: Number(percent) / 100})};
  }
  if (kind === 'draft_model') {
    const model = text('draft');
    scenario.draft = drafted?.model === model ? drafted : {model};
  }
  const adapters = plainAdapters(scenario);
  const count = Number(text('adapters') || 0), rank = Number(text('adapter_rank') || adapters.rank);
  if (count !== adapters.count || rank !== adapters.rank) {
    if (count > 0) scenario.adapters = [{...scenario.adapters?.[0], rank, count}];
    else delete scenario.adapters;
  }
  const targets = text('adapter_targets');
  if (scenario.adapters && targets !== adapters.targets) {
    scenario.adapters = scenario.adapters.map(({targets: before, ...adapter}) => (
      targets === '' ? adapter : {...adapter, targets: PLAIN_TARGETS[targets] ?? before}));
  }
  const tuned = typeof scenario.finetune === 'object' ? scenario.finetune : {};
  delete scenario.finetune;
  const method = text('finetune');
  if (method === '') return;
  scenario.finetune = {...tuned, method};
  if (!form.elements.tune_optimizer.disabled) {
    scenario.finetune.optimizer = text('tune_optimizer');
    scenario.finetune.precision = text('tune_precision');
    scenario.finetune.checkpointing = form.elements.tune_checkpointing.checked;
  }
  for (const name of PLAIN_TUNING) Object.assign(scenario.finetune, given(`tune_${name}`, name));
}

function plainAdapters(scenario) {
  const list = scenario.adapters ?? [];
  return {count: list.reduce((sum, adapter) => sum + (adapter.count ?? 1), 0), rank: list[0]?.rank ?? 16,
          targets: plainTargets(list[0]?.targets)};
}

// One of the choices, or the list itself where it is none of them.
function plainTargets(targets) {
  if (targets === undefined) return '';
  const same = (choice) => [choice].flat().sort().join() === [targets].flat().sort().join();
  return Object.keys(PLAIN_TARGETS).find((name) => same(PLAIN_TARGETS[name])) ?? [targets].flat().join(' ');
}

// Fills the controls. `drafts` are the models that can draft for this one; `estimate` is empty where there is none.
export function plainFillExtras(form, scenario, {engine, drafts, estimate, texts}) {
  const control = form.elements;
  const speculation = typeof scenario.speculation === 'string' ? {kind: scenario.speculation} : scenario.speculation ?? {};
  const draft = typeof scenario.draft === 'string' ? scenario.draft : scenario.draft?.model;
  const kind = speculation.kind ?? (draft ? 'draft_model' : '');
  const kinds = [['', texts('plain.off')]];
  if (engine.mtp || kind === 'mtp') kinds.push(['mtp', texts('input.speculation_mtp')]);
  if ((engine.draft_models && drafts.length > 0) || kind === 'draft_model') {
    kinds.push(['draft_model', texts('input.speculation_draft')]);
  }
  plainOptions(control.speculation, kinds, kind);
  const known = drafts.map((model) => [model.id, model.name]);
  const own = draft && !known.some(([id]) => id === draft) ? [[draft, draft]] : [];
  plainOptions(control.draft, [...own, ...known], draft ?? '');
  control.draft.disabled = kind !== 'draft_model';
  for (const name of ['draft_tokens', 'acceptance']) control[name].disabled = kind === '';
  control.draft_tokens.value = speculation.draft_tokens ?? '';
  control.acceptance.value = speculation.acceptance === undefined ? '' : Math.round(speculation.acceptance * 100);

  const adapters = plainAdapters(scenario);
  control.adapters.value = adapters.count > 0 ? adapters.count : '';
  control.adapter_rank.value = adapters.rank;
  const targets = [['', texts('plain.auto')],
                   ...Object.keys(PLAIN_TARGETS).map((name) => [name, texts(`input.targets_${name}`)])];
  if (!targets.some(([value]) => value === adapters.targets)) targets.push([adapters.targets, adapters.targets]);
  plainOptions(control.adapter_targets, targets, adapters.targets);
  for (const name of ['adapter_rank', 'adapter_targets']) control[name].disabled = adapters.count === 0;

  const tuning = typeof scenario.finetune === 'string' ? {method: scenario.finetune} : scenario.finetune;
  plainOptions(control.finetune,
               [['', texts('plain.off')], ...['lora', 'qlora', 'full'].map((method) => [method, texts(`tune.${method}`)])],
               tuning?.method ?? '');
  const shown = {...estimate?.finetune, ...tuning};
  plainOptions(control.tune_optimizer, [['adamw', 'AdamW'], ['adamw_8bit', 'AdamW 8 bit'], ['sgd', 'SGD']],
               shown.optimizer ?? 'adamw');
  plainOptions(control.tune_precision, ['mixed', 'bf16'].map((name) => [name, texts(`tune.${name}`)]),
               shown.precision ?? 'mixed');
  for (const name of PLAIN_TUNING) control[`tune_${name}`].value = shown[name] ?? '';
  control.tune_checkpointing.checked = shown.checkpointing ?? true;
  for (const name of ['optimizer', 'precision', 'checkpointing', ...PLAIN_TUNING]) control[`tune_${name}`].disabled = !tuning;
}
