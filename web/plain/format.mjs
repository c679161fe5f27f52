// Figures as a person of the language writes them, always with their unit, to the digits that the canvas shows.

const GIB = 2 ** 30;
const BYTE_STEPS = [[2 ** 40, 'TiB'], [GIB, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB'], [1, 'B']];
// Seconds up to the first figure are told in steps of the second, with the unit.
const SECOND_STEPS = [[1e-3, 1e-6, 'µs'], [0.9995, 1e-3, 'ms'], [120, 1, 's'], [7200, 60, 'min'], [Infinity, 3600, 'h']];

export function plainFormats(language) {
  // Spanish groups digits, and sets the percent sign off, by a narrow space, as the canvas does, and not by a point.
  const marks = language === 'es' ? {group: '\u202F', literal: '\u202F'} : {};
  const write = (value, options) => new Intl.NumberFormat(language, options).formatToParts(value)
      .map((part) => marks[part.type] ?? part.value).join('');
  const number = (value, digits) => write(value, {maximumSignificantDigits: digits});
  const fixed = (value, decimals) => write(value, {minimumFractionDigits: decimals, maximumFractionDigits: decimals});
  const whole = (value) => fixed(value, 0);
  const known = (value) => value !== null && value !== undefined;
  const of = (write) => (value) => (known(value) ? write(value) : null);
  const bytes = (value) => {
    const [size, unit] = BYTE_STEPS.find(([step]) => value >= step) ?? BYTE_STEPS.at(-1);
    const steps = value / size;
    const decimals = steps >= 1000 || size === 1 ? 0 : size > GIB ? 2 : size === GIB || steps < 10 ? 1 : 0;
    return [fixed(steps, decimals), unit];
  };
  const seconds = (value) => {
    const [, size, unit] = SECOND_STEPS.find(([end]) => value < end);
    return [fixed(value / size, value / size < 9.95 ? 1 : 0), unit];
  };
  const rate = (value) => [fixed(value, value < 0.995 ? 2 : value < 9.95 ? 1 : 0), 'tok/s'];
  const join = (write) => (value) => write(value).join('\u00A0');
  // From low to high; the unit once where it is the same.
  const span = (write) => ({p10, p90}) => {
    const [low, high] = [write(p10), write(p90)];
    return low[1] === high[1] ? [`${low[0]}–${high[0]}`, high[1]] : [`${low.join('\u00A0')}–${high[0]}`, high[1]];
  };
  const range = (write) => (value) => {
    const [figure, around] = [write(value.p50), span(write)(value)];
    return `${figure.join('\u00A0')} (${figure[1] === around[1] ? around[0] : around.join('\u00A0')})`;
  };
  return {
    whole: of(whole),
    number: of((value) => number(value, 3)),
    bytes: of(join(bytes)),
    exactBytes: of((value) => `${whole(value)} B`),
    share: of((value) => write(value, {style: 'percent', maximumFractionDigits: 1})),
    dollars: of((value) => `$${whole(value)}`),
    rate: of(range(rate)),
    rateMedian: of(({p50}) => join(rate)(p50)),
    rateSpan: of(join(span(rate))),
    seconds: of(range(seconds)),
    secondsMedian: of(({p50}) => join(seconds)(p50)),
    secondsSpan: of(join(span(seconds))),
    tokens: of(whole),
    ratio: of((value) => `${number(value, 3)}×`),
    // A figure of the derivation, by its unit.
    figure: (value, unit) => {
      if (!known(value)) return '–';
      if (unit === 'bytes' && value >= 2 ** 20) return `${whole(value)} B = ${number(value / GIB, 4)} GiB`;
      const text = Number.isInteger(value) ? whole(value) : number(value, 5);
      return unit ? `${text} ${unit}` : text;
    },
  };
}
