// The contract's functions over an Estimator: plain objects in and out, errors thrown with a code.

export class HeadroomError extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'HeadroomError';
    this.code = code;
  }
}

export function wrapEstimator(estimator) {
  const deepest = 90;  // nested lists and objects of one argument; the core refuses more

  const fail = (path, given, allowed) => {
    throw new HeadroomError('bad_value', `${path || 'argument'}: ${given} was given; allowed is ${allowed}`);
  };

  // JSON would turn NaN into null and drop a function, and both would then read as "left out".
  const check = (value, path, depth) => {
    if (typeof value === 'number' && !Number.isFinite(value)) fail(path, String(value), 'a finite number');
    if (['bigint', 'function', 'symbol'].includes(typeof value)) {
      fail(path, `a ${typeof value}`, 'a number, text, list or plain object');
    }
    if (typeof value !== 'object' || value === null) return;
    if (depth > deepest) throw new HeadroomError('bad_json', `${path}: nested too deep or in a circle`);
    const inList = Array.isArray(value);
    for (const key of Object.keys(value)) {
      check(value[key], inList ? `${path}[${key}]` : path ? `${path}.${key}` : key, depth + 1);
    }
  };

  const unwrap = (reply) => {
    const result = JSON.parse(reply);
    if (result.error) throw new HeadroomError(result.error.code, result.error.message);
    return result.value;
  };

  // A function of up to `count` arguments; one that is left out reaches the core as null.
  const of = (name, count) => (...given) => {
    const passed = Array.from({length: count}, (_, i) => given[i] ?? null);
    passed.forEach((value) => check(value, '', 0));
    return unwrap(estimator.call(name, JSON.stringify(passed)));
  };

  const bytesOf = (content) => {
    if (typeof content === 'string') return new TextEncoder().encode(content);
    if (content instanceof Uint8Array) return content;
    if (content instanceof ArrayBuffer) return new Uint8Array(content);
    if (ArrayBuffer.isView(content)) return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
    return fail('content', content === null ? 'null' : `a ${typeof content}`, 'a text, ArrayBuffer or typed array');
  };

  return Object.freeze({
    version: of('version', 0),
    catalog: of('catalog', 0),
    model: of('model', 1),
    hardware: of('hardware', 1),
    estimate: of('estimate', 1),
    estimateBatch: of('estimateBatch', 1),
    explain: of('explain', 1),
    quantizations: of('quantizations', 1),
    workloads: of('workloads', 1),
    prepareRanking: of('prepareRanking', 1),
    rankModels: of('rankModels', 1),
    rankHardware: of('rankHardware', 1),
    upgrades: of('upgrades', 1),
    draftModels: of('draftModels', 1),
    scaling: of('scaling', 2),
    command: of('command', 1),
    questions: of('questions', 1),
    roofline: of('roofline', 1),
    report: of('report', 2),
    firstScenario: of('firstScenario', 1),
    encodeLink: of('encodeLink', 1),
    decodeLink: of('decodeLink', 1),
    readLink: of('readLink', 1),
    withEngine: of('withEngine', 2),
    withModel: of('withModel', 2),
    withDevice: of('withDevice', 2),
    importModel: (content, fileName = '') => unwrap(estimator.importModel(bytesOf(content), String(fileName))),
    readMeasurement: of('readMeasurement', 2),
    texts: of('texts', 1),
  });
}
