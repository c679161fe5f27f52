// What a scenario is about, in names.

function plainName(given, look) { return typeof given === 'string' ? look(given).name : (given.name ?? ''); }

export function plainModelName(scenario, hr) { return plainName(scenario.model, hr.model); }

// "2 × GeForce RTX 4090 + GeForce RTX 3090".
export function plainHardwareName(scenario, hr) {
  const {device, count = 1, others = []} = typeof scenario.hardware === 'string' ? {device: scenario.hardware} : scenario.hardware;
  return [{device, count}, ...others].map((group) => {
    const name = plainName(group.device, hr.hardware);
    return (group.count ?? 1) > 1 ? `${group.count} × ${name}` : name;
  }).join(' + ');
}

// "Llama 3.1 8B on GeForce RTX 4090", in the language of `texts`.
export function plainSubject(scenario, hr, texts) {
  const names = {model: plainModelName(scenario, hr), hardware: plainHardwareName(scenario, hr)};
  return texts['title.scenario'].replace(/\{(\w+)\}/g, (_, name) => names[name]);
}
